"""An error answer names the rule that a value broke, with its limit, wherever it was found."""

import pytest
from system import SAMPLE
from test_privacy import key


@pytest.fixture(scope="module")
def office(cluster, tmp_path_factory):
    from system import PROGRAMS, System, migrate
    name = cluster.migrated(migrate)
    system = System(PROGRAMS, cluster.url(name))
    try:
        system.start_all()
        system.add_upstream("main")
        system.add_dealer(SAMPLE, upstream="main")
        yield system
    finally:
        system.close()
        system.remove()
        cluster.drop(name)


NEW = {"dealer_id": "777", "dealer_name": "New"}
DEALERS, JOBS = ("POST", "/api/v1/dealers"), ("POST", "/api/v1/jobs")
JOB = {"dealer_ids": [SAMPLE], "from": "2026-03-01", "to": "2026-03-02"}


@pytest.mark.parametrize("request_, body, field, told", [
    # Rules of the table, found by the gateway.
    (DEALERS, {**NEW, "dealer_name": "n" * 256}, "dealer_name", {"rule": "too_long", "max": 255}),
    (DEALERS, {"dealer_name": "New"}, "dealer_id", {"rule": "missing"}),
    (DEALERS, {**NEW, "dealer_name": 7}, "dealer_name", {"rule": "type"}),
    (DEALERS, {**NEW, "colour": "red"}, "colour", {"rule": "unknown"}),
    (DEALERS, {**NEW, "dealer_name": "a\u0000b"}, "dealer_name", {"rule": "characters"}),
    (DEALERS, {**NEW, "id": "7"}, "id", {"rule": "uuid"}),
    (JOBS, {**JOB, "priority": 99}, "priority", {"rule": "too_large", "max": 3}),
    (JOBS, {**JOB, "priority": -1}, "priority", {"rule": "too_small", "min": 0}),
    (JOBS, {**JOB, "dealer_ids": [SAMPLE] * 1001}, "dealer_ids", {"rule": "too_many", "max": 1000}),
    (JOBS, {**JOB, "only": "all or nothing"}, "only", {"rule": "choice", "choices": ["missing", "missing_failed", "all"]}),
    (("GET", "/api/v1/report/prospects?from=soon"), None, "from", {"rule": "date"}),
    (("GET", "/api/v1/audit?from=soon"), None, "from", {"rule": "time"}),
    # Rules of a service, over the bus.
    (DEALERS, {**NEW, "dealer_id": "7 7"}, "dealer_id", {"rule": "code", "max": 10}),
    (DEALERS, {**NEW, "dealer_name": " "}, "dealer_name", {"rule": "empty"}),
    (DEALERS, {**NEW, "api_key": "k y", "secret_key": "s"}, "api_key", {"rule": "visible"}),
    (DEALERS, {**NEW, "dealer_id": SAMPLE}, "dealer_id", {"rule": "taken"}),
    (JOBS, {**JOB, "dealer_ids": ["888"]}, "dealer_ids", {"rule": "no_such"}),
    (("PUT", "/api/v1/upstreams/x"), {"base_url": "ftp://example.com"}, "base_url", {"rule": "address"}),
    (("POST", "/api/v1/prospects/find"), {"name": "citra", "reason": "call 081298764321"}, "reason", {"rule": "personal"}),
], ids=lambda value: value.get("rule") if isinstance(value, dict) else None)
def test_a_broken_rule_is_named_with_its_limit(office, request_, body, field, told):
    answer = office.api(*request_, **({"json": body} if body is not None else {}))
    assert 400 <= answer.status_code < 500, answer.text
    row, = [row for row in answer.json()["errors"] if row["field"] == field]
    assert {name: row[name] for name in ("rule", "min", "max", "choices") if name in row} == told, row
    assert row["text"].endswith("."), row


def test_what_is_about_no_value_names_no_rule(office):
    answer = office.api("GET", "/api/v1/nothing")
    assert answer.status_code == 404 and answer.json()["errors"] == []
    refused = office.api("POST", "/api/v1/dealers", key=key(office, "viewer"), json=NEW)
    assert refused.status_code == 403 and all("max" not in row for row in refused.json()["errors"])
