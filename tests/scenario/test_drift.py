"""Schema drift: an upstream's fields that come, go or change their type are noticed, told once, harm nothing."""

import pytest
from fetching import Pipeline, yesterday
from system import wait_for

ENOUGH = 50  # records in which a field is missed


@pytest.fixture
def pipeline(system):
    pipeline = Pipeline(system)
    pipeline.sim("POST", "settings", bulk_rows=2 * ENOUGH)
    return pipeline


def fetch(pipeline, **fault):
    if fault:
        pipeline.sim("POST", "fault", **fault)
    job = pipeline.run(yesterday(), yesterday())
    assert job["state"] == "succeeded" and job["rows_quarantined"] == 0
    return job


def found(pipeline, **filters):
    return pipeline.call("scheduler", "drift.list", filters)["items"]


def findings(pipeline, n):
    """The findings, once there are n of them."""
    return wait_for(f"{n} findings", lambda: (lambda rows: rows if len(rows) >= n else None)(found(pipeline)))


def test_an_upstream_as_it_is_described_does_not_drift(pipeline):
    fetch(pipeline)
    wait_for("the fields", lambda: pipeline.system.query("SELECT 1 FROM feed.field_seen LIMIT 1"))
    fetch(pipeline)
    assert found(pipeline) == []
    known = pipeline.system.query("SELECT count(*) AS n FROM feed.field_seen WHERE part = ''")
    assert known[0]["n"] > 30


@pytest.mark.parametrize("fault, part, field, kind, type", [
    ({"kind": "add_field"}, None, "catatan", "new", "string"),
    ({"kind": "add_field", "field": "unit.warna"}, "unit", "warna", "new", "string"),
    ({"kind": "drop_field", "field": "noKontak"}, None, "noKontak", "vanished", None),
    ({"kind": "drop_field", "field": "unit"}, None, "unit", "vanished", None),
    ({"kind": "number_field", "field": "statusProspect"}, None, "statusProspect", "retyped", "number"),
])
def test_a_change_is_noticed_once(pipeline, fault, part, field, kind, type):
    fetch(pipeline)
    wait_for("the fields", lambda: pipeline.system.query("SELECT 1 FROM feed.field_seen LIMIT 1"))
    fetch(pipeline, **fault)
    row, = findings(pipeline, 1)
    assert (row.get("part"), row["field"], row["kind"], row.get("type"), row["upstream"], row["feed"]) == (
        part, field, kind, type, "sim", "prsp")
    assert row["answers"] == 1 and "acknowledged_at" not in row
    fetch(pipeline, **fault)
    fetch(pipeline)
    assert [again["id"] for again in found(pipeline)] == [row["id"]]


def test_a_renamed_field_is_one_new_and_one_vanished(pipeline):
    fetch(pipeline)
    fetch(pipeline, kind="rename_field", field="alamat", to="alamatRumah")
    rows = findings(pipeline, 2)
    assert sorted((row["kind"], row["field"]) for row in rows) == [("new", "alamatRumah"), ("vanished", "alamat")]


def test_a_new_fetcher_finds_nothing_new(pipeline):
    """What was seen before lies in the database, not in a process."""
    fetch(pipeline, kind="add_field")
    first, = findings(pipeline, 1)
    pipeline.system["fetcher-1"].stop()
    pipeline.system.start("fetcher-2")
    fetch(pipeline, kind="add_field")
    wait_for("the second answer", lambda: found(pipeline)[0]["answers"] == 2)
    assert [row["id"] for row in found(pipeline)] == [first["id"]]


def test_it_is_told_once_and_acknowledged_over_rest(pipeline):
    system = pipeline.system
    system.start_redis()
    system.start("scheduler-2", "analytics-1", "gateway-api")
    wait_for("the gateway", lambda: system.api("GET", "/readyz").ok)
    fetch(pipeline, kind="add_field")
    row, = findings(pipeline, 1)
    wait_for("the event", lambda: system.query("SELECT 1 FROM feed.drift WHERE told_at IS NOT NULL"))
    told = [line for name in ("scheduler-1", "scheduler-2") for line in system[name].lines()
            if line["msg"] == "an upstream's field drifts"]
    assert [(line["field"], line["kind"]) for line in told] == [("catatan", "new")]
    rows = system.api("GET", "/api/v1/drift?acknowledged=false&kind=new&upstream=sim&feed=prsp").json()["items"]
    assert [item["id"] for item in rows] == [row["id"]]
    assert system.api("GET", "/api/v1/drift?kind=retyped").json() == {"items": []}
    answer = system.api("POST", "/api/v1/drift/acknowledge", json={"ids": [str(row["id"])]})
    assert answer.json() == {"count": 1}
    done, = system.api("GET", "/api/v1/drift?acknowledged=true").json()["items"]
    assert done["acknowledged_by"] == "admin-key" and done["acknowledged_at"]
    assert system.api("POST", "/api/v1/drift/acknowledge", json={}).status_code == 422
    assert system.api("POST", "/api/v1/drift/acknowledge", json={"all": True}).json() == {"count": 0}
