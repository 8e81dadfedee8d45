"""Cancelling a job: what waits and what runs ends within a second, on every node."""

import time

import pytest
from fetching import Pipeline, days_back
from system import SAMPLE, wait_for
from wire import BusError


@pytest.fixture
def pipe(system):
    return Pipeline(system, fetchers=2, latency_ms=1500)


def cancel(pipe, job, scheduler="scheduler-1"):
    with pipe.system.wire(scheduler) as wire:
        return wire.call("job.cancel", {"id": job["id"]})


def running(pipe, least=1):
    return wait_for("calls that run", lambda: (n := pipe.system.query(
        "SELECT count(*)::int AS n FROM jobs.lease")[0]["n"]) >= least and n)


def slots_busy(pipe):
    return sum(pipe.counters(f"fetcher-{n}")["slots_busy"] for n in (1, 2))


def test_queued_and_running_tasks_end_within_a_second(pipe):
    job = pipe.submit(days_back(28))
    running(pipe, 4)
    begun = time.monotonic()
    told = cancel(pipe, job)
    assert told["state"] == "cancelled" or told["cancelling"]
    ended = pipe.wait(job, 5)
    wait_for("free slots", lambda: slots_busy(pipe) == 0, 5)
    took = time.monotonic() - begun
    assert took < 2, f"{took:.2f} s"  # one second, and what a loaded machine needs to ask
    assert (ended["state"], ended["tasks_leased"], ended["tasks_queued"]) == ("cancelled", 0, 0)
    assert ended["tasks_cancelled"] + ended["tasks_succeeded"] == ended["tasks_total"]
    assert {t["state"] for t in pipe.tasks(job)} <= {"cancelled", "succeeded"}
    assert sum(pipe.counters(f"fetcher-{n}")["tasks_cancelled"] for n in (1, 2)) > 0


def test_nothing_of_a_cancelled_call_is_stored(pipe):
    job = pipe.submit(days_back(3))
    running(pipe)
    cancel(pipe, job)
    ended = pipe.wait(job, 5)
    stored = ended["rows_new"]
    time.sleep(2.5)  # longer than any call takes
    assert pipe.system.query("SELECT count(*)::int AS n FROM feed.prospect")[0]["n"] == stored


def test_another_scheduler_ends_what_one_began(pipe):
    """Asked of a scheduler that dies at once: the tick of any other goes on."""
    pipe.system.query("SELECT jobs.set_pause(now(), 'all', '', NULL, 'test')")
    job = pipe.submit(days_back(28))
    pipe.system.query("SELECT jobs.cancel_job(now(), %s, 'test')", (job["id"],))
    assert pipe.wait(job, 5)["state"] == "cancelled"


def test_what_has_ended_is_refused(pipe):
    pipe.sim("POST", "settings", latency_ms=0)
    job = pipe.run(days_back(1))
    with pytest.raises(BusError) as refused:
        cancel(pipe, job)
    assert refused.value.code == "job.ended"
    with pytest.raises(BusError) as refused:
        cancel(pipe, {"id": "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"})
    assert refused.value.code == "record.not_found"


def test_a_job_of_ten_thousand_tasks(pipe):
    """More than one statement may take: it ends in steps, and others are served meanwhile."""
    job = pipe.submit(days_back(2))
    running(pipe)
    pipe.system.query("""WITH more AS (
            INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority, created_at)
            SELECT t.job_id, t.upstream_id, t.credential_id, t.dealer_id, t.feed, t.from_at, t.to_at, t.priority, now()
            FROM (SELECT * FROM jobs.task LIMIT 1) t CROSS JOIN generate_series(1, 10000) RETURNING id, job_id, dealer_id)
        INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) SELECT dealer_id, id, job_id FROM more""")
    pipe.system.query("UPDATE jobs.lane SET queued = queued + 10000")
    pipe.system.query("UPDATE jobs.job_record SET tasks_total = tasks_total + 10000")
    begun = time.monotonic()
    cancel(pipe, job)
    other = pipe.submit(days_back(1), days_back(1), dealers=[SAMPLE])
    ended = pipe.wait(job, 20)
    assert ended["state"] == "cancelled" and time.monotonic() - begun < 15
    assert pipe.wait(other)["state"] == "succeeded"
