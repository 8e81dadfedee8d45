"""Every route, made from the gateway's own description, against everybody who may not use it.

A new route is in here by being in the tables. What is refused is refused before anything is looked at: the
path names things that do not exist, and the body is empty.
"""

import json
from pathlib import Path

import pytest
import requests
from system import SAMPLE, wait_for

DESCRIPTION = json.loads((Path(__file__).resolve().parents[2] / "ui" / "shared" / "openapi.json").read_text())
RANK = {"anybody": 0, "viewer": 1, "operator": 2, "admin": 3}
ROUTES = [(method.upper(), path, operation) for path, item in DESCRIPTION["paths"].items()
          for method, operation in item.items()]
GUARDED = [route for route in ROUTES if route[2]["x-who"] != "anybody"]
PUBLIC = {"POST /api/v1/session", "DELETE /api/v1/session", "GET /health", "GET /livez", "GET /readyz",
          "GET /_stcore/health", "GET /openapi.json"}


@pytest.fixture(scope="module")
def shop(cluster, tmp_path_factory):
    from system import PROGRAMS, System, migrate
    name = cluster.migrated(migrate)
    system = System(PROGRAMS, cluster.url(name))
    try:
        system.start_redis()
        system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api", "gateway-analytics",
                     "gateway-admin")
        for role in ("api", "analytics", "admin"):
            wait_for("the gateways", lambda r=role: system.api("GET", "/readyz", role=r).ok)
        system.add_upstream()
        system.add_dealer()
        system.add_dealer("77777")
        system.keys = {}
        for role in ("viewer", "operator", "admin"):
            body = {"name": role, "role": role, "all_dealers": True}
            system.keys[role] = system.api("POST", "/api/v1/keys", json=body).json()["key"]
            body = {"name": role, "role": role, "dealers": ["77777"]}
            system.keys[f"{role} of one dealer"] = system.api("POST", "/api/v1/keys", json=body).json()["key"]
        revoked, expired = (system.api("POST", "/api/v1/keys", json={"name": n, "role": "admin", "all_dealers": True}).json()
                            for n in ("revoked", "expired"))
        system.query("UPDATE account.api_key SET expires_at = now() - interval '1 minute' WHERE id = %s", (expired["id"],))
        assert system.api("DELETE", f"/api/v1/keys/{revoked['id']}").ok
        system.keys.update(revoked=revoked["key"], expired=expired["key"], forged=f"dk_0000000000_{'A' * 43}")
        yield system
    finally:
        faults = system.close()
        system.remove()
        cluster.drop(name)
    assert not faults, "\n".join(faults)


def ask(shop, route, key="", **options):
    method, path, operation = route
    role = operation["x-roles"][0]
    for name in ("dealer_id",):
        path = path.replace("{" + name + "}", options.get("dealer", SAMPLE))
    path = path.replace("{id}", "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60").replace("{job_id}",
                                                                               "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60")
    while "{" in path:
        path = path[:path.index("{")] + "999999" + path[path.index("}") + 1:]
    query = options.get("query", "")
    headers = {**options.get("headers", {}), **({"Authorization": f"Bearer {key}"} if key else {})}
    answer = requests.request(method, f"http://127.0.0.1:{shop.port(role)}{path}{query}", headers=headers, timeout=15,
                              json={} if method in ("POST", "PUT", "PATCH") else None, stream=True)
    if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        answer.close()
        answer._content = b""
    return answer


def refused(answer, *codes):
    assert answer.status_code in codes, (answer.request.method, answer.url, answer.status_code, answer.text[:300])
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "code", "errors", "request_id"}, "nothing else leaks"


def name_of(route):
    return f"{route[0]} {route[1]}"


def test_what_is_open_to_everybody_is_known():
    assert {name_of(route) for route in ROUTES if route[2]["x-who"] == "anybody"} == PUBLIC


@pytest.mark.parametrize("route", GUARDED, ids=name_of)
def test_nobody_without_a_valid_key(shop, route):
    refused(ask(shop, route), 401)
    for who in ("revoked", "expired", "forged"):
        refused(ask(shop, route, shop.keys[who]), 401)
    for malformed in ("x", "dk_", "Bearer", "dk_" + "A" * 300, shop.admin_key[:-1], shop.admin_key + "x"):
        refused(ask(shop, route, malformed), 401)
    refused(ask(shop, route, headers={"Authorization": f"Basic {shop.admin_key}"}), 401)
    refused(ask(shop, route, query=f"?key={shop.admin_key}&authorization=Bearer%20{shop.admin_key}"), 401)
    # A session that is none; what would change something is refused for having no origin, too.
    refused(ask(shop, route, headers={"Cookie": f"dd_admin_1={'A' * 46}; dd_api_1=x; dd_analytics_1=ds_{'A' * 43}"}),
            401 if route[0] == "GET" else 403)


@pytest.mark.parametrize("route", GUARDED, ids=name_of)
def test_nobody_with_a_lesser_role(shop, route):
    for role in ("viewer", "operator"):
        answer = ask(shop, route, shop.keys[role])
        if RANK[role] < RANK[route[2]["x-who"]]:
            refused(answer, 403)
        else:
            assert answer.status_code not in (401, 403), (name_of(route), role, answer.text[:300])


@pytest.mark.parametrize("route", [r for r in GUARDED if "x-scope" in r[2]], ids=name_of)
def test_nobody_about_another_dealer(shop, route):
    """Whoever may see dealer 77777 alone asks about the other one, or about all."""
    role, scope = route[2]["x-who"], route[2]["x-scope"]
    answer = ask(shop, route, shop.keys[f"{role} of one dealer"])
    if scope == "whole":
        refused(answer, 403)
    elif scope == "named" and "{dealer_id}" in route[1]:
        refused(answer, 404, 412, 422)
        assert SAMPLE not in answer.text.replace("dealer_id", "")
    elif scope == "named":
        # What does not even name a dealer is refused for that, or for what else is missing.
        refused(answer, 403, 422)
    else:
        assert answer.status_code < 500 and SAMPLE not in answer.text, answer.text[:300]
