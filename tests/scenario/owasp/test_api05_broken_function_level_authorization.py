"""API5:2023 - functions of a higher role by other ways than the plain one, which tests/scenario/test_access.py tries.

A gateway serves the functions of its face alone; what a role may not do it may not do by another method, another
spelling of the path, the old names, or by asking a service past the gateway.
"""

import json
import socket
import uuid

import pytest
import requests
from answers import read_all, split
from shop import OPERATIONS, OTHER, OWN, ROLES, name_of, refused

FACES = ("api", "analytics", "admin")
ADMINS = [o for o in OPERATIONS if o[2]["x-who"] == "admin"]
LESSER = [o for o in OPERATIONS if o[2]["x-who"] in ("operator", "admin")]


def path_of(operation):
    path = operation[1].replace("{dealer_id}", OTHER).replace("{name}", "sim").replace("{login}", "admin")
    path = path.replace("{job_id}", str(uuid.UUID(int=1)))
    while "{" in path:
        path = path[:path.index("{")] + "1" + path[path.index("}") + 1:]
    return path


def raw(shop, role, method, target, key, *headers):
    """Byte by byte, since libraries clean paths up."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}", "Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", shop.port(role)), timeout=10) as s:
        s.sendall("\r\n".join([*lines, "", ""]).encode())
        return split(read_all(s, 5)[0], method == "HEAD")[0]


def below(operation):
    """The highest role that may not use it."""
    return ROLES[ROLES.index(operation[2]["x-who"]) - 1]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_a_face_serves_its_own_functions_alone(shop, operation):
    for role in set(FACES) - set(operation[2]["x-roles"]):
        answer = shop.api(operation[0], path_of(operation), role=role, json={} if operation[0] != "GET" else None)
        if answer.status_code == 200:  # a page of the application, for a path that is none of the API
            assert answer.headers["Content-Type"].startswith("text/html") and not operation[1].startswith("/api/")
        else:
            assert refused(answer, 404, 405)["code"] in ("http.not_found", "http.method")


@pytest.mark.parametrize("operation", [o for o in LESSER if o[0] != "GET"], ids=name_of)
def test_a_header_does_not_make_another_method_of_a_request(shop, operation):
    """Whoever may only read says GET, and means something else."""
    role, path = operation[2]["x-roles"][0], path_of(operation)
    before = shop.query("SELECT count(*) AS n FROM account.audit")[0]["n"]
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = shop.api("GET", path, role=role, key=shop.keys["viewer"], headers={header: operation[0]})
        plain = shop.api("GET", path, role=role, key=shop.keys["viewer"])
        assert answer.status_code == plain.status_code
        answer = shop.api("POST", path, role=role, key=shop.keys["viewer"], headers={header: operation[0]}, json={})
        assert answer.status_code in (403, 404, 405, 422)
    for query in ("_method", "method", "httpMethod"):
        assert shop.api("GET", f"{path}?{query}={operation[0]}", role=role, key=shop.keys["viewer"]).status_code in (
            403, 404, 405, 422)
    assert shop.query("SELECT count(*) AS n FROM account.audit")[0]["n"] == before


@pytest.mark.parametrize("operation", LESSER, ids=name_of)
def test_head_and_options_and_unknown_methods_open_nothing(shop, operation):
    role, path, key = operation[2]["x-roles"][0], path_of(operation), shop.keys[below(operation)]
    status, fields, body = raw(shop, role, "HEAD", path, key)
    assert status == raw(shop, role, "GET", path, key)[0] and body == b""
    assert operation[0] != "GET" or status == 403
    for method in ("OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "Get", "PURGE", "GETX"):
        status, fields, body = raw(shop, role, method, path, key)
        assert status in (400, 405) and not any(name.startswith("access-control") for name in fields), method
        assert key.encode() not in body, "nothing is sent back"


@pytest.mark.parametrize("operation", [o for o in ADMINS if o[0] == "GET"], ids=name_of)
def test_no_spelling_of_a_path_goes_past_the_check(shop, operation):
    path, role, key = path_of(operation), operation[2]["x-roles"][0], shop.keys["viewer"]
    last = path.rsplit("/", 1)[1]
    for target in (path + "/", path + "//", "/" + path, path.replace("/api", "//api"), path.replace("/v1/", "/v1//"),
                   path.replace("/v1/", "/v1/./"), path.replace("/v1/", "/v1/x/../"), path.replace("/v1/", "/v1/%2e/"),
                   path.replace("/v1/", "/v1/x/%2e%2e/"), path.replace("/v1/", "/v1%2f"), path.upper(),
                   path.replace(last, last.capitalize()), path.replace(last, f"%{ord(last[0]):02x}{last[1:]}"),
                   path.replace(last, f"%{ord(last[0]):02X}{last[1:]}"), path + ";x=y", path + "%00", path + "%20", path + "?",
                   path + "?x", path + "%3f", path + ".json", path + "/..", path + "/.", f"/livez/..{path}",
                   f"/health/../..{path}", f"/docs/..{path}", path.replace("/api/v1", ""), path.replace("/v1", ""),
                   path.replace("/v1", "/V1"), path.replace("/v1", "/v2"), path.replace("/", "\\"), f"/static/..{path}"):
        status, fields, body = raw(shop, role, "GET", target, key)
        assert status in (400, 403, 404, 405, 422), (target, status, body[:200])
        assert b"created_by" not in body


def test_an_administrator_of_some_dealers_is_none_of_the_system(shop):
    """May change what belongs to its dealers; neither users nor keys, upstreams, settings, processes, the trail."""
    for operation in ADMINS:
        answer = shop.ask(operation, shop.limited["admin"], path_of(operation))
        if operation[2]["x-scope"] == "whole":
            assert refused(answer, 403)["code"] == "auth.forbidden", name_of(operation)
        else:
            assert "{dealer_id}" in operation[1] and answer.status_code == 404, name_of(operation)
    whole = {name_of(o) for o in ADMINS if o[2]["x-scope"] != "whole"}
    assert whole == {"PATCH /api/v1/dealers/{dealer_id}", "PUT /dealers/{dealer_id}"}


def test_a_service_asked_past_the_gateway_checks_again(shop):
    """Whoever reaches the bus with a viewer's context gets no more than at the front."""
    services = {"dealer-1": ["dealer.create", "upstream.set", "setting.set", "process.drain"],
                "scheduler-1": ["job.submit", "job.rerun", "pause.set", "schedule.create", "upstream.reset", "drift.acknowledge"],
                "account-1": ["user.create", "user.list", "key.create", "audit.list", "user.link"]}
    bodies = {"dealer.create": {"dealer_id": "1", "dealer_name": "x"}, "upstream.set": {"name": "x"},
              "setting.set": {"name": "x", "value": 1}, "process.drain": {"name": "fetcher-1"}, "upstream.reset": {"name": "sim"},
              "pause.set": {"scope": "all"}, "user.create": {"login": "x", "role": "admin"}, "user.link": {"login": "admin"},
              "key.create": {"name": "x", "role": "admin"}}
    for name, messages in services.items():
        with shop.system.wire(name) as wire:
            for message in messages:
                for context in ({"role": "viewer"}, {"role": ""}, {"role": "root"}, {"role": "Admin"}):
                    with pytest.raises(Exception) as refusal:
                        wire.call(message, bodies.get(message, {}), **context)
                    known = context["role"] == "viewer"
                    assert refusal.value.code == ("auth.forbidden" if known else "field.choice"), (message, context)


def test_messages_of_the_bus_are_no_paths(shop):
    for name in ("session.open", "account.check", "task.lease", "fetcher.probe", "sys.drain", "process.report", "sys.stats"):
        for path in (f"/{name}", f"/api/v1/{name}", f"/api/v1/{name.replace('.', '/')}", f"/bus/{name}", f"/rpc?method={name}"):
            refused(shop.api("POST", path, json={}), 404, 405)


def test_what_a_role_may_do_is_looked_up_with_each_request(shop):
    """A role that somebody wrote down in a cookie, a header or the token itself counts nothing."""
    for headers in ({"X-Role": "admin"}, {"X-User": "admin"}, {"X-Principal": "admin-key"}, {"X-Dealers": "*"},
                    {"Cookie": "role=admin; all_dealers=true"}, {"X-Forwarded-User": "admin"}, {"X-Original-URL": "/api/v1/users"},
                    {"X-Rewrite-URL": "/api/v1/users"}, {"Forwarded": "for=127.0.0.1;by=admin"}):
        answer = shop.api("GET", "/api/v1/session", key=shop.limited["viewer"], headers=headers)
        assert (answer.json()["role"], answer.json()["dealers"]) == ("viewer", [OWN])
        refused(shop.api("GET", "/api/v1/users", key=shop.limited["viewer"], headers=headers), 403)


def test_old_names_ask_for_the_same_role_as_new_ones(shop):
    for method, path, body in (("POST", "/dealers/", {"dealer_id": "1", "dealer_name": "x"}), ("PUT", f"/dealers/{OTHER}", {"dealer_name": "x"}),
                               ("POST", "/jobs/run", {"dealer_id": OTHER}), ("POST", "/fetch-configurations/", {"dealer_id": OTHER}),
                               ("GET", "/fetch-configurations/", None)):
        for spelling in (path, path.rstrip("/"), path.rstrip("/") + "/"):
            refused(shop.api(method, spelling, key=shop.keys["viewer"], json=body), 403)


def test_a_page_has_no_way_around_either(shop):
    """The session of a viewer, at the admin application's own address."""
    shop.user("looker", "viewer", all_dealers=True)
    browser = shop.sign_in("looker")
    for operation in LESSER:
        if "admin" in operation[2]["x-roles"]:
            answer = browser.request(operation[0], browser.base + path_of(operation), timeout=15,
                                     json={} if operation[0] in ("POST", "PUT", "PATCH") else None)
            refused(answer, 403)
    said = requests.get(f"{browser.base}/api/v1/session", cookies=browser.cookies.get_dict(), timeout=10).json()
    assert json.dumps(said).count("viewer") == 1
