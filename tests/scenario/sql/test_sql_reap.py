"""Fetchers that die, hang or stop: their tasks go on, their writes are refused, nobody waits."""

import threading
import time

import psycopg2
import pytest
from engine import NOW, Connection, fenced, later, statement

from test_sql_deadlocks import Beside

RECORD = {"dealer_id": "1", "id_prospect": "P1", "tanggal_prospect": "2026-03-01"}


@pytest.fixture
def busy(engine):
    """An engine with 3 tasks each of two dealers, one of which is leased to `fetcher`."""
    engine.dealers("1", "2")
    engine.job_id = engine.submit(["1", "2"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    engine.stopped = engine.fetcher("stopped")
    engine.held = engine.lease(1, engine.stopped.instance)[0]
    assert engine.held["dealer_id"] == "1"
    engine.sql("SET statement_timeout = '2s'")
    return engine


def alive(engine, fetcher):
    return engine.value("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [fetcher.pid()]) == 1


def gone(engine, fetcher):
    end = time.monotonic() + 5
    while alive(engine, fetcher):
        assert time.monotonic() < end
        time.sleep(0.01)
    return True


def others_go_on(engine):
    """Everything that a scheduler and another fetcher do works beside a stopped client."""
    fetcher = engine.fetcher("other")
    tasks = engine.lease(3, fetcher.instance, NOW)
    assert len(tasks) == 3
    assert engine.beat(fetcher.instance, tasks, later(8)) == ["held"] * 3
    assert engine.beat(engine.stopped.instance, [engine.held], NOW) == ["held"]
    engine.job(engine.job_id)
    return fetcher, tasks


def test_a_living_lease_is_left_alone(busy):
    assert busy.reap(later(9)) == {"requeued": 0, "given_up": 0, "waiting": 0, "terminated": 0}
    assert busy.beat(busy.stopped.instance, [busy.held], later(9)) == ["held"]
    assert busy.reap(later(18))["requeued"] == 0
    assert alive(busy, busy.stopped)


def test_a_dead_fetchers_task_is_leased_again(busy):
    busy.stopped.close()
    assert busy.reap(later(11))["requeued"] == 1
    busy.check_counters()
    assert busy.outcomes(busy.held) == ["lost"]
    assert busy.task(busy.held)["losses"] == 1
    tasks = busy.lease(6, at=later(12))
    again = next(task for task in tasks if task["task_id"] == busy.held["task_id"])
    assert (again["epoch"], again["attempt"]) == (2, 2)
    busy.check_counters()


def test_stopped_in_copy(busy):
    """It holds nothing that others need; its backend ends, its rows are never seen."""
    woken = threading.Event()
    failure = []

    class Hanging:
        def __init__(self):
            self.parts = ["0\t1\tP1" + "\t\\N" * 36 + "\n"]

        def read(self, _size=None):
            if self.parts:
                return self.parts.pop()
            woken.wait(20)
            return ""

    def copy():
        try:
            with busy.stopped.link.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.copy_expert(statement("fetcher_copy_prospect"), Hanging())
        except psycopg2.Error as error:
            failure.append(error)

    thread = threading.Thread(target=copy)
    thread.start()
    try:
        end = time.monotonic() + 5
        while not busy.sql("SELECT 1 FROM pg_stat_activity WHERE pid = %s AND query LIKE '%%COPY%%' AND state = 'active'",
                           [busy.stopped.pid()]):
            assert time.monotonic() < end
            time.sleep(0.01)
        others_go_on(busy)
        found = busy.reap(later(11))
        assert found["requeued"] >= 1 and found["terminated"] == 1
        assert gone(busy, busy.stopped)
    finally:
        woken.set()
        thread.join(20)
    assert failure, "the COPY of an ended backend must fail"
    busy.check_counters()


@pytest.mark.parametrize("instant", ["begin_store", "flush"])
def test_stopped_inside_the_storing_transaction(busy, instant):
    """It holds the task, and after the flush also its dealer, lease and job: others go on, and the
    second reap has the task."""
    busy.stopped.sql("BEGIN")
    busy.stopped.stage([RECORD])
    if instant == "flush":
        busy.stopped.flush(busy.held)
    else:
        busy.stopped.sql("SELECT jobs.begin_store(%s, %s)", [busy.held["task_id"], busy.held["epoch"]])
    fetcher, tasks = others_go_on(busy)
    begun = time.monotonic()
    assert busy.reap(later(11)) == {"requeued": 0, "given_up": 0, "waiting": 1, "terminated": 1}
    assert time.monotonic() - begun < 1
    assert gone(busy, busy.stopped)
    assert busy.reap(later(12))["requeued"] == 1
    assert busy.sql("SELECT * FROM feed.prospect") == []
    with pytest.raises(psycopg2.Error):
        busy.stopped.sql("COMMIT")
    again = next(t for t in busy.lease(6, fetcher.instance, later(12)) if t["task_id"] == busy.held["task_id"])
    fetcher.store(again, [RECORD])
    assert busy.value("SELECT epoch FROM feed.prospect") == 2
    busy.check_counters()


def test_woken_after_the_lease_was_lost(busy):
    """A slow client whose backend lives on is fenced at its flush, before it writes a row."""
    busy.sql("DELETE FROM jobs.fetcher")
    assert busy.reap(later(11)) == {"requeued": 1, "given_up": 0, "waiting": 0, "terminated": 0}
    for _ in range(2):
        with pytest.raises(psycopg2.Error) as error:
            busy.stopped.store(busy.held, [RECORD])
        assert fenced(error)
        busy.lease(1, at=later(12))
    assert busy.sql("SELECT * FROM feed.prospect") == [] and busy.sql("SELECT * FROM report.version") == []
    assert busy.fail(busy.held) is False
    state = busy.stopped.run("fetcher_task_state", busy.held["task_id"], busy.held["epoch"])
    assert state == [] or state == [{"state": "queued"}]
    busy.check_counters()


def test_a_pid_used_again_is_safe(busy):
    busy.sql("UPDATE jobs.fetcher SET backend_start = backend_start - interval '1 hour'")
    assert busy.reap(later(11))["terminated"] == 0
    assert alive(busy, busy.stopped)


def test_one_forgotten_task_costs_a_living_fetcher_nothing(busy):
    kept = busy.lease(1, busy.stopped.instance)[0]
    assert busy.beat(busy.stopped.instance, [kept], later(9)) == ["held"]
    assert busy.reap(later(11)) == {"requeued": 1, "given_up": 0, "waiting": 0, "terminated": 0}
    assert alive(busy, busy.stopped)
    busy.check_counters()


def test_a_reconnected_fetcher_is_known_by_its_new_backend(busy):
    old = busy.stopped
    renewed = busy.connect("fetcher")
    renewed.run("fetcher_register_backend", old.instance, "stopped")
    assert busy.value("SELECT backend_pid FROM jobs.fetcher WHERE instance = %s", [old.instance]) == renewed.pid()
    assert busy.reap(later(11))["terminated"] == 1
    assert gone(busy, renewed) and alive(busy, old)


def test_lost_ten_times_is_given_up(engine):
    engine.dealers("1")
    job = engine.submit(["1"])
    for turn in range(10):
        task = engine.lease(1, at=later(20 * turn))[0]
        assert task["epoch"] == turn + 1
        found = engine.reap(later(20 * turn + 11))
        assert (found["requeued"], found["given_up"]) == ((1, 0) if turn < 9 else (0, 1))
        engine.check_counters()
    assert engine.task(task)["state"] == "failed" and engine.task(task)["error_code"] == "task.lost"
    assert engine.job(job)["state"] == "failed"
    assert engine.outcomes(task) == ["lost"] * 10


def test_giving_up_never_waits_for_the_job(engine):
    engine.dealers("1")
    engine.submit(["1"])
    task = engine.lease()[0]
    engine.sql("UPDATE jobs.task SET losses = 9")
    other = engine.fetcher()
    holder = engine.keep(type(engine.owner)(engine.url))
    holder.sql("BEGIN")
    holder.sql("SELECT FROM jobs.job_record FOR UPDATE")
    engine.sql("SET statement_timeout = '2s'")
    assert engine.reap(later(11)) == {"requeued": 0, "given_up": 0, "waiting": 1, "terminated": 0}
    holder.sql("ROLLBACK")
    assert engine.reap(later(11))["given_up"] == 1
    assert engine.task(task)["state"] == "failed" and alive(engine, other)


@pytest.mark.parametrize("meets", [0, 1])
def test_giving_up_beside_a_call_that_is_stored(engine, meets):
    """Coverage first, then the jobs, also where tasks of several jobs are given up at once."""
    engine.dealers("1", "2")
    jobs = sorted(engine.submit([code]) for code in ("1", "2"))
    tasks = sorted(engine.lease(2), key=lambda task: task["job_id"])
    engine.sql("UPDATE jobs.task SET losses = 9")
    store = engine.keep(Connection(engine.url))
    store.sql("BEGIN")
    store.sql("SELECT jobs.cover(%s, ARRAY[%s]::bigint[], 'succeeded', NULL)", [NOW, tasks[meets]["task_id"]])
    reap = Beside(engine, lambda scheduler: scheduler.sql("SELECT * FROM jobs.reap(%s)", [later(11)]))
    store.sql("SELECT FROM jobs.job_record WHERE id = %s FOR NO KEY UPDATE", [jobs[0]])
    store.sql("COMMIT")
    reap.end()
    assert engine.reap(later(11))["waiting"] == 0
    assert {engine.task(task)["state"] for task in tasks} == {"failed"}
    assert engine.value("SELECT count(*) FROM jobs.coverage WHERE failed <> '{}'") == 1, "the other is stored"
    engine.check_counters()


def test_giving_up_tells_coverage_once_the_job_is_free(engine):
    engine.dealers("1")
    engine.submit(["1"])
    task = engine.lease()[0]
    engine.sql("UPDATE jobs.task SET losses = 9")
    holder = engine.keep(Connection(engine.url))
    holder.sql("BEGIN")
    holder.sql("SELECT FROM jobs.job_record FOR UPDATE")
    assert engine.reap(later(11))["waiting"] == 1
    holder.sql("ROLLBACK")
    instance = str(engine.value("SELECT instance FROM jobs.lease"))
    assert engine.beat(instance, [task], later(12)) == ["held"], "its fetcher is there again"
    engine.fetcher().store(task, [])
    assert engine.sql("SELECT failed, failed_at, covered <> '{}' AS covered FROM jobs.coverage") == [
        {"failed": "{}", "failed_at": None, "covered": True}]


def test_fetchers_not_seen_for_a_day_are_forgotten(busy):
    """But not while their connection lives: without work there are no beats, and a forgotten backend could not
    be ended if it hangs later on."""
    idle = busy.fetcher("idle")
    busy.reap(later(86400 * 400 * 20))
    gone(busy, busy.stopped)
    busy.reap(later(86400 * 400 * 20))
    assert [row["name"] for row in busy.sql("SELECT name FROM jobs.fetcher")] == ["idle"]
    backend = idle.pid()
    idle.close()
    while busy.sql("SELECT pid FROM pg_stat_activity WHERE pid = %s", [backend]):
        time.sleep(0.01)
    busy.reap(later(86400 * 400 * 20))
    assert busy.sql("SELECT * FROM jobs.fetcher") == []


def test_schedulers_reap_at_once(engine):
    """Two reapers take each task back once."""
    engine.dealers("1", concurrency=1000)
    engine.submit(["1"], "2025-12-01 00:00:00", "2026-03-10 23:59:59")
    engine.lease(64)
    first, second = engine.connect("scheduler"), engine.connect("scheduler")
    counts = []

    def reap(connection):
        counts.append(connection.value("SELECT requeued FROM jobs.reap(%s)", [later(11)]))

    threads = [threading.Thread(target=reap, args=[connection]) for connection in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 64
    engine.check_counters()
