"""Several small answers in one transaction: as exact as one by one, whoever dies, freezes or fails."""

import threading
import time

import pytest
from fetching import Pipeline, days_back, yesterday
from system import wait_for

WINDOW = (days_back(4), yesterday())
TASKS = 5 * 24


def hits(process):
    return [line["at"] for line in process.lines() if line["msg"] == "faultpoint reached"]


@pytest.fixture
def pipeline(system):
    system.settings["DD_LEASE_MS"] = 2000
    return Pipeline(system, fetchers=0, upstream={"concurrency": 64})


def start(pipeline, name="fetcher-1", **settings):
    return pipeline.system.start(name, DD_SLOTS=32, **settings)


def submit(pipeline):
    return pipeline.submit(*WINDOW, slice_hours=1)


def assert_done(pipeline, job, seconds=60):
    """All tasks have ended well, and each record was new once."""
    done = pipeline.wait(job, seconds)
    assert (done["state"], done["tasks_succeeded"]) == ("succeeded", TASKS)
    assert done["rows_new"] == len(pipeline.assert_exact(*WINDOW))
    return done


def test_answers_that_wait_are_stored_together(pipeline):
    start(pipeline)
    assert_done(pipeline, submit(pipeline))
    counters = pipeline.counters()
    assert counters["answers_grouped"] > TASKS / 4 and counters["groups_failed"] == 0, counters
    again = pipeline.wait(submit(pipeline))
    assert (again["rows_new"], again["rows_changed"]) == (0, 0)


def test_one_at_a_time_when_it_is_set_so(pipeline):
    start(pipeline, DD_FETCHER_GROUP=1)
    assert_done(pipeline, submit(pipeline))
    assert pipeline.counters()["answers_grouped"] == 0


@pytest.mark.parametrize("instant", ["before_commit:3", "after_commit:3"])
def test_killed_within_a_group(pipeline, instant):
    process = start(pipeline, DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT=instant)
    process.expect = None
    job = submit(pipeline)
    process.child.wait(20)
    assert process.child.returncode == -9
    start(pipeline, "fetcher-2")
    assert_done(pipeline, job)


def test_frozen_within_a_group_its_write_is_refused(pipeline):
    frozen = start(pipeline, DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT="before_commit:3:stop")
    job = submit(pipeline)
    wait_for("the freeze", lambda: hits(frozen) == ["before_commit"])
    start(pipeline, "fetcher-2")
    assert_done(pipeline, job)
    before = pipeline.system.query("SELECT count(*) AS n, max(fetched_at) AS at FROM feed.prospect")
    frozen.thaw()
    wait_for("the refusal", lambda: pipeline.counters()["slots_busy"] == 0)
    assert pipeline.system.query("SELECT count(*) AS n, max(fetched_at) AS at FROM feed.prospect") == before


def test_a_commit_of_a_group_without_an_answer_is_asked_after_for_each(pipeline):
    process = start(pipeline, DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT="before_commit:3:stop")
    job = submit(pipeline)
    wait_for("the freeze", lambda: hits(process) == ["before_commit"])
    pipeline.system.query("SELECT pg_terminate_backend(backend_pid) FROM jobs.fetcher")
    process.thaw()
    assert_done(pipeline, job)
    assert pipeline.counters()["commits_unanswered"] >= 1


def test_a_member_that_is_fenced_leaves_the_others_stored(pipeline):
    """One lease goes to somebody else while all the answers come at the same time."""
    pipeline.sim("POST", "settings", latency_ms=700)
    pipeline.system.settings["DD_LEASE_MS"] = 60000  # a beat each second only
    start(pipeline)
    job = pipeline.submit(yesterday(), yesterday(), slice_hours=1)
    wait_for("the calls", lambda: pipeline.job(job)["tasks_leased"] == 24)
    pipeline.system["scheduler-1"].freeze()
    stolen = pipeline.system.query("UPDATE jobs.task SET epoch = epoch + 1"
                                   " WHERE id = (SELECT max(id) - 3 FROM jobs.task) RETURNING id")[0]["id"]
    time.sleep(1.5)
    pipeline.system["scheduler-1"].thaw()
    wait_for("the fence", lambda: pipeline.counters()["stores_fenced"] == 1)
    wait_for("the others", lambda: pipeline.job(job)["tasks_succeeded"] == 23)
    assert pipeline.system.query("SELECT state FROM jobs.task WHERE id = %s", (stolen,)) == [{"state": "leased"}]


def test_a_refused_answer_takes_no_other_with_it(pipeline):
    pipeline.sim("POST", "settings", latency_ms=300)
    pipeline.sim("POST", "fault", kind="wrong_type", times=3)
    start(pipeline)
    job = pipeline.submit(yesterday(), yesterday(), slice_hours=1)
    done = pipeline.wait(job)
    assert (done["tasks_succeeded"], done["tasks_failed"]) == (21, 3)


def test_a_backend_that_ends_at_random_loses_no_group(pipeline):
    start(pipeline)
    stop = threading.Event()

    def cut():
        while not stop.is_set():
            pipeline.system.query("SELECT pg_terminate_backend(backend_pid) FROM jobs.fetcher")
            time.sleep(0.05)

    cutter = threading.Thread(target=cut)
    cutter.start()
    job = submit(pipeline)
    time.sleep(3)
    stop.set()
    cutter.join()
    assert_done(pipeline, job)


def test_groups_of_one_dealer_on_four_fetchers(pipeline):
    """The same records at once in different groups: no deadlock is left, no row is doubled."""
    for n in (1, 2, 3, 4):
        start(pipeline, f"fetcher-{n}")
    jobs = [pipeline.submit(*WINDOW, slice_hours=hours) for hours in (1, 2, 3, 4)]
    for job in jobs:
        assert pipeline.wait(job)["state"] == "succeeded"
    truth = pipeline.assert_exact(*WINDOW)
    assert sum(pipeline.job(job)["rows_new"] for job in jobs) == len(truth)
