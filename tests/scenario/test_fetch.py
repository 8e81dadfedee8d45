"""From the upstream to PostgreSQL: what is stored is what the upstream holds, column by column."""

import time

import pytest
from fetching import Pipeline, days_back, today, yesterday
from system import SAMPLE, wait_for


@pytest.mark.parametrize("profile", ["spec13", "legacy", "colon"])
def test_29_days_are_stored_exactly_and_once(system, profile):
    pipeline = Pipeline(system, profile)
    job = pipeline.run()
    assert (job["state"], job["tasks_succeeded"], job["rows_quarantined"]) == ("succeeded", 29, 0)
    truth = pipeline.assert_exact()
    assert job["rows_new"] == len(truth) > 100
    assert sum(len(record["unit"]) for record in truth) > len(truth) / 2

    again = pipeline.run()
    assert again["state"] == "succeeded"
    assert (again["rows_new"], again["rows_changed"]) == (0, 0)
    assert again["rows_same"] == again["rows_read"] == job["rows_read"]
    pipeline.assert_exact()


@pytest.mark.parametrize("profile", ["spec13", "legacy", "colon"])
def test_modified_records_are_updated_and_their_units_replaced(system, profile):
    pipeline = Pipeline(system, profile)
    window = (days_back(4), today())  # a changed record is found by its new modified time alone
    pipeline.run(*window)
    before = {record["idProspect"]: record for record in pipeline.assert_exact(*window)}
    pipeline.sim("POST", "clock", advance_s=5)
    start, end = map(str, window)
    changes = [
        ({"nth": [0]}, {"statusProspect": "4", "alamat": "Jl. Baru \"7\"\\ \t'x'; \u00e9"}),
        ({"nth": [1]}, {"unit": []}),
        ({"nth": [2]}, {"unit": [{"kodeTipeUnit": "ZZ1"}, {"kodeTipeUnit": "ZZ2", "salesProgramId": "A,B"},
                                 {"kodeTipeUnit": "ZZ1"}]}),
        ({"nth": [3]}, {"tanggalProspect": str(days_back(2)), "noKontak": None, "namaLengkap": "NULL"}),
    ]
    for where, values in changes:
        pipeline.sim("POST", "records", dealer=SAMPLE, **{"from": start, "to": end}, **where, set=values)
    job = pipeline.run(*window)
    after = {record["idProspect"]: record for record in pipeline.assert_exact(*window)}
    changed = [key for key in before if after[key] != before[key]]
    assert len(changed) >= len(changes)
    assert job["rows_new"] == len(after) - len(before)
    assert 3 in [len(after[key]["unit"]) for key in changed]


def test_an_older_answer_never_replaces_a_newer_one(system):
    """The version that was asked for later stays, whichever is stored last."""
    pipeline = Pipeline(system, "legacy", DD_SLOTS=2)
    day = yesterday()
    pipeline.run(day, day)
    pipeline.sim("POST", "fault", kind="delay", delay_ms=2500)
    pipeline.sim("POST", "fault", kind="delay", delay_ms=1)
    slow = pipeline.submit(day, day)
    wait_for("the slow call", lambda: pipeline.job(slow)["tasks_leased"] == 1)
    time.sleep(0.5)
    system.query("UPDATE feed.prospect SET requested_at = now() + interval '1 s', alamat = 'later'")
    assert pipeline.wait(slow)["rows_changed"] == 0
    assert {row["alamat"] for row in system.query("SELECT alamat FROM feed.prospect")} == {"later"}


def test_the_rollups_equal_the_rows(system):
    pipeline = Pipeline(system)
    pipeline.run(days_back(6), yesterday())
    pipeline.sim("POST", "clock", advance_s=5)
    pipeline.sim("POST", "records", dealer=SAMPLE, **{"from": str(days_back(6)), "to": str(yesterday())}, first=5,
                 set={"statusProspect": "5", "tanggalProspect": str(days_back(3))})
    pipeline.run(days_back(6), yesterday())
    rows = {(str(row["day"]), row["code"] or ""): row["n"] for row in system.query(
        "SELECT tanggal_prospect AS day, status_prospect AS code, count(*) AS n FROM feed.prospect GROUP BY 1, 2")}
    rollup = {(str(row["day"]), row["code"]): row["n"] for row in system.query(
        "SELECT day, code, n FROM report.day_count WHERE dimension = 'status'")}
    assert rollup == rows
    units = system.query("SELECT count(*) AS n FROM feed.prospect_unit")[0]["n"]
    assert system.query("SELECT sum(n) AS n FROM report.day_count WHERE dimension = 'unit'")[0]["n"] == units


def test_large_answers_go_by_copy_and_through_a_file(system):
    """One answer of some megabytes: spooled to a file, staged by COPY, bad rows set aside in batches."""
    pipeline = Pipeline(system, upstream={"max_days": 31})
    pipeline.sim("POST", "settings", bulk_rows=6000)
    pipeline.sim("POST", "fault", kind="no_key", record=17)
    day = yesterday()
    job = pipeline.run(day, day)
    assert (job["state"], job["rows_new"], job["rows_quarantined"]) == ("succeeded", 5999, 1)
    counters = pipeline.counters()
    assert counters["answers_copied"] == 1
    assert counters["upstream_bytes"] > 4 * 1024 * 1024
    stored, truth = pipeline.stored(), pipeline.truth(day, day)
    assert len(stored) == 5999
    if len(truth) == 6000:
        theirs = {record["idProspect"]: record for record in truth}
        assert all(theirs[record["idProspect"]] == record for record in stored)


def test_copy_and_arrays_store_the_same(system):
    pipeline = Pipeline(system, DD_FETCHER_COPY_ROWS=1)
    pipeline.run(days_back(6), yesterday())
    pipeline.assert_exact(days_back(6), yesterday())
    assert pipeline.counters()["answers_copied"] == 7


def test_each_call_is_signed_anew(system):
    pipeline = Pipeline(system)
    pipeline.sim("POST", "fault", kind="status", value=503)
    pipeline.run(yesterday(), yesterday())
    calls = pipeline.sim("GET", "calls")["calls"]
    assert [call["outcome"] for call in calls] == ["fault", "ok"]
    assert all(call["key"] == "dgi-key-sim:group-a" or call["key"] for call in calls)


def test_drain_gives_back_what_is_not_stored(system):
    pipeline = Pipeline(system, latency_ms=20000)
    job = pipeline.submit(days_back(9), yesterday())
    wait_for("calls", lambda: pipeline.job(job)["tasks_leased"] == 4)
    begun = time.monotonic()
    process = system["fetcher-1"]
    process.signal(15)
    wait_for("the end", lambda: not process.alive(), 6)
    assert time.monotonic() - begun < 5
    now = pipeline.job(job)
    assert (now["tasks_leased"], now["tasks_queued"]) == (0, 10)
    assert all(task["attempt"] == 0 for task in pipeline.tasks(job))
    pipeline.sim("POST", "settings", latency_ms=0)
    system.start("fetcher-2")
    assert pipeline.wait(job)["state"] == "succeeded"
    pipeline.assert_exact(days_back(9), yesterday())


def test_the_database_may_go_away_for_a_while(system, cluster):
    """Stopped and started again within a job: nothing is lost, nothing is doubled."""
    pipeline = Pipeline(system, latency_ms=100)
    job = pipeline.submit()
    wait_for("a third", lambda: pipeline.job(job)["tasks_succeeded"] >= 9)
    cluster.stop()
    time.sleep(2)
    cluster.start()
    pipeline.system.processes["scheduler-1"].thaw()
    wait_for("the scheduler to be back", lambda: _answers(pipeline, job), 30)
    assert pipeline.wait(job, 90)["state"] == "succeeded"
    pipeline.assert_exact()


def _answers(pipeline, job):
    try:
        return pipeline.job(job)
    except Exception:  # whatever the scheduler says while PostgreSQL is away
        return None
