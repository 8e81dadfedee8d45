"""What goes on at the same time takes its locks in one order: nobody waits in a circle."""

import threading
import time

from engine import NOW, Connection, array

from test_sql_submit import once

HOLD = "SELECT jobs.hold_upstreams(%s::bigint[])"


class Beside:
    """A statement of another connection, which waits for locks meanwhile."""

    def __init__(self, engine, work, connection=None):
        self.error = None
        self.connection = connection or engine.connect("scheduler")
        self.thread = threading.Thread(target=self.run, args=[work])
        self.thread.start()
        end = time.monotonic() + 5
        while not engine.sql("SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'",
                             [self.connection.pid()]):
            assert time.monotonic() < end and self.thread.is_alive(), self.error
            time.sleep(0.01)

    def run(self, work):
        try:
            work(self.connection)
        except Exception as error:  # is told by end()
            self.error = error

    def end(self):
        self.thread.join(10)
        assert not self.thread.is_alive() and self.error is None, self.error


def upstreams(engine):
    """Two of them, in the order of their ids, and a dealer of each."""
    found = sorted(engine.upstream(name) for name in ("first", "second"))
    for code, upstream in zip(("1", "2"), found):
        engine.dealer(code, engine.credential(upstream))
    return found


def cancel(engine, job):
    assert engine.value("SELECT jobs.cancel_job(%s, %s, 'admin')", [NOW, job])


def test_a_job_is_cancelled_while_its_work_is_submitted_again(engine):
    engine.dealers("12284")
    old = once(engine, calls=3, work=b"w")["job_id"]
    cancel(engine, old)
    step = engine.keep(Connection(engine.url))
    step.sql("BEGIN")
    step.sql(HOLD, [[engine.value("SELECT id FROM dealer.upstream")]])
    again = Beside(engine, lambda scheduler: once(engine, work=b"w", by=scheduler))
    assert step.value("SELECT jobs.cancel_step(%s, 100)", [NOW]) == 3
    step.sql("COMMIT")
    again.end()
    assert [row["state"] for row in engine.sql("SELECT state FROM jobs.job ORDER BY created_at, state")] == [
        "cancelled", "queued"]
    engine.check_counters()


def test_several_jobs_are_cancelled_beside_a_lease(engine):
    first, second = upstreams(engine)
    stored, other = engine.submit(["2"]), engine.submit(["1"])
    cancel(engine, stored)
    engine.sql("UPDATE jobs.job_record SET cancel_asked_at = cancel_asked_at - interval '1 minute'")
    cancel(engine, other)
    store, lease = engine.keep(Connection(engine.url)), engine.keep(Connection(engine.url))
    store.sql("BEGIN")
    store.sql("SELECT FROM jobs.task WHERE job_id = %s FOR UPDATE", [stored])
    lease.sql("BEGIN")
    lease.sql(HOLD, [[first]])
    step = Beside(engine, lambda scheduler: scheduler.run("scheduler_cancel_step", 100))
    lease.sql(HOLD, [[second]])
    lease.sql("COMMIT")
    step.end()
    store.sql("ROLLBACK")
    assert engine.job(other)["state"] == "cancelled"


def set_aside(fetcher, task):
    fetcher.run("fetcher_quarantine_unnest", task["task_id"], task["epoch"], "prsp", 0, ["1"], ["row.no_key"], [None],
                ["{}"], ["true"])


def test_records_are_set_aside_beside_a_group(engine):
    """The dealers first, then the quarantine of their credential: a group holds its dealers from the beginning."""
    engine.dealers("1")
    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    alone, member = engine.lease(2)
    single, group = engine.fetcher(), engine.fetcher("fetcher-2")
    group.sql("BEGIN")
    group.run("fetcher_group_begin", "prsp", [member["task_id"]], [member["epoch"]], [member["task_id"]])

    def store(_):
        single.sql("BEGIN")
        set_aside(single, alone)
        single.stage([])
        single.flush(alone, quarantined=1)
        single.sql("COMMIT")

    waiting = Beside(engine, store, single)
    set_aside(group, member)
    group.sql("COMMIT")
    waiting.end()
    assert engine.task(alone)["state"] == "succeeded"


def test_groups_with_crossed_empty_and_full_answers_do_not_deadlock(engine):
    engine.dealers("1", "2", max_days=1)
    engine.submit(["1", "2"], ends="2026-03-02 23:59:59")
    tasks = {(t["dealer_id"], t["from_at"].day): t for t in engine.lease(4)}
    both = threading.Barrier(2)
    errors = []

    def store(full, empty):
        fetcher = engine.fetcher(f"fetcher-{full['dealer_id']}")
        ids = array([full["task_id"], empty["task_id"]])
        members = sorted((full, empty), key=lambda t: t["task_id"])
        try:
            fetcher.sql("SELECT 1")
            both.wait(5)
            fetcher.sql("BEGIN")
            fetcher.run("fetcher_group_begin", "prsp", [m["task_id"] for m in members], [m["epoch"] for m in members],
                        [full["task_id"]])
            fetcher.run("fetcher_group_empty", [empty["task_id"]])
            fetcher.sql("SELECT pg_sleep(0.3)")
            fetcher.stage([{"dealer_id": full["dealer_id"], "id_prospect": "P"}])
            fetcher.run("fetcher_group_rows_prospect", full["task_id"], full["epoch"],
                        int(NOW.timestamp() * 1000), 1, 0)
            fetcher.sql("COMMIT")
        except Exception as error:  # told below
            errors.append(error)
            fetcher.sql("ROLLBACK")

    work = [threading.Thread(target=store, args=pair) for pair in (
        (tasks["1", 1], tasks["2", 1]), (tasks["2", 2], tasks["1", 2]))]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(20)
    assert errors == []
