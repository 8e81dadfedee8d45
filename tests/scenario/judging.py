"""What every answer has to be, by the description that the gateway serves itself: status, media type, schema, problem.

Schemas are taken strictly: what the description does not name may not be in an answer.
"""

import copy
import json
import re
import threading
from datetime import date

import jsonschema
from described import ANY, CHANGED, DOCUMENT, REFUSED

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_time(value):
    return not isinstance(value, str) or bool(RFC3339.fullmatch(value))


@FORMATS.checks("date", raises=ValueError)
def is_date(value):
    return not isinstance(value, str) or value.startswith("0000-") or date.fromisoformat(value) is not None


@FORMATS.checks("uuid")
def is_uuid(value):
    return not isinstance(value, str) or bool(UUID.fullmatch(value))


def closed(schema):
    """A copy in which objects have the named properties alone."""
    schema = copy.deepcopy(schema)
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        return {key: closed(value) for key, value in schema.items()}
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


class Judge:
    """`complaints(operation, case, answer)`; thread-safe."""

    def __init__(self, description, exceptions, standing):
        self.description = closed(description)
        self.codes = description["x-errors"]
        self.exceptions, self.standing = exceptions, standing
        self.resolver = jsonschema.RefResolver.from_schema(self.description)
        self.validators, self.judged = {}, {}
        self.lock = threading.Lock()

    def _described(self, operation, status):
        found = self.description["paths"][operation.path][operation.method.lower()]["responses"]
        found = found.get(str(status)) or found.get("default")
        return self.resolver.resolve(found["$ref"])[1] if "$ref" in found else found

    def _schema_fault(self, operation, status, media, body):
        """What of the body does not fit; the same body is judged once."""
        key = (operation.id, status, re.sub(r'"(request_id|timestamp)":"[^"]*"', "", body))
        with self.lock:
            if key in self.judged:
                return self.judged[key]
        content = self._described(operation, status).get("content", {})
        fault = None
        if media not in content:
            fault = f"media type {media!r} is not described for {status}: {sorted(content)}"
        elif media.endswith("json"):
            with self.lock:
                fault = self._misfit(content[media]["schema"], json.loads(body))
        with self.lock:
            self.judged[key] = fault
        return fault

    def _misfit(self, schema, value):
        """What of the value does not fit. The rows of a page are judged one by one, each only once."""
        while "$ref" in schema:
            schema = self.resolver.resolve(schema["$ref"])[1]
        rows = value.get("items") if isinstance(value, dict) else None
        if isinstance(rows, list) and len(rows) > 1:
            described = schema["properties"]["items"]
            if len(rows) > described["maxItems"]:
                return f"does not fit its schema: {len(rows)} items"
            for row in rows:
                key = (described["items"]["$ref"], json.dumps(row))
                if key not in self.judged:
                    self.judged[key] = self._misfit(described["items"], row)
                if self.judged[key]:
                    return self.judged[key]
            value = {**value, "items": rows[:1]}
        validator = self.validators.get(id(schema))
        if not validator:
            validator = self.validators[id(schema)] = jsonschema.Draft202012Validator(
                schema, resolver=self.resolver, format_checker=FORMATS)
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        return error and f"does not fit its schema: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"

    def problem_fault(self, answer, status, code):
        """What is wrong with an error of no operation."""
        if (answer.status, answer.media) != (status, "application/problem+json"):
            return f"{answer.status} as {answer.media}"
        problem = json.loads(answer.body)
        with self.lock:
            fault = self._misfit({"$ref": "#/components/schemas/problem"}, problem)
        return fault or (None if problem["code"] == code else f"code {problem['code']}")

    def complaints(self, operation, case, answer):
        """Texts; none: the answer is as it has to be."""
        status, media, body = answer.status, answer.media, answer.body
        if status >= 500:
            yield f"a {status}"
        if status in (204, 304):
            if body:
                yield f"{status} has a body"
            return
        try:
            text = body.decode("latin-1" if media.endswith(".sheet") else "utf-8")
            fault = self._schema_fault(operation, status, media, text)
        except ValueError as e:
            yield f"cannot be read: {e}"
            return
        if fault:
            yield fault
        if status >= 400:
            yield from self._problem(operation, case, answer, text)
        elif case.want in (REFUSED, DOCUMENT):
            yield f"{status}, and not {case.statuses}"

    def _problem(self, operation, case, answer, text):
        if answer.media != "application/problem+json":
            yield f"an error as {answer.media}"
            return
        problem = json.loads(text)
        code, names = problem["code"], [row["field"] for row in problem["errors"]]
        if self.codes.get(code) != answer.status or problem["status"] != answer.status:
            yield f"status {answer.status} with code {code} and status {problem['status']} within"
        if problem["type"] != f"urn:dealer-dashboard:error:{code}" or not problem["request_id"]:
            yield "type or request_id is wrong"
        if case.want in (REFUSED, DOCUMENT):
            if answer.status not in case.statuses:
                yield f"{answer.status} {code}, and not {case.statuses}"
            elif case.codes and code not in case.codes:
                yield f"code {code}, and not one of {case.codes}"
        heads = {re.split(r"[\[.]", name)[0] for name in names}
        if case.want == REFUSED and answer.status in case.statuses:
            wanted = {case.field.name}
            if case.kind == "nothing":  # all that is missing is told at once
                wanted = {field.name for field in operation.fields if field.where == "body" and field.required}
            if heads != wanted:
                yield f"names {names}, not {wanted}"
        if case.want == CHANGED and answer.status in (400, 422) and case.field.name not in heads:
            others = self.exceptions.get((operation.id, case.field.name), ())
            if not heads & set(others) and code not in self.standing:
                yield f"names {names} for {code}, not {case.field.name}"
        if case.want == ANY and code.startswith("field.") and answer.status == 422 and not names and code != "field.empty":
            yield f"names no field for {code}"
