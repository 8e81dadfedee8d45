"""Leases: whose turn it is, how many at once, beats, retries, what a task ends as."""

import random
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from engine import NOW, Connection, array, later

MONTH = ("2026-01-01 00:00:00", "2026-01-31 23:59:59")


def drain(engine, want, dealer=lambda task: task["dealer_id"]):
    """Leases all, `want` at a time; the dealers in the order of their turns."""
    turns = []
    while tasks := engine.lease(want):
        turns += [dealer(task) for task in tasks]
    return turns


@pytest.mark.parametrize("want", [1, 3, 7])
def test_dealers_take_turns(engine, want):
    engine.dealers("1", "2", "3", concurrency=1000)
    engine.submit(["1"], *MONTH)
    engine.submit(["2"], "2026-01-01 00:00:00", "2026-01-10 23:59:59")
    engine.submit(["3"], "2026-01-01 00:00:00", "2026-01-10 23:59:59")
    turns = drain(engine, want)
    assert len(turns) == 51
    for begin in range(0, 30, 3):
        assert sorted(turns[begin:begin + 3]) == ["1", "2", "3"]
    assert turns[30:] == ["1"] * 21
    engine.check_counters()


def test_turns_do_not_hang_on_where_a_row_lies(engine):
    engine.dealers("1", "2", "3", "4")
    engine.submit(["1", "2", "3", "4"], "2026-01-01 00:00:00", "2026-01-05 23:59:59")
    turns = []
    for _ in range(20):
        turns += [task["dealer_id"] for task in engine.lease(1)]
        engine.sql("CLUSTER jobs.lane USING lane_pkey")
    for begin in range(0, 20, 4):
        assert sorted(turns[begin:begin + 4]) == ["1", "2", "3", "4"]


def test_a_newcomer_waits_one_round_at_most(engine):
    engine.dealers("1", "2", concurrency=1000)
    engine.submit(["1"], *MONTH)
    engine.lease(5)
    engine.submit(["2"])
    assert "2" in [task["dealer_id"] for task in engine.lease(2)]


def test_lower_priority_waits(engine):
    engine.dealers("1", "2", concurrency=1000)
    engine.submit(["1"], "2026-01-01 00:00:00", "2026-01-05 23:59:59", priority=3)
    engine.submit(["2"], "2026-01-01 00:00:00", "2026-01-05 23:59:59", priority=0)
    assert drain(engine, 4) == ["2"] * 5 + ["1"] * 5


def test_windows_in_order(engine):
    engine.dealers("1")
    engine.submit(["1"], *MONTH)
    assert [str(task["from_at"])[:10] for task in engine.lease(3)] == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_what_a_fetcher_gets(engine):
    upstream = engine.upstream(formula="colon", allow_private=True, max_body_bytes=5000)
    engine.dealer("12284", engine.credential(upstream), upstream_dealer_id="00077")
    job = engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    scheduler = engine.connect("scheduler")
    task = scheduler.run("scheduler_lease", str(uuid.uuid4()), 4, 10000)[0]
    assert task.pop("task_id") > 0
    assert abs(task.pop("leased_at") - time.time() * 1000) < 60000
    assert task == {
        "epoch": 1, "attempt": 1, "job_id": job, "dealer_id": "12284", "upstream_dealer_id": "00077",
        "feed": "prsp", "from": "2026-03-01 00:00:00", "to": "2026-03-01 23:59:59",
        "base_url": "http://upstream", "formula": "colon", "api_key": "sealed key",
        "secret_key": "sealed secret", "connect_timeout_ms": 5000, "first_byte_timeout_ms": 30000,
        "total_timeout_ms": 60000, "max_body_bytes": 5000, "allow_private": True, "kind": "fetch", "skew_ms": 0, "body_timeout_ms": 15000,
        "dealers": None,
    }
    assert engine.job(job)["state"] == "running" and engine.job(job)["tasks_leased"] == 1
    engine.check_counters()


def test_a_call_for_several_dealers_names_them(engine):
    engine.dealers("1", "2", "3")
    engine.sql("UPDATE dealer.dealers SET upstream_dealer_id = '00077' WHERE dealer_id = '2'")
    engine.submit(["1"])
    engine.sql("UPDATE jobs.task SET dealer_id = '*'")
    engine.sql("INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) SELECT '2', task_id, job_id FROM jobs.task_dealer")
    engine.sql("UPDATE jobs.lane SET dealer_id = '*'")
    task = engine.lease()[0]
    assert (task["dealer_id"], task["upstream_dealer_id"], task["api_key"]) == ("*", "", "sealed key")
    assert task["dealers"] == ["1", "1", "2", "00077"]


def test_what_is_done_with_a_task_is_kept(engine):
    engine.dealers("1")
    engine.submit(["1"], *MONTH)
    me = str(uuid.uuid4())
    tasks = engine.lease(2, me)
    ids, epochs = [t["task_id"] for t in tasks], [1, 1]
    scheduler = engine.connect("scheduler")

    def told():
        rows = engine.sql("SELECT phase, bytes, rows, phase_at FROM jobs.lease ORDER BY task_id")
        return [(r["phase"], r["bytes"], r["rows"]) for r in rows], [r["phase_at"] for r in rows]

    scheduler.run("scheduler_beat", me, ids, epochs, 10000, ["receiving", ""], [700, 0], [0, 0])
    first, since = told()
    assert first == [("receiving", 700, 0), ("queued", 0, 0)]
    scheduler.run("scheduler_beat", me, ids, epochs, 10000, ["receiving", "connect"], [900, 0], [0, 0])
    second, then = told()
    assert second == [("receiving", 900, 0), ("connect", 0, 0)] and then[0] == since[0]


@pytest.mark.parametrize("change", [
    "UPDATE dealer.dealers SET is_active = false WHERE dealer_id = '1'",
    "UPDATE dealer.dealers SET is_active = NULL WHERE dealer_id = '1'",
    "UPDATE dealer.dealers SET credential_id = NULL WHERE dealer_id = '1'",
])
def test_only_active_dealers_with_a_credential(engine, change):
    engine.dealers("1", "2")
    engine.submit(["1", "2"])
    engine.sql(change)
    assert drain(engine, 4) == ["2"]


def test_a_dealer_moved_to_another_upstream_is_not_asked_there(engine):
    engine.dealers("1")
    engine.submit(["1"])
    engine.sql("UPDATE dealer.dealers SET credential_id = %s", [engine.credential(engine.upstream("other"))])
    assert engine.lease(4) == []


def test_a_new_key_is_used_at_once(engine):
    engine.dealers("1")
    engine.submit(["1"])
    renewed = engine.credential(engine.value("SELECT id FROM dealer.upstream"))
    engine.sql("UPDATE dealer.credential SET api_key = 'renewed' WHERE id = %s", [renewed])
    engine.sql("UPDATE dealer.dealers SET credential_id = %s", [renewed])
    assert engine.lease(1)[0]["api_key"] == "renewed"


def test_concurrency_of_an_upstream(engine):
    engine.dealers("1", "2", name="slow", concurrency=3)
    engine.dealers("3", name="fast", concurrency=100)
    engine.submit(["1", "2", "3"], "2026-01-01 00:00:00", "2026-01-10 23:59:59")
    tasks = engine.lease(64)
    assert Counter(task["dealer_id"] in ("1", "2") for task in tasks) == {True: 3, False: 10}
    assert engine.lease(64) == []
    engine.fail(next(task for task in tasks if task["dealer_id"] == "1"))
    assert len(engine.lease(64)) == 1
    engine.sql("UPDATE dealer.upstream SET concurrency = 2")
    assert engine.lease(64) == []
    engine.check_counters()


def test_schedulers_at_once(engine):
    """Four lease at the same time: nothing twice, nothing left, never more than allowed in flight."""
    engine.dealers("1", "2", "3", name="a", concurrency=5)
    engine.dealers("4", "5", name="b", concurrency=7)
    engine.submit(["1", "2", "3", "4", "5"], *MONTH)

    def work(seed):
        chance = random.Random(seed)
        scheduler = Connection(engine.url, "scheduler")
        instance = str(uuid.uuid4())
        done, idle = [], 0
        while idle < 100:
            tasks = scheduler.run("scheduler_lease", instance, chance.randint(1, 4), 60000)
            idle = 0 if tasks else idle + 1
            flights = scheduler.sql("""SELECT u.concurrency >= (SELECT count(*) FROM jobs.lease l
                                              WHERE l.upstream_id = u.id) AS held FROM dealer.upstream u""")
            assert all(row["held"] for row in flights)
            for task in tasks:
                done.append(task["task_id"])
                scheduler.run("scheduler_fail", task["task_id"], task["epoch"], "upstream.refused", "no", None,
                              200, 1, 1, 1, 1, 1, None, None, None, "", False, 60)
        scheduler.close()
        return done

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(work, range(4)))
    assert all(parts)
    every = [task for part in parts for task in part]
    assert len(every) == len(set(every)) == 5 * 31
    engine.check_counters()
    assert engine.value("SELECT state FROM jobs.job") == "failed"


def test_beat_extends_the_named_leases_alone(engine):
    engine.dealers("1")
    engine.submit(["1"], *MONTH)
    me = str(uuid.uuid4())
    named, other = engine.lease(2, me)
    assert engine.beat(me, [named], later(5)) == ["held"]
    ends = {row["task_id"]: row["lease_until"] for row in engine.sql("SELECT * FROM jobs.lease")}
    assert ends == {named["task_id"]: later(15), other["task_id"]: later(10)}


def test_verdicts(engine):
    engine.dealers("1")
    engine.submit(["1"], *MONTH)
    me = str(uuid.uuid4())
    held, stored, cancelled, failed, lost = tasks = engine.lease(5, me)
    engine.fetcher().store(stored, [])
    engine.sql("DELETE FROM jobs.lease WHERE task_id = %s", [cancelled["task_id"]])
    engine.sql("UPDATE jobs.task SET state = 'cancelled' WHERE id = %s", [cancelled["task_id"]])
    engine.fail(failed)
    assert engine.beat(me, [held], later(9)) == ["held"]
    engine.reap(later(11))
    assert engine.beat(me, tasks, later(12)) == ["held", "held", "cancelled", "lost", "lost"]
    assert engine.beat(str(uuid.uuid4()), [held], later(12)) == ["lost"]
    assert engine.value("SELECT lease_until FROM jobs.lease WHERE task_id = %s", [held["task_id"]]) == later(22)
    assert engine.beat(str(uuid.uuid4()), [held], later(15)) == ["lost"]
    assert engine.value("SELECT lease_until FROM jobs.lease WHERE task_id = %s", [held["task_id"]]) == later(22)
    assert engine.beat(me, [{**held, "epoch": 2}, {"task_id": 999999, "epoch": 1}], later(12)) == ["lost", "lost"]
    assert engine.beat(me, []) == []
    scheduler = engine.connect("scheduler")
    assert scheduler.run("scheduler_beat", me, [held["task_id"]], [1], 10000, [""], [0], [0]) == [
        {"task_id": held["task_id"], "epoch": 1, "verdict": "held"}]


def test_release_counts_as_no_attempt(engine):
    engine.dealers("1")
    engine.submit(["1"])
    me = str(uuid.uuid4())
    task = engine.lease(1, me)[0]
    scheduler = engine.connect("scheduler")
    mine = [[task["task_id"]], [task["epoch"]], ["waiting"]]
    assert scheduler.run("scheduler_release", str(uuid.uuid4()), *mine) == [{"released": 0}]
    assert scheduler.run("scheduler_release", me, *mine) == [{"released": 1}]
    assert scheduler.run("scheduler_release", me, *mine) == [{"released": 0}]
    engine.check_counters()
    again = engine.lease(1)[0]
    assert (again["attempt"], again["epoch"]) == (1, 2)
    assert engine.outcomes(task) == ["released", "leased"]


def test_a_retry_waits_for_its_time(engine):
    engine.dealers("1")
    job = engine.submit(["1"])
    task = engine.lease()[0]
    assert engine.fail(task, later(30)) is True
    assert engine.fail(task, later(30)) is False
    engine.check_counters()
    assert engine.job(job)["state"] == "running" and engine.job(job)["tasks_queued"] == 1
    assert engine.value("SELECT jobs.promote(%s)", [later(29)]) == 0
    assert engine.lease() == []
    assert engine.value("SELECT jobs.promote(%s)", [later(30)]) == 1
    engine.check_counters()
    again = engine.lease()[0]
    assert (again["task_id"], again["epoch"], again["attempt"]) == (task["task_id"], 2, 2)
    assert engine.fail(task) is False
    assert engine.fail(again) is True
    assert engine.job(job)["state"] == "failed" and engine.job(job)["error_code"] == "upstream.server_error"
    assert engine.outcomes(task) == ["failed", "failed"]
    attempt = engine.sql("SELECT * FROM jobs.attempt ORDER BY task_id, epoch")[0]
    assert (attempt["http_status"], attempt["bytes"], attempt["body_head"], attempt["total_ms"]) == (503, 12, "<html>", 4)
    engine.check_counters()


@pytest.mark.parametrize("fates, state", [
    ("sss", "succeeded"), ("ssf", "partial"), ("fsf", "partial"), ("fff", "failed"),
])
def test_what_a_job_ends_as(engine, fates, state):
    engine.dealers("1")
    fetcher = engine.fetcher()
    scheduler = engine.connect("scheduler")
    job = engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    scheduler.sql("LISTEN dd_job")
    assert engine.job(job)["state"] == "queued"
    for index, fate in enumerate(fates):
        task = engine.lease()[0]
        assert engine.job(job)["state"] == "running"
        # Told is a change of state; progress is told by those who look.
        assert index > 0 or ("dd_job", job) in scheduler.notified()
        if fate == "s":
            fetcher.store(task, [{"dealer_id": "1", "id_prospect": f"P{index}"}])
        else:
            engine.fail(task)
        engine.check_counters()
    assert ("dd_job", job) in scheduler.notified()
    final = engine.job(job)
    assert final["state"] == state and final["finished_at"] and final["started_at"] == NOW
    assert final["rows_new"] == fates.count("s")


def test_turns_stay_quick_with_a_long_queue(engine):
    """The choice of the next lane reads an index, whatever the queue's length."""
    engine.dealers(*[str(n) for n in range(50)])
    engine.submit([str(n) for n in range(50)], "2025-12-01 00:00:00", "2026-03-10 23:59:59")
    engine.sql("ANALYZE jobs.task")
    engine.sql("SET enable_seqscan = off")
    plan = "\n".join(row["QUERY PLAN"] for row in engine.sql(
        """EXPLAIN SELECT id FROM jobs.task WHERE credential_id = 1 AND dealer_id = '7' AND priority = 0
           AND state = 'queued' AND ready ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"""))
    assert "task_turn" in plan and "Sort" not in plan
    plan = "\n".join(row["QUERY PLAN"] for row in engine.sql(
        "EXPLAIN SELECT * FROM jobs.lane WHERE queued > 0 ORDER BY priority, turn LIMIT 1"))
    assert "lane_turn" in plan and "Sort" not in plan


@pytest.mark.parametrize("end", ["stored", "failed", "retried"])
def test_a_free_place_wakes_the_schedulers(engine, end):
    """Those who wait found the upstream full. Without the word they would wait for the next tick."""
    engine.dealers("1", concurrency=1)
    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    fetcher = engine.fetcher()
    task = engine.lease(2)[0]
    assert engine.lease(2) == []
    scheduler = engine.connect("scheduler")
    scheduler.sql("LISTEN dd_ready")
    if end == "stored":
        fetcher.store(task, [])
    else:
        engine.fail(task, retry_at=later(60) if end == "retried" else None)
    assert scheduler.notified() == [("dd_ready", "")]
    assert len(engine.lease(2)) == 1


def test_tasks_follow_a_dealer_to_another_upstream(engine):
    """Left behind, they would be queued for ever and their job would never end."""
    engine.dealers("1", "2")
    job = engine.submit(["1", "2"], "2026-03-01 00:00:00", "2026-03-04 23:59:59")
    tasks = engine.lease(4)
    held, lost = [task for task in tasks if task["dealer_id"] == "1"]
    assert engine.fail(lost, later(1)) is True
    other = engine.upstream("other", base_url="http://other")
    engine.sql("UPDATE dealer.dealers SET credential_id = %s WHERE dealer_id = '1'", [engine.credential(other)])
    for second in range(4):
        engine.sql("SELECT jobs.promote(%s)", [later(second)])
        engine.check_counters()
    later_ones = engine.lease(10, at=later(4))
    assert Counter((task["dealer_id"], task["base_url"]) for task in later_ones) == {
        ("1", "http://other"): 3, ("2", "http://upstream"): 2}
    for task in [*tasks, *later_ones]:
        if task is not lost:
            assert engine.fail(task) is True
    assert engine.job(job)["state"] == "failed" and held["base_url"] == "http://upstream"
    engine.check_counters()


def test_no_key_goes_to_another_upstream(engine):
    """A dealer that moves while its task is being leased: the old address must not see the new key."""
    engine.dealers("1")
    engine.submit(["1"])
    other = engine.credential(engine.upstream("other", base_url="http://other"))
    engine.sql("UPDATE dealer.credential SET api_key = 'new key' WHERE id = %s", [other])
    holder, leaser = engine.keep(Connection(engine.url)), engine.connect("scheduler")
    holder.sql("BEGIN")
    holder.sql("SELECT id FROM jobs.job_record FOR UPDATE")
    with ThreadPoolExecutor() as pool:
        lease = pool.submit(leaser.sql, "SELECT * FROM jobs.lease_tasks(%s, %s, 1, 10000)", [NOW, str(uuid.uuid4())])
        while not engine.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s",
                               [leaser.pid()]):
            pass
        engine.sql("UPDATE dealer.dealers SET credential_id = %s", [other])
        holder.sql("COMMIT")
        assert [(task["base_url"], task["api_key"]) for task in lease.result()] == []
    engine.reap(later(11))
    engine.sql("SELECT jobs.promote(%s)", [later(11)])
    assert [(task["base_url"], task["api_key"]) for task in engine.lease(1, at=later(11))] == [("http://other", "new key")]


def test_calls_given_back_unused_take_no_quota(engine):
    engine.dealers("1", quota=10, quota_reserve=0, max_days=1)
    engine.submit(["1"], ends="2026-03-05 23:59:59")
    instance = "11111111-1111-1111-1111-111111111111"
    tasks = engine.lease(5, instance)
    assert len(tasks) == 5
    given = engine.value("SELECT jobs.release_tasks(%s, %s, %s, %s)",
                         [NOW, instance, array(t["task_id"] for t in tasks), array(t["epoch"] for t in tasks)])
    assert given == 5
    assert engine.value("SELECT calls FROM jobs.credential_state") == 0
