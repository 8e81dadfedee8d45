"""PostgreSQL, Redis and single connections lost in the middle of a job: it ends by itself, rows exact."""

import time

import pytest
from long_job import LongJob
from system import wait_for

FETCHERS = ("fetcher-1", "fetcher-2", "fetcher-3")


@pytest.fixture
def long_job(system):
    long_job = LongJob(system, latency_ms=150)
    long_job.system.start(*FETCHERS)
    return long_job


@pytest.mark.parametrize("how", ["INT", "QUIT"])
def test_postgresql_restarted(cluster, long_job, how):
    long_job.begin()
    for tasks, pause in ((40, 0), (110, 2)):
        long_job.reach(tasks)
        cluster.stop(how)
        time.sleep(pause)
        cluster.start()
        assert long_job.state()["state"] == "running"
    long_job.wait_end()
    long_job.check()


def test_redis_killed(long_job):
    long_job.begin()
    long_job.reach(60)
    long_job.system["redis"].kill()
    long_job.reach(120)
    (long_job.system.run / "redis.sock").unlink(missing_ok=True)
    long_job.system.start_redis()
    long_job.wait_end()
    long_job.check()


def test_storing_backends_terminated(long_job):
    long_job.begin()
    ended = 0
    for tasks in range(20, 180, 20):
        long_job.reach(tasks)
        ended += long_job.system.query("""
            SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid)) AS n FROM jobs.fetcher f
            JOIN pg_stat_activity a ON a.pid = f.backend_pid AND a.backend_start = f.backend_start""")[0]["n"]
    assert ended >= 8, "connections were broken"
    long_job.wait_end()
    long_job.check()
    assert all(long_job.counters(name)["tasks_stored"] > 0 for name in FETCHERS)
    lost = long_job.system.query("SELECT count(*) AS n FROM jobs.attempt WHERE outcome <> 'succeeded'")[0]["n"]
    print(f"{ended} backends ended, {lost} attempts lost")


def test_everything_lost_at_once(cluster, long_job):
    long_job.begin()
    long_job.reach(50)
    cluster.stop("QUIT")
    system = long_job.system
    system["redis"].kill()
    for name in ("scheduler-1", "fetcher-1", "gateway-api"):
        system[name].kill()
    (system.run / "redis.sock").unlink(missing_ok=True)
    cluster.start()
    system.start_redis()
    system.start("scheduler-1", "fetcher-1", "gateway-api")
    assert long_job.state()["state"] == "running"
    long_job.wait_end()
    long_job.check()
    wait_for("readiness", lambda: system.api("GET", "/readyz").status_code in (200, 503))


def test_storage_is_asked_whether_it_answers(system):
    system.start_redis()
    system.start("scheduler-1", "account-1", "gateway-api")

    def told():
        return {row["name"]: row["ready"] for row in system.api("GET", "/api/v1/storage").json()["items"]}

    wait_for("an answer", lambda: system.api("GET", "/api/v1/storage").status_code == 200)
    assert told() == {"postgresql": True, "redis": True}
    only = system.api("GET", "/api/v1/storage?name=redis").json()["items"]
    assert [row["name"] for row in only] == ["redis"] and only[0]["ms"] < 1000
    assert system.api("GET", "/api/v1/storage?name=mysql").status_code == 422
    system["redis"].kill()
    wait_for("Redis to be missed", lambda: told() == {"postgresql": True, "redis": False})
