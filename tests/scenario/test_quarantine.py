"""Records that could not be stored: told, replayed after a fix, dismissed.

The fix that these tests make is the one an operator can make: the longest value that a fetcher stores
is a setting (DD_FETCHER_MAX_VALUE), and a record beyond it is quarantined as row.too_long.
"""

import json

import pytest
from fetching import Pipeline, yesterday
from system import SAMPLE, wait_for
from wire import BusError

LONG = 2500


@pytest.fixture
def pipeline(system):
    return Pipeline(system)


def spoil(pipeline, times=1, record=0, length=LONG):
    pipeline.sim("POST", "fault", kind="long_value", field="alamat", value=length, record=record, times=times)


def one_day(pipeline):
    return pipeline.run(yesterday(), yesterday())


def listed(pipeline, **filters):
    return pipeline.call("scheduler", "quarantine.list", filters)["items"]


def replay(pipeline, **what):
    return pipeline.wait(pipeline.call("scheduler", "quarantine.replay", what))


def calls(pipeline):
    return len(pipeline.sim("GET", "calls")["calls"])


def allow_longer(pipeline):
    pipeline.system["fetcher-1"].stop()
    pipeline.system.start("fetcher-1", DD_FETCHER_MAX_VALUE=4000)


def test_overlapping_fetches_set_a_record_aside_once(pipeline):
    spoil(pipeline, times=2)
    first, second = one_day(pipeline), one_day(pipeline)
    assert first["rows_quarantined"] == second["rows_quarantined"] == 1
    row, = listed(pipeline)
    assert (row["seen"], row["state"], row["reason"], row["field"], row["whole"], row["replays"]) == (
        2, "open", "row.too_long", "alamat", True, 0)
    assert row["seen_at"] > row["created_at"] and "raw" not in row
    for job in (first, second):
        assert [found["id"] for found in listed(pipeline, job_id=job["id"])] == [row["id"]]
    assert listed(pipeline, state="stored") == listed(pipeline, reason="row.no_key") == []
    assert listed(pipeline, dealer_id="1") == listed(pipeline, to=row["created_at"] - 1) == []
    assert listed(pipeline, **{"from": row["seen_at"]}) == [row]
    count, = pipeline.call("scheduler", "quarantine.summary")["items"]
    assert (count["reason"], count["open"], count["stored"], count["dismissed"]) == ("row.too_long", 1, 0, 0)


def test_a_replay_stores_what_a_fix_made_storable_and_calls_nobody(pipeline):
    spoil(pipeline)
    one_day(pipeline)
    row, = listed(pipeline)
    stored, before = len(pipeline.stored()), calls(pipeline)
    job = replay(pipeline, ids=[str(row["id"])])
    # Nothing was mended yet: it stays, and says that it was tried.
    assert (job["state"], job["kind"], job["rows_quarantined"], job["rows_new"]) == ("succeeded", "replay", 1, 0)
    row, = listed(pipeline)
    assert (row["state"], row["replays"], row["seen"]) == ("open", 1, 1)
    allow_longer(pipeline)
    job = replay(pipeline, reason="row.too_long")
    assert (job["state"], job["rows_new"], job["rows_quarantined"]) == ("succeeded", 1, 0)
    row, = listed(pipeline)
    assert (row["state"], row["replays"]) == ("stored", 2) and row["settled_at"]
    assert row["replay_task_id"] == pipeline.tasks(job)[0]["id"]
    assert len(pipeline.stored()) == stored + 1 and calls(pipeline) == before
    found = pipeline.call("scheduler", "quarantine.get", {"id": row["id"], "reveal": True, "reason": "a test"})
    sent = json.loads(found["raw"])
    kept = next(r for r in pipeline.stored() if r["idProspect"] == sent["idProspect"])
    assert kept["alamat"] == sent["alamat"] == "x" * LONG
    at = pipeline.system.query("SELECT (extract(epoch FROM requested_at) * 1000)::bigint AS ms FROM feed.prospect"
                               " WHERE id_prospect = %s", (sent["idProspect"],))
    assert at == [{"ms": row["requested_at"]}]
    with pytest.raises(BusError, match="quarantine.nothing"):
        replay(pipeline, ids=[str(row["id"])])


def test_a_replay_never_replaces_a_newer_version(pipeline):
    spoil(pipeline)
    one_day(pipeline)
    one_day(pipeline)  # whole again: asked for later, with the same modified time
    pipeline.assert_exact(yesterday(), yesterday())
    allow_longer(pipeline)
    job = replay(pipeline, dealer_id=SAMPLE)
    assert (job["rows_same"], job["rows_new"], job["rows_changed"]) == (1, 0, 0)
    pipeline.assert_exact(yesterday(), yesterday())
    assert [row["state"] for row in listed(pipeline)] == ["stored"]


def test_what_comes_again_after_it_was_stored_is_open_again_but_not_what_was_dismissed(pipeline):
    spoil(pipeline)
    spoil(pipeline, record=1, length=2600)
    one_day(pipeline)
    one_day(pipeline)
    old, gone = sorted(listed(pipeline), key=lambda row: row["id"])
    done = pipeline.call("scheduler", "quarantine.dismiss", {"ids": [str(gone["id"])], "why": "Nobody misses it"})
    assert done == {"count": 1}
    allow_longer(pipeline)
    replay(pipeline, feed="prsp")
    assert {row["id"]: row["state"] for row in listed(pipeline)} == {old["id"]: "stored", gone["id"]: "dismissed"}
    pipeline.system["fetcher-1"].stop()
    pipeline.system.start("fetcher-1")
    spoil(pipeline)
    spoil(pipeline, record=1, length=2600)
    one_day(pipeline)
    one_day(pipeline)
    rows = {row["id"]: (row["state"], row["seen"]) for row in listed(pipeline)}
    assert rows == {old["id"]: ("open", 2), gone["id"]: ("dismissed", 2)}


def test_a_replay_needs_no_upstream(pipeline):
    """Breaker, quota and concurrency are about calls."""
    spoil(pipeline)
    one_day(pipeline)
    pipeline.system.query("UPDATE dealer.upstream SET quota = 0, concurrency = 1")
    pipeline.system.query("""INSERT INTO jobs.upstream_state (upstream_id, failures, open_until)
                             SELECT id, 10, now() + interval '1 hour' FROM dealer.upstream
                             ON CONFLICT (upstream_id) DO UPDATE SET open_until = excluded.open_until""")
    pipeline.system["dgi_sim"].stop()
    allow_longer(pipeline)
    covered = pipeline.system.query("SELECT * FROM jobs.coverage")
    job = replay(pipeline, reason="row.too_long")
    assert (job["state"], job["rows_new"]) == ("succeeded", 1)
    assert pipeline.system.query("SELECT * FROM jobs.coverage") == covered


def test_a_replay_waits_while_its_dealer_is_paused(pipeline):
    spoil(pipeline)
    one_day(pipeline)
    allow_longer(pipeline)
    pipeline.system.query("INSERT INTO jobs.pause VALUES ('dealer', %s, NULL, 'test', now())", (SAMPLE,))
    job = pipeline.call("scheduler", "quarantine.replay", {"reason": "row.too_long"})
    row, = listed(pipeline, state="replaying")
    with pytest.raises(BusError, match="quarantine.nothing"):
        pipeline.call("scheduler", "quarantine.replay", {"ids": [str(row["id"])]})
    assert pipeline.job(job)["state"] == "queued"
    pipeline.system.query("DELETE FROM jobs.pause")
    assert pipeline.wait(job)["rows_new"] == 1


def test_a_record_that_was_cut_cannot_be_replayed(pipeline):
    spoil(pipeline, length=20000)
    one_day(pipeline)
    row, = listed(pipeline)
    assert row["whole"] is False
    with pytest.raises(BusError, match="quarantine.nothing"):
        replay(pipeline, ids=[str(row["id"])])


def test_a_fetcher_killed_in_a_replay_leaves_it_wholly_done_or_undone(pipeline):
    spoil(pipeline, record=-1)
    one_day(pipeline)
    n = len(listed(pipeline))
    assert n > 1
    pipeline.system["fetcher-1"].stop()
    pipeline.system.start("fetcher-2", DD_FETCHER_MAX_VALUE=4000, DD_FAULTPOINTS="on",
                          DD_FETCHER_STOP_AT="before_commit")
    pipeline.system["fetcher-2"].expect = None
    job = pipeline.call("scheduler", "quarantine.replay", {"feed": "prsp"})
    wait_for("the fetcher to die", lambda: not pipeline.system["fetcher-2"].alive())
    assert {row["state"] for row in listed(pipeline)} == {"replaying"} and pipeline.stored() == []
    pipeline.system.start("fetcher-1", DD_FETCHER_MAX_VALUE=4000)
    assert pipeline.wait(job)["rows_new"] == n
    assert {row["state"] for row in listed(pipeline)} == {"stored"}


def test_over_rest(pipeline):
    system = pipeline.system
    spoil(pipeline)
    one_day(pipeline)
    system.start_redis()
    system.start("analytics-1", "gateway-api", "gateway-analytics")
    wait_for("the gateway", lambda: system.api("GET", "/readyz").ok)
    row, = system.api("GET", "/api/v1/quarantine?state=open&reason=row.too_long").json()["items"]
    assert "raw" not in row
    one = system.api("GET", f"/api/v1/quarantine/{row['id']}").json()
    assert one["record"] == row and json.loads(one["raw"])["alamat"] == f"*** ({LONG} bytes)"
    assert system.api("GET", f"/api/v1/quarantine/{row['id']}", role="analytics").status_code == 404
    assert system.api("GET", "/api/v1/quarantine/99").status_code == 404
    summary = system.api("GET", "/api/v1/quarantine/summary").json()["items"]
    assert [(count["feed"], count["open"]) for count in summary] == [("prsp", 1)]
    for path in ("", f"/{row['id']}"):
        answer = system.api("GET", f"/api/v1/quarantine{path}", headers={"Accept": "text/csv"})
        assert "xxx" not in answer.text or answer.headers["Content-Type"] == "application/json", answer.text[:300]
    lines = system.api("GET", "/api/v1/quarantine?format=csv").text.splitlines()
    assert len(lines) == 2 and "raw" not in lines[0] and "xxx" not in lines[1]
    answer = system.api("POST", "/api/v1/quarantine/replay", json={})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "ids"
    answer = system.api("POST", "/api/v1/quarantine/replay", json={"ids": ["7x"]})
    assert answer.status_code == 422 and answer.json()["code"] == "field.format"
    answer = system.api("POST", "/api/v1/quarantine/replay", json={"ids": [str(row["id"])]})
    assert answer.status_code == 202 and answer.headers["Location"] == f"/api/v1/jobs/{answer.json()['id']}"
    pipeline.wait(answer.json())
    answer = system.api("POST", "/api/v1/quarantine/dismiss", json={"reason": "row.too_long", "why": "Data of a test"})
    assert answer.json() == {"count": 1}
    row, = system.api("GET", "/api/v1/quarantine?state=dismissed").json()["items"]
    assert (row["settled_by"], row["why"], row["replays"]) == ("admin-key", "Data of a test", 1)


def test_who_dismisses_says_why_which_stays_with_the_record_and_in_the_audit_trail(pipeline):
    spoil(pipeline)
    one_day(pipeline)
    api = pipeline.system.api
    pipeline.system.start_redis()
    pipeline.system.start("account-1", "analytics-1", "gateway-api")
    wait_for("the gateway", lambda: api("GET", "/readyz").ok)
    for why, code in ((None, "field.missing"), ("no", "field.missing"), ("Call 081234567890", "field.format")):
        body = {"reason": "row.too_long", **({"why": why} if why else {})}
        answer = api("POST", "/api/v1/quarantine/dismiss", json=body)
        assert answer.status_code == 422, answer.text
        assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("why", code)]
    row, = listed(pipeline)
    assert row["state"] == "open" and "why" not in row
    assert api("POST", "/api/v1/quarantine/dismiss", json={"ids": [str(row["id"])], "why": "Data of a test"}).ok
    told = api("GET", f"/api/v1/quarantine/{row['id']}").json()["record"]
    assert (told["state"], told["why"], told["settled_by"]) == ("dismissed", "Data of a test", "admin-key")
    assert told["settled_at"] >= told["created_at"]
    entry, = api("GET", "/api/v1/audit?kind=quarantine").json()["items"]
    assert (entry["action"], entry["principal"]) == ("quarantine.dismiss", "admin-key")
    assert json.loads(entry["after"]) == {"rows": 1, "why": "Data of a test"}
    # Once dismissed, it is no open record: it is neither dismissed anew with other words, nor replayed.
    assert api("POST", "/api/v1/quarantine/dismiss", json={"feed": "prsp", "why": "Other words"}).json() == {"count": 0}
    assert api("POST", "/api/v1/quarantine/replay", json={"feed": "prsp"}).json()["code"] == "quarantine.nothing"
    assert listed(pipeline)[0]["why"] == "Data of a test"


def test_records_are_found_dismissed_and_replayed_by_field_and_time(pipeline):
    spoil(pipeline)
    one_day(pipeline)
    pipeline.sim("POST", "fault", kind="long_value", field="namaLengkap", value=LONG, record=1, times=1)
    one_day(pipeline)
    name, address = listed(pipeline)
    assert (name["field"], address["field"]) == ("namaLengkap", "alamat")
    assert listed(pipeline, field="alamat") == [address] and listed(pipeline, field="none") == []
    count, = pipeline.call("scheduler", "quarantine.summary")["items"]
    assert count["fields"] == ["alamat", "namaLengkap"]

    def dismissed(**what):
        return pipeline.call("scheduler", "quarantine.dismiss", {**what, "why": "Data of a test"})["count"]

    assert dismissed(field="none") == dismissed(to=address["created_at"] - 1) == dismissed(**{"from": name["seen_at"] + 1}) == 0
    assert replay(pipeline, field="alamat")["tasks_total"] == 1
    with pytest.raises(BusError, match="quarantine.nothing"):
        replay(pipeline, to=address["created_at"] - 1)
    assert dismissed(**{"from": name["created_at"]}) == 1
    assert {row["id"]: row["state"] for row in listed(pipeline)} == {name["id"]: "dismissed", address["id"]: "open"}
    assert dismissed(field="alamat", to=address["created_at"]) == 1


def test_on_the_command_line(pipeline):
    ddctl = pipeline.system.ddctl
    spoil(pipeline)
    one_day(pipeline)
    row, = json.loads(ddctl("quarantine", "ls", "--state", "open", "--json").stdout)["items"]
    assert "row.too_long" in ddctl("quarantine", "ls").stdout and "open" in ddctl("quarantine", "summary").stdout
    shown = json.loads(ddctl("quarantine", "show", str(row["id"]), "--json").stdout)
    assert shown["record"] == row and json.loads(shown["raw"])["alamat"] == f"*** ({LONG} bytes)"
    assert "xxx" not in ddctl("quarantine", "show", str(row["id"])).stdout
    assert "x" * 100 in ddctl("quarantine", "show", str(row["id"]), "--reveal", "--reason", "a test").stdout
    job = json.loads(ddctl("quarantine", "replay", "--ids", str(row["id"]), "--json").stdout)
    pipeline.wait(job)
    assert "1" in ddctl("quarantine", "dismiss", "--reason", "row.too_long", "--why", "a test").stdout
    assert ddctl("quarantine", "dismiss", "--why", "a test", check=False).returncode == 1
    assert ddctl("drift", "ls").returncode == ddctl("drift", "ack", "--all").returncode == 0
    ddctl("settings", "set", "retention.jobs_days", "--value", "7")
    rows = json.loads(ddctl("settings", "ls", "--json").stdout)["items"]
    assert {row["name"]: row["value"] for row in rows}["retention.jobs_days"] == 7
