"""API9:2023 - what is served is what is described: nothing beside it, nothing missing, the old names under the new rules."""

import json
import re
from pathlib import Path

import pytest
import requests
from shop import DESCRIPTION, OPERATIONS, OTHER, OWN, ROLES, name_of, refused, schema_of

ROOT = Path(__file__).resolve().parents[3]
FACES = {"R": "api", "A": "analytics", "D": "admin"}
ROUTE = re.compile(r'^(ROUTE|LOCAL)\(([RAD |]+), (\w+), "([^"]+)", (.*)$', re.M)
OLD = re.compile(r'^OLD\((\w+), "([^"]+)", (\w+), (\w+),', re.M)


def table(name):
    return (ROOT / "gateway" / name).read_text()


def routes():
    """Method, path, faces and message of each row of the gateway's tables."""
    found = []
    for kind, faces, method, path, rest in ROUTE.findall(table("routes.def")):
        message = rest.split(", ")[1] if kind == "ROUTE" else None
        found.append((method, path, {FACES[f.strip()] for f in faces.split("|")}, message, False))
    for method, path, _, message in OLD.findall(table("compat.def")):
        found.append((method, path, {"api"}, message, True))
    return found


def served(method, path):
    return DESCRIPTION["paths"].get(path, {}).get(method.lower())


def path_of(operation, **values):
    values = {"dealer_id": "nope", "name": "nope", "login": "nope", **values}
    path = operation[1]
    while "{" in path:
        field = path[path.index("{") + 1:path.index("}")]
        path = path.replace("{" + field + "}", str(values.get(field, 987654)))
    return path


def test_each_row_of_the_tables_is_described_and_nothing_else_is():
    rows = {(method, path) for method, path, *_ in routes()}
    assert len(rows) == len(routes()) > 80
    assert rows == {(method, path) for method, path, _ in OPERATIONS}


@pytest.mark.parametrize("role", ["api", "analytics", "admin"])
def test_a_gateway_describes_what_it_was_built_with(shop, role):
    answer = shop.api("GET", "/openapi.json", role=role, key="")
    assert answer.json() == DESCRIPTION


@pytest.mark.parametrize("row", routes(), ids=lambda r: f"{r[0]} {r[1]}")
def test_faces_and_age_are_told_as_they_are(row):
    method, path, faces, _, old = row
    about = served(method, path)
    assert set(about["x-roles"]) == faces
    assert about.get("deprecated", False) == old
    assert about["summary"] and about["x-who"] in ("anybody", *ROLES)
    assert "x-scope" in about or row[3] is None, "whoever may see some dealers has to know"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_what_is_described_is_served_at_each_of_its_faces(shop, operation):
    for role in operation[2]["x-roles"]:
        if path_of(operation).endswith("/drain"):
            continue
        answer = requests.request(operation[0], shop.base(role) + path_of(operation), stream=True, timeout=70,
                                  headers={"Authorization": f"Bearer {shop.system.admin_key}"},
                                  json={} if schema_of(operation[2])[0] else None)
        code = "" if answer.ok or answer.headers["Content-Type"] != "application/problem+json" else answer.json()["code"]
        assert code not in ("http.not_found", "http.method", "bus.unknown_message"), (role, code)
        answer.close()


@pytest.mark.parametrize("path", sorted(DESCRIPTION["paths"]))
def test_a_path_answers_to_its_described_methods_alone(shop, path):
    # /jobs/plan is also what /jobs/{id} describes.
    items = [item for shape, item in DESCRIPTION["paths"].items()
             if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(shape)), path)]
    known = {method.upper() for item in items for method in item}
    roles = {role for about in DESCRIPTION["paths"][path].values() for role in about["x-roles"]}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
        for role in roles:
            answer = shop.api(method, path_of((method, path)), role=role, json={})
            if answer.status_code == 200:  # a page of the application, at a path of the old monitors
                assert answer.headers["Content-Type"].startswith("text/html")
                continue
            problem = refused(answer, 405)
            assert problem["code"] == "http.method"
            allowed = set(answer.headers["Allow"].split(", ")) - {"HEAD"}
            assert allowed == {m.upper() for item in items for m, about in item.items() if role in about["x-roles"]}


def test_no_other_version_and_no_hidden_part_answers(shop):
    for version in ("v0", "v2", "v1.0", "v1beta", "latest", "internal", "private", "admin", "dev", "test", "beta", "v1 ", "V1", "v01"):
        for thing in ("dealers", "jobs", "users", "keys", "settings"):
            for role in ("api", "analytics", "admin"):
                refused(shop.api("GET", f"/api/{version}/{thing}", role=role), 404)


WORDS = """account accounts action actions admin admins alert alerts archive attempt attempts auth backup batch bulk cache clear command
config configs console credential credentials cron data database db debug delete download dump echo email env event exec execute export
exports feed feeds fetch fetchers file files flush graph graphql group groups health heap help hook hooks import index info internal job
lease leases link links list live lock log login logout logs me members message messages meta metric metrics migrate migration migrations
monitor nodes notify open operation operations ops order password passwords pause permission permissions ping plan probe process processes
profile prometheus proxy purge query queue queues quota ready redis register reload report reports reset restart restore resume retry role
roles root route routes rpc run scheduler script search secret secrets server session sessions setup shell shutdown sql stat state stats
status stop stream sync sys system table tables tail task team tenant tenants test token tokens trace unlock update upgrade upload user
verify version webhook webhooks worker workers ws""".split()


@pytest.mark.parametrize("role", ["api", "analytics", "admin"])
def test_nothing_undocumented_answers_to_usual_words(shop, role):
    """With the administrator's key: what is there would show itself."""
    described = {path for path, item in DESCRIPTION["paths"].items() if any(role in o["x-roles"] for o in item.values())}
    for word in WORDS:
        for path in (f"/api/v1/{word}", f"/api/{word}", f"/{word}", f"/api/v1/_{word}", f"/api/v1/{word}/1"):
            shape = re.sub(r"/1$", "/{}", path)
            if shape in {re.sub(r"\{\w+\}", "{}", p) for p in described}:
                continue
            with shop.api("GET", path, role=role, stream=True) as answer:
                if answer.status_code == 200:
                    assert answer.headers["Content-Type"].startswith("text/html") and not path.startswith("/api"), path
                elif path not in ("/docs", "/help"):
                    assert answer.status_code in (404, 405), (path, answer.status_code)


def test_services_and_their_figures_are_not_served_at_other_ports(shop):
    """The gateways' ports, the simulator's, and no other: services speak on sockets in a folder."""
    ports = {shop.port(role) for role in ("api", "analytics", "admin", "sim")}
    pids = {p.pid() if callable(p.pid) else p.pid for p in shop.system.processes.values()}
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    listening = set()
    for table_of in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table_of}").read_text().splitlines()[1:]:
            field = line.split()
            if field[3] == "0A" and field[9] in inodes:
                listening.add((field[1].split(":")[0], int(field[1].split(":")[1], 16)))
    assert {port for _, port in listening} == ports
    assert {address for address, _ in listening} == {"0100007F"}, "on this machine alone"


# ---- the old API ----


def test_everything_old_is_marked_and_nothing_else_is():
    old = {(m, p) for m, p, *_, is_old in routes() if is_old}
    assert {(o[0], o[1]) for o in OPERATIONS if o[2].get("deprecated")} == old and len(old) == 13


@pytest.mark.parametrize("row", [r for r in routes() if r[4]], ids=lambda r: f"{r[0]} {r[1]}")
def test_an_old_name_has_the_rules_of_the_new_one(row):
    new = [r for r in routes() if r[3] == row[3] and not r[4]]
    assert new, "an old route leads to a message that no new one sends"
    for method, path, *_ in new:
        for rule in ("x-who", "x-scope"):
            assert served(row[0], row[1])[rule] == served(method, path)[rule]


@pytest.mark.parametrize("old, new", [
    ("/dealers/{}", "/api/v1/dealers/{}"), ("/prospect-data?dealer_id={}", "/api/v1/prospects?dealer_id={}"),
    ("/prospect-data/analytics/{}", "/api/v1/report/prospects?dealer_id={}"), ("/fetch-logs?dealer_id={}", "/api/v1/report/fetches?dealer_id={}"),
    ("/fetch-configurations?dealer_id={}", "/api/v1/schedules?dealer_id={}"), ("/jobs?dealer_id={}", "/api/v1/jobs?dealer_id={}")])
def test_who_is_let_in_is_the_same_under_both_names(shop, old, new):
    for keys in (shop.keys, shop.limited):
        for role in ROLES:
            for dealer in (OWN, OTHER):
                codes = [shop.api("GET", path.format(dealer), key=keys[role]).status_code for path in (old, new)]
                assert codes[0] == codes[1], (role, dealer, codes)
    assert {shop.api("GET", path.format(OWN), key="").status_code for path in (old, new)} == {401}


def test_answers_hold_what_is_described_and_nothing_else(shop):
    """A field that nobody described is one that nobody looked at."""
    schemas = DESCRIPTION["components"]["schemas"]

    def check(value, schema, where):
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
        if isinstance(value, dict) and "properties" in schema:
            assert set(value) <= set(schema["properties"]), (where, set(value) - set(schema["properties"]))
            assert set(schema.get("required", [])) <= set(value), where
            for name, inner in value.items():
                check(inner, schema["properties"][name], f"{where}.{name}")
        elif isinstance(value, list) and "items" in schema:
            for inner in value[:5]:
                check(inner, schema["items"], where)

    shop.wait_job(shop.job(OTHER))
    shop.schedule(OTHER)
    seen = 0
    for operation in OPERATIONS:
        if operation[0] != "GET" or "{" in operation[1] or operation[1] == "/api/v1/events":
            continue
        content = operation[2]["responses"].get("200", {}).get("content", {}).get("application/json")
        answer = shop.ask(operation, shop.system.admin_key, params={"dealer_id": OTHER} if operation[1].startswith("/api/v1/report/pro") else {})
        if content and answer.status_code == 200:
            check(json.loads(answer.text), content["schema"], name_of(operation))
            seen += 1
    assert seen > 20
