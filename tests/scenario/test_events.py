"""Live events over a stream that breaks: none is lost, and when some are, the page is told."""

import json
import socket

import pytest
from past import Past, ago
from system import wait_for
from test_gateway import Stream

JOBS = 250  # a scheduler tells at most so many at a time
RING = 4096  # events that a gateway keeps


@pytest.fixture
def past(system):
    past = Past(system)
    rows = past.query("""
        INSERT INTO jobs.job_record (id, feeds, from_at, to_at, priority, requested_by, state, tasks_total, created_at,
                                     finished_at)
        SELECT gen_random_uuid(), '{prsp}', '2026-03-01', '2026-03-01', 0, 'admin', 'succeeded', 0, now(), now()
        FROM generate_series(1, %s) RETURNING id""", (JOBS,))
    past.jobs = [row["id"] for row in rows]
    past.query("INSERT INTO jobs.job_dealer (dealer_id, job_id) SELECT '10001', id FROM jobs.job_record")
    system.start("dealer-1", "scheduler-1", "gateway-admin")
    wait_for("the gateway to be ready", lambda: system.api("GET", "/readyz", role="admin").ok)
    return past


def tell(past, jobs):
    for job in jobs:
        past.query("SELECT pg_notify('dd_job', %s)", (job,))


def tell_all(past, stream):
    """One event of each job, all of them seen by the stream."""
    before = len(stream.events)
    past.query("SELECT pg_notify('dd_job', id::text) FROM jobs.job_record")
    wait_for("the events", lambda: len(stream.events) >= before + JOBS, 20)


def drop(stream):
    """Breaks a stream; the id of the last event that came."""
    stream.answer.raw._connection.sock.shutdown(socket.SHUT_RDWR)
    wait_for("the stream's end", lambda: stream.ended)
    return changes(stream)[-1]["id"]


def changes(stream):
    """Without the resync of a gateway that has just heard a service for the first time."""
    return [event for event in stream.events if event["event"] == "job.changed"]


def test_a_broken_stream_goes_on_without_a_loss(past):
    whole, broken = Stream(past.system), Stream(past.system)
    tell(past, past.jobs[:1])
    broken.wait("job.changed")
    seen = changes(broken)
    for n in range(1, 6):
        last = drop(broken)
        seen = [event for event in seen if number(event) <= int(last.split("-")[1])]
        tell(past, past.jobs[5 * n:5 * n + 5])
        wait_for("the events meanwhile", lambda n=n: len(changes(whole)) >= 1 + 5 * n)
        broken = Stream(past.system, last=last)
        wait_for("what was missed", lambda n=n, b=broken, s=seen: len(s) + len(changes(b)) >= 1 + 5 * n)
        seen += changes(broken)
    assert [(e["id"], e["data"]) for e in seen] == [(e["id"], e["data"]) for e in changes(whole)]
    assert len({json.loads(e["data"])["id"] for e in seen}) == 26


def number(event):
    return int(event["id"].split("-")[1])


def test_a_stream_that_missed_too_much_is_told_so(past):
    whole = Stream(past.system)
    tell(past, past.jobs[:1])
    first = whole.wait("job.changed")
    for _ in range(RING // JOBS + 1):
        tell_all(past, whole)
    numbers = [number(event) for event in whole.events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "an open stream misses nothing"
    late = Stream(past.system, last=first["id"])
    late.wait("resync")
    assert len(late.events) == 1
    tell(past, past.jobs[:1])
    assert json.loads(late.wait("job.changed")["data"])["id"] == past.jobs[0]


def test_the_event_of_a_job_tells_its_progress(past):
    stream = Stream(past.system)
    job = past.job(ago(seconds=5), "running")
    for state in ("succeeded", "failed", "cancelled", "leased"):
        past.task(job, ago(seconds=5), state)
    past.lease(past.query("SELECT max(id) AS id FROM jobs.task")[0]["id"])
    past.query("UPDATE jobs.job_record SET rows_read = 9, rows_new = 7, version = 12 WHERE id = %s", (job,))
    tell(past, [job])
    data = wait_for("its newest event", lambda: [
        data for data in (json.loads(event["data"]) for event in changes(stream)) if data["version"] >= 12])[0]
    assert {name: data[name] for name in ("id", "state", "tasks_total", "tasks_done", "tasks_failed", "tasks_cancelled",
                                          "tasks_leased", "rows_read", "rows_new", "version")} == {
        "id": job, "state": "running", "tasks_total": 4, "tasks_done": 3, "tasks_failed": 1, "tasks_cancelled": 1,
        "tasks_leased": 1, "rows_read": 9, "rows_new": 7, "version": 12}
