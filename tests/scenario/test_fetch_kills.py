"""A fetcher that dies or freezes at a named instant: nothing is lost, nothing is doubled.

The instants are set in the fetcher itself (services/fetcher/faultpoint.h) and counted by its log.
"""

import json
import threading
import time

import pytest
from fetching import Pipeline, days_back, yesterday
from system import wait_for

INSTANTS = ["leased", "in_copy", "before_commit", "after_commit"]
WINDOW = (days_back(9), yesterday())


def hits(process):
    return [line["at"] for line in process.lines() if line["msg"] == "faultpoint reached"]


def armed(pipeline, at, **settings):
    """A fetcher that stops at an instant."""
    return pipeline.system.start("fetcher-1", DD_FAULTPOINTS="on", DD_FETCHER_STOP_AT=at, DD_FETCHER_COPY_ROWS=1,
                                 DD_SLOTS=2, **settings)


@pytest.fixture
def pipeline(system):
    system.settings["DD_LEASE_MS"] = 2000
    return Pipeline(system, fetchers=0)


@pytest.mark.parametrize("instant", INSTANTS)
def test_killed_at_an_instant_the_job_ends_by_another_fetcher(pipeline, instant):
    process = armed(pipeline, f"{instant}:3")
    process.expect = None
    job = pipeline.submit(*WINDOW)
    process.child.wait(15)
    assert process.child.returncode == -9 and hits(process) == [instant]
    died = pipeline.job(job)
    pipeline.system.start("fetcher-2")
    done = pipeline.wait(job)
    assert (done["state"], done["tasks_succeeded"]) == ("succeeded", 10)
    truth = pipeline.assert_exact(*WINDOW)
    # Each record was new once: no task that had been committed was stored again as new.
    assert done["rows_new"] == len(truth)
    if instant == "after_commit":
        assert died["tasks_succeeded"] == 3
    attempts = pipeline.system.query("SELECT outcome, count(*) AS n FROM jobs.attempt GROUP BY 1")
    outcomes = {row["outcome"]: row["n"] for row in attempts}
    # After its commit it may have held no other task.
    assert outcomes["succeeded"] == 10 and ("lost" in outcomes or instant == "after_commit")
    # Released: a grant that was on its way when the fetcher died.
    assert set(outcomes) <= {"succeeded", "lost", "released"}


@pytest.mark.parametrize("instant", ["leased", "in_copy", "before_commit"])
def test_frozen_past_its_lease_its_write_is_refused_and_blocks_nobody(pipeline, instant):
    frozen = armed(pipeline, f"{instant}:2:stop")
    job = pipeline.submit(*WINDOW)
    wait_for("the freeze", lambda: hits(frozen) == [instant])
    pipeline.system.start("fetcher-2")
    begun = time.monotonic()
    done = pipeline.wait(job, 30)
    assert done["state"] == "succeeded"
    assert time.monotonic() - begun < 15, "the frozen one held the others up"
    truth = pipeline.assert_exact(*WINDOW)
    assert done["rows_new"] == len(truth)
    before = pipeline.system.query("SELECT count(*) AS n, max(fetched_at) AS at FROM feed.prospect")
    frozen.thaw()
    refused = wait_for("the refusal", lambda: refusals(pipeline), 10)
    if instant != "leased":
        assert refused["stores_fenced"] >= 1, refused
    assert pipeline.system.query("SELECT count(*) AS n, max(fetched_at) AS at FROM feed.prospect") == before
    pipeline.assert_exact(*WINDOW)
    assert pipeline.job(job) == done
    again = pipeline.run(*WINDOW)
    assert (again["state"], again["rows_new"], again["rows_changed"]) == ("succeeded", 0, 0)


def refusals(pipeline):
    """The counters of the thawed fetcher once it has learned of all that it lost."""
    counters = pipeline.counters("fetcher-1")
    told = counters["stores_fenced"] + counters["leases_lost"] + counters["stores_dropped"]
    return counters if told > 0 and counters["slots_busy"] == 0 else None


def test_a_late_write_is_fenced_by_the_epoch_alone(pipeline):
    """The lease goes to somebody else while the answer comes; no beat says so in time."""
    pipeline.sim("POST", "settings", latency_ms=700)
    pipeline.system.settings["DD_LEASE_MS"] = 60000  # for the next start: a beat each second only
    pipeline.system.start("fetcher-1")
    job = pipeline.submit(yesterday(), yesterday())
    wait_for("the call", lambda: pipeline.sim("GET", "calls")["calls"] or pipeline.job(job)["tasks_leased"])
    pipeline.system["scheduler-1"].freeze()
    pipeline.system.query("UPDATE jobs.task SET epoch = epoch + 1")
    time.sleep(1.5)
    pipeline.system["scheduler-1"].thaw()
    wait_for("the fence", lambda: pipeline.counters()["stores_fenced"] == 1)
    assert pipeline.stored() == []


def test_a_commit_without_an_answer_is_asked_after(pipeline):
    """Its backend is ended while the transaction waits for COMMIT: one time committed, one time not."""
    process = armed(pipeline, "before_commit:1:stop")
    job = pipeline.submit(yesterday(), yesterday())
    wait_for("the freeze", lambda: hits(process) == ["before_commit"])
    pipeline.system.query("SELECT pg_terminate_backend(backend_pid) FROM jobs.fetcher")
    process.thaw()
    assert pipeline.wait(job)["state"] == "succeeded"
    assert pipeline.counters()["commits_unanswered"] == 1
    truth = pipeline.assert_exact(yesterday(), yesterday())
    assert pipeline.job(job)["rows_new"] == len(truth)


def test_a_backend_that_ends_at_random_loses_nothing(pipeline):
    """The storing connection is cut again and again within a job."""
    pipeline.system.start("fetcher-1", DD_FETCHER_COPY_ROWS=2)
    stop = threading.Event()

    def cut():
        while not stop.is_set():
            pipeline.system.query("SELECT pg_terminate_backend(backend_pid) FROM jobs.fetcher")
            time.sleep(0.05)

    cutter = threading.Thread(target=cut)
    cutter.start()
    job = pipeline.submit()
    time.sleep(3)
    stop.set()
    cutter.join()
    done = pipeline.wait(job)
    assert done["state"] == "succeeded"
    assert done["rows_new"] == len(pipeline.assert_exact())


def test_overlapping_jobs_of_one_dealer_on_four_fetchers(pipeline):
    """The same window several times at once, split differently: no deadlock is left, no row is doubled."""
    pipeline.set_upstream(concurrency=32)
    pipeline.system.start(*[f"fetcher-{n}" for n in (1, 2, 3, 4)])
    jobs = [pipeline.submit(*WINDOW, slice_hours=hours) for hours in (6, 24, 48, 168)]
    for job in jobs:
        done = pipeline.wait(job)
        assert done["state"] == "succeeded", json.dumps(done)
    truth = pipeline.assert_exact(*WINDOW)
    assert sum(pipeline.job(job)["rows_new"] for job in jobs) == len(truth)


def test_a_faultpoint_alone_stops_no_fetcher(pipeline):
    process = pipeline.system.launch("fetcher-1", DD_FETCHER_STOP_AT="leased")
    process.expect = None
    assert process.child.wait(10) != 0
    assert "DD_FETCHER_STOP_AT cannot be used" in process.text()
