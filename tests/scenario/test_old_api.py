"""The old client's operations, replayed against golden files; every difference has a row in differences.md."""

import json
import re
import uuid
from datetime import datetime
from pathlib import Path

import pytest
from system import wait_for
from test_analytics import DEALER, call, store

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "old_api"
CASES = sorted(path.stem for path in GOLDEN.glob("*.json"))
PROSPECTS = [("P1", "2026-10-01", "3", "0001", ["AA1"]), ("P2", "2026-10-01", "1", None, []),
             ("P3", "2026-10-03", None, None, ["BB2"]), ("P4", None, "2", None, [])]


def is_time(value):
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value)) and bool(
        datetime.fromisoformat(value.replace("Z", "+00:00")))


PLACES = {
    "<uuid>": lambda v: str(uuid.UUID(v)) == v,
    "<time>": is_time,
    "<int>": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "<text>": lambda v: isinstance(v, str),
    "<any>": lambda v: True,
}


def same(expected, found, at=""):
    """Compares, with places for what each run makes anew; "<more>" allows further fields."""
    if isinstance(expected, str) and expected in PLACES:
        assert PLACES[expected](found), f"{at}: {found!r} is no {expected}"
    elif isinstance(expected, dict):
        assert isinstance(found, dict), f"{at}: {found!r}"
        wanted = {key for key in expected if key != "<more>"}
        assert wanted <= set(found) if "<more>" in expected else wanted == set(found), f"{at}: {sorted(found)}"
        for key in wanted:
            same(expected[key], found[key], f"{at}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list) and len(expected) == len(found), f"{at}: {found!r}"
        for i, pair in enumerate(zip(expected, found)):
            same(*pair, f"{at}[{i}]")
    else:
        assert expected == found and type(expected) is type(found), f"{at}: {found!r}, not {expected!r}"


def filled(value, names):
    """Replaces {task}, {waiting} and {config} in all texts."""
    text = json.dumps(value)
    for name, identity in names.items():
        text = text.replace("{" + name + "}", identity)
    return json.loads(text)


@pytest.fixture
def old(make_system):
    """A system with one finished job of four prospects, one job that waits and one schedule; its names."""
    system = make_system()
    system.query("""INSERT INTO dealer.upstream (name, base_url, history_days)
                    VALUES ('main', 'https://upstream.invalid/dgi-api/v1.3', 3000)""")
    system.query("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                    SELECT id, 'f', 'sealed', 'sealed' FROM dealer.upstream""")
    system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                    SELECT %s, 'A Dealer', id FROM dealer.credential""", (DEALER,))
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api")
    store(system, PROSPECTS)
    task = call(system, "job.list", name="scheduler-1")["items"][0]["id"]
    waiting = call(system, "job.submit", {"dealer_ids": [DEALER], "from": "2026-10-01", "to": "2026-10-01"},
                   name="scheduler-1")["id"]
    config = call(system, "schedule.create", {"dealer_ids": [DEALER], "cron": "15 9 * * mon-sat"},
                  name="scheduler-1")["id"]
    wait_for("readiness", lambda: system.api("GET", "/readyz").ok)
    wait_for("the rows", lambda: system.api("GET", f"/prospect-data/analytics/{DEALER}").json()["total_prospects"] == 4)
    return system, {"task": task, "waiting": waiting, "config": str(config)}


def ask(system, request):
    """The answer to a case's request, and to the same one with the final slash changed."""
    path = request["path"]
    plain, _, query = path.partition("?")
    other = plain.rstrip("/") if plain.endswith("/") else plain + "/"
    options = {"key": request.get("key"), "allow_redirects": False}
    if "body" in request:
        options["json"] = request["body"]
    first = system.api(request["method"], path, **options)
    if request["method"] == "GET" and plain not in ("/", "/health"):
        second = system.api("GET", other + ("?" + query if query else ""), **options)
        assert second.status_code == first.status_code
        if first.status_code == 200:
            assert second.json() == first.json()
    return first


def replay(system, names, case):
    golden = filled(json.loads((GOLDEN / f"{case}.json").read_text()), names)
    expected = golden.get("ours", golden["old"])
    answer = ask(system, golden["request"])
    assert answer.status_code == expected["status"], f"{case}: {answer.status_code} {answer.text}"
    if "problem" in expected:
        assert answer.headers["Content-Type"] == "application/problem+json", case
        body = answer.json()
        assert (body["code"], isinstance(body["detail"], str)) == (expected["problem"], True), f"{case}: {body}"
        if "fields" in expected:
            assert [row["field"] for row in body["errors"]] == expected["fields"], f"{case}: {body}"
    else:
        assert answer.headers["Content-Type"] == "application/json", case
        same(expected["body"], answer.json(), case)


def test_old_operations(old):
    """Reading ones first, since the others change what is read."""
    system, names = old
    requests_of = {case: json.loads((GOLDEN / f"{case}.json").read_text())["request"] for case in CASES}
    for case in sorted(CASES, key=lambda case: (requests_of[case]["method"] != "GET", case)):
        replay(system, names, case)


def test_every_difference_has_a_row_and_every_row_a_case():
    rows = set(re.findall(r"^\| ([a-z-]+) \|", (GOLDEN / "differences.md").read_text(), re.M)) - {"id"}
    used = set()
    for case in CASES:
        golden = json.loads((GOLDEN / f"{case}.json").read_text())
        named = set(golden.get("differences", []))
        assert ("ours" in golden) == bool(named), f"{case}: a difference without a name, or a name without one"
        used |= named
    assert rows == used
