"""The state of jobs in Redis: told while PostgreSQL is away, never old, never in the way."""

import statistics
import time

import psycopg2
import pytest
import redis
from past import Past, ago
from system import wait_for
from wire import BusError


@pytest.fixture
def past(system):
    past = Past(system)
    system.start_redis()
    system.start("scheduler-1")
    return past


def get(past, job, name="scheduler-1"):
    with past.system.wire(name) as wire:
        return wire.call("job.get", {"id": job})


def cache(past):
    return redis.Redis(unix_socket_path=str(past.system.run / "redis.sock"))


def counter(past, wanted, name="scheduler-1"):
    with past.system.wire(name) as wire:
        return {row["name"]: row["value"] for row in wire.call("sys.stats", {})["counters"]}[wanted]


def change(past, job, **values):
    """A change of the job as the functions make one: a higher version, and a notification."""
    names = "".join(f", {name} = %s" for name in values)
    past.query(f"UPDATE jobs.job_record SET version = version + 1{names} WHERE id = %s", (*values.values(), job))
    past.query("SELECT pg_notify('dd_job', %s)", (job,))


def kept(past, job):
    """Version of the snapshot; 0 = none."""
    value = cache(past).get(key(past, job))
    return int(value.split(b" ")[0]) if value else 0


def key(past, job):
    keys = cache(past).keys(f"dd:*:job:{job}")
    return keys[0] if keys else "none"


def running_job(past):
    job = past.job(ago(minutes=1), "running", started_at=ago(minutes=1), tasks_total=2)
    change(past, job, rows_read=7)
    wait_for("the snapshot", lambda: kept(past, job) == 2)
    return job


def test_a_job_is_told_while_postgresql_is_away(past, cluster):
    job = running_job(past)
    over = past.job(ago(minutes=2), "running", tasks_total=1)
    change(past, over, state="succeeded", tasks_succeeded=1, finished_at=ago())
    wait_for("its snapshot", lambda: kept(past, over) == 2)
    never = past.job(ago(minutes=2), "running", tasks_total=1)
    assert "stale" not in get(past, job)
    cluster.stop("QUIT")
    try:
        told = get(past, job)
        assert told["stale"] and told["state"] == "running" and told["rows_read"] == 7
        told = get(past, over)
        assert "stale" not in told and told["state"] == "succeeded"
        with pytest.raises(BusError) as error:
            get(past, never)
        assert error.value.code == "database.away"
    finally:
        cluster.start()
    wait_for("a fresh answer", lambda: "stale" not in get(past, job), 20)
    assert counter(past, "jobs_stale") >= 1


def test_a_job_is_told_while_postgresql_hangs(past):
    job = running_job(past)
    locker = psycopg2.connect(past.system.database_url)
    with locker.cursor() as cursor:
        cursor.execute("LOCK TABLE jobs.job_record IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        assert get(past, job)["stale"]
        assert time.monotonic() - begun < 2.5
        cursor.execute("ROLLBACK")
    locker.close()
    wait_for("a fresh answer", lambda: "stale" not in get(past, job), 20)


def test_a_job_that_is_over_needs_no_database(past):
    job = past.job(ago(minutes=2), "failed")
    assert counter(past, "jobs_from_snapshot") == 0
    first = get(past, job)
    assert [get(past, job) for _ in range(3)] == [first] * 3
    assert counter(past, "jobs_from_snapshot") == 3


def test_a_change_is_seen_at_once(past):
    """By whoever made it: the answer about a job that goes on is never the snapshot's."""
    job = running_job(past)
    for n in range(20):
        past.query("UPDATE jobs.job_record SET version = version + 1, rows_read = %s WHERE id = %s", (100 + n, job))
        assert get(past, job)["rows_read"] == 100 + n


def test_an_older_state_never_replaces_a_newer_one(past):
    job = running_job(past)
    name = key(past, job)
    value = cache(past).get(name).split(b" ", 1)[1]
    cache(past).set(name, b"900 " + value)
    change(past, job, rows_read=8)
    other = running_job(past)  # told after it
    assert kept(past, other) == 2 and kept(past, job) == 900
    cache(past).set(name, b"1 " + value)
    change(past, job, rows_read=9)
    wait_for("the newer state", lambda: kept(past, job) == 4)
    assert 86000 < cache(past).ttl(name) <= 86400


@pytest.mark.parametrize("value", [b"", b"12", b"12 ", b"x \x80", b"99999999999999999999999 \x80", b"5 \xc1\xff"])
def test_rubbish_in_redis_harms_nothing(past, value):
    job = running_job(past)
    cache(past).set(key(past, job), value)
    assert get(past, job)["rows_read"] == 7


def test_without_redis_everything_works(past):
    job = running_job(past)
    cache(past).flushall()
    assert get(past, job)["state"] == "running"
    past.system["redis"].kill()
    assert get(past, job)["state"] == "running"
    change(past, job, state="succeeded", tasks_succeeded=2, finished_at=ago())
    assert get(past, job)["state"] == "succeeded"
    (past.system.run / "redis.sock").unlink(missing_ok=True)
    past.system.start_redis()

    def kept_again():
        return get(past, job)["state"] == "succeeded" and kept(past, job) > 0

    wait_for("a snapshot in the new Redis", kept_again, 20)


def test_a_redis_that_hangs_costs_next_to_nothing(past):
    job = running_job(past)
    past.system["redis"].freeze()
    times = []
    try:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            begun = time.monotonic()
            assert get(past, job)["state"] == "running"
            times.append(time.monotonic() - begun)
            time.sleep(0.01)
    finally:
        past.system["redis"].thaw()
    waits = [t for t in times if t > 0.045]
    assert 1 <= len(waits) <= 12, "after each wait the next one is longer off"
    assert statistics.median(times) < 0.045
    change(past, job, rows_read=70)
    wait_for("a snapshot again", lambda: kept(past, job) >= 3 or change(past, job), 20)
