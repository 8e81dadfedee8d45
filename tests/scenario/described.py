"""Requests made from the description: every operation's parts, good values and ways to spoil them.

A `Draft` is a request taken apart, each part in the bytes that are sent, so that any of them can be spoilt alone.
A `Case` says which part is changed, and what the answer has to be: see WANTED. Everything follows from the
schemas; the names of operations and fields are not known here.
"""

import json
import string
from collections import namedtuple
from urllib.parse import quote

FIRST_2_53 = 2**53
# What the answer to a case must be.
REFUSED = "refused"  # 422 that names the field with one of the codes: the schema says no
DOCUMENT = "document"  # the status alone: the document has no field that could be named
CHANGED = "changed"  # one good but unusual value: whatever refuses it names its field
ANY = "any"  # only what holds for every answer
Case = namedtuple("Case", "kind field want statuses codes edit")
Field = namedtuple("Field", "name where schema required header")

SQL = ["' OR '1'='1", "'; DROP TABLE feed.prospect; --", "1) UNION SELECT api_key FROM dealer.credential --", "%", "_%_\\",
       "$1", "{12284,x}", "\\x00", "pg_sleep(9)", "E'\\\\x27'", '"', "`", "*", "null", "NaN"]
ODD = ["", " ", "\t", " x ", "é", "中文", "\U0001f697", "\u202ex", "a\nb", "\x7f", "\x01", "<script>", "../..", "-1", "0",
       "true", "[]", "{}", "#", "&=+;", "A" * 10]
DATES = ["0001-01-01", "9999-12-31", "2024-02-29", "1970-01-01", "2026-11-30"]
TIMES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-03-05T09:15:00+07:00", "1969-12-31T23:59:59Z",
         "2026-03-05t09:15:00.123456z", "2016-12-31T23:59:60Z", "2026-11-30T00:00:00-23:59"]
BAD_DATES = ["2026-02-30", "2026-13-01", "2026-1-1", "", "yesterday", "2026-01-01T00:00:00Z", " 2026-01-01", "20260101"]
BAD_TIMES = ["2026-03-05", "2026-03-05T25:00:00Z", "2026-03-05T09:15:00", "yesterday", "", "2026-02-30T00:00:00Z",
             "2026-03-05T09:15:60Z", "1772676900", "2026-03-05T09:15:00+7"]
BAD_UUIDS = ["x", "", "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f6", "0193a5c27b1e7c3d8f4a1b2c3d4e5f60aaaa",
             "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f6g"]


def kind_of(schema):
    return schema.get("format") if schema.get("format") in ("date", "date-time", "uuid") else (
        "choice" if "enum" in schema else schema["type"])


def without_null(schema):
    """The schema of a value that may be null, for when it is not: null is tried in the place of every value."""
    types = schema.get("type")
    return {**schema, "type": types[0]} if isinstance(types, list) else schema


class Operation:
    """One operation of the description, with its fields from wherever they come."""

    def __init__(self, description, path, method, raw):
        self.path, self.method, self.raw = path, method.upper(), raw
        self.id, self.roles, self.old = raw["operationId"], raw["x-roles"], raw.get("deprecated", False)
        self.message = raw.get("x-message")
        self.responses = raw["responses"]
        self.success = next(int(status) for status in self.responses if status[0] == "2")
        self.has_body = "requestBody" in raw
        self.fields = []
        for p in raw["parameters"]:
            header = p["name"] if p["in"] == "header" else None
            name = p["name"].lower().replace("-", "_") if header else p["name"]
            self.fields.append(Field(name, p["in"], p["schema"], p["required"], header))
        if self.has_body:
            ref = raw["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            body = description["components"]["schemas"][ref.rpartition("/")[2]]
            self.fields += [Field(name, "body", without_null(schema), name in body.get("required", []), None)
                            for name, schema in body["properties"].items()]
        self.local = self.message is None

    def __repr__(self):
        return f"{self.method} {self.path}"


def operations(description):
    return [Operation(description, path, method, raw) for path, item in description["paths"].items()
            for method, raw in item.items()]


def text_of(value):
    """A value as it stands in a path or query."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def escaped(value):
    return quote(text_of(value).encode("utf-8", "surrogatepass"), safe="").encode()


def body_json(value):
    return json.dumps(value).encode()


class Draft:
    """A request in parts: path {name: bytes}, query [(name, value)], headers, body [(name, value)] of JSON."""

    def __init__(self, operation, values, headers=None):
        self.operation = operation
        self.path = {}
        self.query, self.body, self.headers = [], [], dict(headers or {})
        self.raw_body = None
        self.content_type = "application/json" if operation.has_body else None
        fields = {(f.name, f.where): f for f in operation.fields}
        for name, value in values.items():
            field = next((f for f in operation.fields if f.name == name and f.where != "header"), None)
            self.set(field or fields[(name, "header")], value)

    def set(self, field, value):
        self.set_raw(field, body_json(value) if field.where == "body" else escaped(value) if field.where != "header"
                     else text_of(value).encode())

    def set_raw(self, field, value):
        """Puts bytes in the place of the field's value."""
        if field.where == "path":
            self.path[field.name] = value
        elif field.where == "header":
            self.headers[field.header] = value.decode("latin-1")
        else:
            part, name = self._place(field)
            for i, (known, _) in enumerate(part):
                if known == name:
                    part[i] = (name, value)
                    return
            part.append((name, value))

    def _place(self, field):
        if field.where == "query":
            return self.query, quote(field.name).encode()
        return self.body, body_json(field.name)

    def drop(self, field):
        part, name = self._place(field)
        part[:] = [pair for pair in part if pair[0] != name]

    def twice(self, field, value):
        part, name = self._place(field)
        if name not in [pair[0] for pair in part]:
            part.append((name, value))
        part.append((name, value))

    def target(self):
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace("{" + name + "}", value.decode("latin-1"))
        query = b"&".join(name + b"=" + value for name, value in self.query).decode("latin-1")
        return path + ("?" + query if query else "")

    def payload(self):
        if self.raw_body is not None:
            return self.raw_body
        if not self.operation.has_body:
            return b""
        return b"{" + b",".join(name + b":" + value for name, value in self.body) + b"}"


# ---- good values ----

def good(schema, rng):
    """Values that the schema allows: edges first, then odd ones."""
    kind = kind_of(schema)
    if kind == "choice":
        return list(schema["enum"])
    if kind == "boolean":
        return [True, False]
    if kind == "date":
        return DATES
    if kind == "date-time":
        return TIMES
    if kind == "uuid":
        return ["0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                "00000000-0000-0000-0000-000000000000", f"{rng.getrandbits(32):08x}-1111-4111-8111-{rng.getrandbits(48):012x}"]
    if kind == "integer":
        least, most = schema.get("minimum", -2**63), schema.get("maximum", 2**63 - 1)
        values = {least, most, min(least + 1, most), max(most - 1, least), rng.randint(least, most),
                  rng.randint(least, min(most, least + 50)), *schema.get("examples", [])}
        return sorted(values)
    if kind == "array":
        item = schema["items"]["maxLength"]
        texts = [text for text in ODD + SQL if len(text.encode()) <= item]
        return [[], *schema.get("examples", []), ["x" * item], [text[:item] for text in ("a", "a", "b")][:schema["maxItems"]],
                [f"{n % 10**item:0{min(item, 4)}d}" for n in range(schema["maxItems"])], rng.sample(texts, min(3, schema["maxItems"])),
                [rng.choice(texts)], [rng.choice(SQL)[:item]]]
    assert kind == "string", schema
    most = schema["maxLength"]
    texts = [text for text in ODD + SQL if len(text.encode()) <= most]
    own = "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(min(most, 8)))
    return [*schema.get("examples", []), "x" * most, "é" * (most // 2), own, *rng.sample(texts, min(len(texts), 12)),
            *[text[:most] for text in rng.sample(SQL, 3)]]


def can_stand(field, value):
    """Whether a good value can be written where the field stands."""
    text = text_of(value)
    if field.where == "path":  # an empty part is another path, and so is one with a dot or two to some
        return text not in ("", ".", "..")
    if field.where == "header":  # its edges are cut, and Python sends no line ends
        return text.isascii() and text.isprintable() and text == text.strip() and " " not in text and text != ""
    if field.schema["type"] == "array" and field.where == "query":
        return all("," not in item for item in value) and len(text) < 6000
    return True


# ---- spoilt values ----

GONE = ("record.not_found",)
LIMIT, TYPE, FORMAT, RANGE, CHOICE, UTF8 = (
    ("field." + word,) for word in ("limit", "type", "format", "range", "choice", "utf8"))


def spoilt_json(schema):
    """(kind, JSON bytes, codes) that the schema does not allow."""
    kind, type_ = kind_of(schema), schema["type"]
    wrong = {"string": [b"1", b"1.5", b"true", b"[]", b"{}", b'["a"]'],
             "integer": [b'"x"', b"1.5", b"1e3", b"true", b"[]", b"{}", b'""', b'" 1"', b'"1.0"'],
             "boolean": [b'"true"', b"0", b"1", b"[]", b"{}", b'""'],
             "array": [b'"x"', b"1", b"{}", b"true", b"[1]", b"[null]", b'[["a"]]', b"[{}]", b'["a",true]']}
    yield from (("wrong type", value, TYPE) for value in wrong[type_])
    yield "nested 1000 deep", b"[" * 1000 + b"]" * 1000, TYPE
    yield "nested objects", b'{"a":' * 200 + b"1" + b"}" * 200, TYPE
    bad = {"date": BAD_DATES, "date-time": BAD_TIMES, "uuid": BAD_UUIDS}.get(kind, [])
    yield from (("wrong form", body_json(value), FORMAT) for value in bad)
    if kind == "choice":
        yield from (("no choice", body_json(value), CHOICE)
                    for value in ("nonsense", "", schema["enum"][0].upper() + " ", "|".join(schema["enum"][:2]) + "|"))
    if type_ == "integer":
        yield from (("out of range", body_json(value), RANGE) for value in beyond(schema))
    if kind == "string":
        yield "too long", body_json("x" * (schema["maxLength"] + 1)), LIMIT
        yield "too many bytes", '"{}"'.format("é" * (schema["maxLength"] // 2 + 1)).encode(), LIMIT
        yield "huge", b'"' + b"y" * 400_000 + b'"', LIMIT
        yield "NUL", b'"\\u0000"', UTF8
        if schema["maxLength"] > 2:
            yield "NUL within", b'"a\\u0000b"', UTF8
    elif type_ == "string":
        yield "huge", b'"' + b"y" * 300_000 + b'"', CHOICE if kind == "choice" else FORMAT
        yield "NUL", b'"a\\u0000b"', CHOICE if kind == "choice" else FORMAT
    if type_ == "array":
        item = schema["items"]["maxLength"]
        yield "too many items", body_json(["x"] * (schema["maxItems"] + 1)), LIMIT
        yield "an item too long", body_json(["x", "y" * (item + 1)][-schema["maxItems"]:]), LIMIT
        yield "a huge item", body_json(["z" * 200_000]), LIMIT
        yield "NUL in an item", b'["\\u0000"]', UTF8


def beyond(schema):
    values = [10**30, -10**30, 2**63, -2**63 - 1]
    values += [schema["minimum"] - 1] if "minimum" in schema else []
    return values + ([schema["maximum"] + 1] if "maximum" in schema else [])


def spoilt_text(field):
    """(kind, escaped bytes, codes) for a path or query."""
    schema = field.schema
    kind, type_ = kind_of(schema), schema["type"]
    texts = {"integer": ["x", "1.5", "1e3", "", "+1", " 1", "0x10", "٣", "1 ", "--1", "-"],
             "boolean": ["TRUE", "1", "", "yes", "true "]}.get(type_, [])
    yield from (("wrong type", escaped(text), TYPE) for text in texts)
    bad = {"date": BAD_DATES, "date-time": BAD_TIMES, "uuid": BAD_UUIDS}.get(kind, [])
    yield from (("wrong form", escaped(text), FORMAT) for text in bad)
    if kind == "choice":
        yield from (("no choice", escaped(text), CHOICE) for text in ("nonsense", "", schema["enum"][0] + " "))
    if type_ == "integer":
        yield from (("out of range", escaped(value), RANGE) for value in beyond(schema))
    if kind == "string":
        yield "too long", b"x" * (schema["maxLength"] + 1), LIMIT
        yield "too many bytes", escaped("é" * (schema["maxLength"] // 2 + 1)), LIMIT
        yield "huge", b"y" * 7000, LIMIT
        yield from (("no UTF-8", value, UTF8) for value in (b"%FF", b"%C0%80", b"%ED%A0%80", b"%C3")
                    if schema["maxLength"] >= value.count(b"%"))
    if type_ == "array":
        item = schema["items"]["maxLength"]
        yield "too many items", b",".join([b"x"] * (schema["maxItems"] + 1)), LIMIT
        yield "an item too long", b"y" * (item + 1), LIMIT
        yield "no UTF-8", b"%FF", UTF8
    yield "NUL", b"%00", FORMAT
    yield from (("broken escape", value, FORMAT) for value in (b"%zz", b"%4", b"%"))


def spoilt_header(field):
    most = field.schema["maxLength"]
    yield "too long", b"x" * (most + 1), LIMIT
    yield "no UTF-8", b"a\xffb", UTF8 + FORMAT


# ---- cases of an operation ----

def field_cases(operation, field, rng):
    """Everything that is done to one field."""
    def put(value):
        return lambda draft: draft.set_raw(field, value)

    # The old API says of what the path names, whatever is wrong with it, that there is no such thing.
    gone = operation.old and field.where == "path"
    statuses = (404,) if gone else (422,)
    source = (spoilt_json(field.schema) if field.where == "body" else spoilt_header(field) if field.where == "header"
              else spoilt_text(field))
    for kind, value, codes in source:
        if field.where == "path" and value == b"":
            continue
        want = DOCUMENT if gone else REFUSED
        yield Case(kind, field, want, statuses, GONE if gone else codes, put(value))
    if field.where in ("body", "query"):
        one = good(field.schema, rng)[0]
        one = body_json(one) if field.where == "body" else escaped(one)
        yield Case("twice", field, REFUSED, (422,), ("field.duplicate",), lambda draft: draft.twice(field, one))
        if field.required:
            yield Case("missing", field, REFUSED, (422,), ("field.missing",), lambda draft: draft.drop(field))
        else:
            yield Case("absent", field, ANY, (), (), lambda draft: draft.drop(field))
    if field.where == "body":
        null = Case("null", field, REFUSED, (422,), ("field.missing",), put(b"null"))
        yield null if field.required else Case("null", field, ANY, (), (), put(b"null"))
        if kind_of(field.schema) == "string":
            yield Case("half a surrogate", field, CHANGED, (), (), put(b'"\\ud800"'))
    yield from good_cases(operation, field, rng)


def good_cases(operation, field, rng):
    for value in good(field.schema, rng):
        if can_stand(field, value):
            yield Case(f"good {value!r:.40}", field, CHANGED, (), (), lambda draft, value=value: draft.set(field, value))


DOCUMENTS = [("an array", b"[]", 422), ("a text", b'"x"', 422), ("a number", b"1", 422), ("null", b"null", 422),
             ("true", b"true", 422), ("a brace", b"{", 400), ("cut off", b'{"a', 400), ("no JSON", b"nonsense", 400),
             ("two documents", b"{} {}", 400), ("rubbish behind", b"{}x", 400), ("one byte", b"\xff", 400),
             ("a mark of byte order", b"\xef\xbb\xbf{}", 400), ("single quotes", b"{'a':1}", 400),
             ("NUL bytes", b"\0\0\0", 400), ("deep arrays", b"[" * 100_000, 422), ("a comma", b"{,}", 400),
             ("blanks", b"  \n ", 400), ("a comment", b"/* */{}", 400), ("XML", b"<a/>", 400)]


def whole_cases(operation):
    """What is done to the request as a whole."""
    def body(value, content_type="application/json"):
        def edit(draft):
            draft.raw_body, draft.content_type = value, content_type
        return edit

    def typed(content_type):
        def edit(draft):
            draft.content_type = content_type
            draft.raw_body = draft.payload() or b"{}"
        return edit

    def extra(part, name, value):
        return lambda draft: getattr(draft, part).append((name, value))

    unknown = Field("nonsense", None, None, None, None)
    if operation.has_body:
        for kind, value, status in DOCUMENTS:
            yield Case(kind, None, DOCUMENT, (status,), (), body(value))
        # Only said to be so large: it is refused at once, and what comes behind would end in a reset.
        yield Case("larger than allowed", None, DOCUMENT, (413,), (), lambda draft: draft.headers.update({"Content-Length": "1048577"}))
        for content_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonx", None, "json"):
            yield Case("wrong content type", None, DOCUMENT, (415,), (), typed(content_type))
        for content_type in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/json;x"):
            yield Case("content type", None, ANY, (), (), typed(content_type))
        needed = next((f for f in operation.fields if f.where == "body" and f.required), None)
        for value, content_type in ((b"", None), (b"", "application/json"), (b"", "text/plain"), (b"{}", "application/json"), (b" {\n} ", "application/json")):
            yield Case("nothing", needed, REFUSED if needed else ANY, (422,), ("field.missing",), body(value, content_type))
        yield Case("unknown field", unknown, REFUSED, (422,), ("field.unknown",), extra("body", b'"nonsense"', b"1"))
        yield Case("unknown field", unknown, REFUSED, (422,), ("field.unknown",), extra("body", b'"nonsense"', b"[[{}]]"))
        for key in (b'""', b'"\\u0000"', b'"' + b"k" * 5000 + b'"', b'"\\ud800"', b'"\\u202e<script>"', b'"\\""', '"é"'.encode()):
            yield Case("odd key", None, DOCUMENT, (422,), ("field.unknown",), extra("body", key, b"1"))
        yield Case("no UTF-8 in a key", None, DOCUMENT, (400,), (), extra("body", b'"\xff"', b"1"))
        for field in operation.fields:
            if field.where == "path":
                other = b"999999999" if kind_of(field.schema) == "integer" else b'"zz9999"'
                want = (DOCUMENT, (404,), GONE) if operation.old else (REFUSED, (422,), FORMAT + ("field.duplicate", "field.choice"))
                yield Case("against the path", field, *want, extra("body", body_json(field.name), other))
            if field.where == "body" and field.schema["type"] == "string":
                yield Case("no UTF-8", None, DOCUMENT, (400,), (), lambda draft, f=field: draft.set_raw(f, b'"a\xffb"'))
    elif not operation.local:
        yield Case("a body", None, DOCUMENT, (422,), (), body(b'{"a":1}'))
    if not operation.local:
        yield Case("unknown parameter", unknown, REFUSED, (422,), ("field.unknown",), extra("query", b"nonsense", b"1"))
        yield Case("unknown parameter", unknown, REFUSED, (422,), ("field.unknown",), extra("query", b"nonsense", b""))
        yield Case("broken name", None, DOCUMENT, (422,), (), extra("query", b"%zz", b"1"))
        yield Case("NUL in a name", None, DOCUMENT, (422,), (), extra("query", b"a%00", b"1"))
        yield Case("target too long", None, DOCUMENT, (414,), (), extra("query", b"nonsense", b"z" * 9000))
