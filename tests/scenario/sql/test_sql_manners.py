"""Which tasks may run: concurrency, tokens, quota, refusals, flags, breaker, pauses, fair turns."""

import time
import uuid
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from engine import NOW, Connection, later

MONTH = ("2026-01-01 00:00:00", "2026-01-31 23:59:59")
DAYS = ("2026-01-01 00:00:00", "2026-01-10 23:59:59")


def credential_of(engine, code="1"):
    return engine.value("SELECT credential_id FROM dealer.dealers WHERE dealer_id = %s", [code])


def breaker(engine, until, failures=3, opened=1):
    engine.sql("INSERT INTO jobs.upstream_state (upstream_id, failures, opened, open_until) "
               "SELECT id, %s, %s, %s FROM dealer.upstream ON CONFLICT (upstream_id) DO UPDATE "
               "SET failures = excluded.failures, opened = excluded.opened, open_until = excluded.open_until",
               [failures, opened, until])


def waits(engine, at=NOW):
    return {row["dealer_id"]: row["waits_for"] for row in engine.sql("SELECT * FROM jobs.lanes(%s)", [at])}


def pause(engine, scope, target="", reason=None):
    engine.sql("SELECT jobs.set_pause(%s, %s, %s, %s, 'admin')", [NOW, scope, target, reason])


# ---- room ----

def test_concurrency_of_a_credential_and_of_a_dealer(engine):
    upstream = engine.upstream(credential_concurrency=5, dealer_concurrency=2)
    shared = engine.credential(upstream)
    for code in ("1", "2", "3"):
        engine.dealer(code, shared)
    engine.dealer("4", engine.credential(upstream))
    engine.submit(["1", "2", "3", "4"], *DAYS)
    tasks = engine.lease(64)
    assert Counter(t["dealer_id"] for t in tasks) == {"1": 2, "2": 2, "3": 1, "4": 2}
    assert engine.lease(64) == []
    engine.fail(next(t for t in tasks if t["dealer_id"] == "1"))
    assert [t["dealer_id"] for t in engine.lease(64)] == ["3"], "whose last turn is longest ago"
    engine.check_counters()


def test_a_dealers_lanes_share_its_concurrency(engine):
    engine.dealers("1", "2", dealer_concurrency=2)
    for priority in (0, 2, 3):
        engine.submit(["1"], priority=priority)
    engine.submit(["2"], priority=3)
    assert [t["dealer_id"] for t in engine.lease(10)] == ["1", "1", "2"]
    engine.check_counters()


def test_a_full_dealer_leaves_its_place_to_others(engine):
    engine.dealers("1", "2", dealer_concurrency=1)
    engine.submit(["1"], *DAYS, priority=0)
    engine.submit(["2"], *DAYS, priority=3)
    assert [t["dealer_id"] for t in engine.lease(10)] == ["1", "2"]


def test_a_token_bucket_over_all_dealers(engine):
    engine.dealers("1", "2", calls_per_minute=60, burst=5)
    engine.submit(["1", "2"], *DAYS)
    assert len(engine.lease(64)) == 5
    assert engine.lease(64, at=later(0.9)) == []
    assert len(engine.lease(64, at=later(1.0))) == 1
    assert len(engine.lease(64, at=later(3.5))) == 2
    assert len(engine.lease(64, at=later(4.0))) == 1, "half a token was kept"
    assert len(engine.lease(64, at=later(600))) == 5, "no more than the bucket holds"
    engine.sql("UPDATE dealer.upstream SET calls_per_minute = NULL")
    assert len(engine.lease(64, at=later(600))) == 6
    engine.check_counters()


def test_a_quota_keeps_its_reserve_for_manual_work(engine):
    engine.dealers("1", "2", quota=10, quota_reserve=20)
    engine.submit(["1"], *MONTH, priority=2)
    assert len(engine.lease(64)) == 8
    assert engine.lease(64) == [] and waits(engine) == {"1": "quota"}
    engine.submit(["2"], *MONTH, priority=0)
    assert [t["dealer_id"] for t in engine.lease(64)] == ["2", "2"]
    assert engine.lease(64) == [] and waits(engine) == {"1": "quota", "2": "quota"}
    # The day is the upstream's: 5:00 UTC is noon in Jakarta.
    assert engine.lease(64, at=later(12 * 3600 - 1)) == []
    assert len(engine.lease(64, at=later(12 * 3600))) == 10
    engine.check_counters()


def test_a_quota_is_a_credentials(engine):
    upstream = engine.upstream(quota=3, quota_reserve=0)
    for code in ("1", "2"):
        engine.dealer(code, engine.credential(upstream))
    engine.submit(["1", "2"], *MONTH)
    assert Counter(t["dealer_id"] for t in engine.lease(64)) == {"1": 3, "2": 3}


def test_a_replay_costs_no_call(engine):
    engine.dealers("1", quota=2, quota_reserve=0, calls_per_minute=60, burst=3)
    engine.submit(["1"], *DAYS)
    engine.sql("UPDATE jobs.task SET kind = 'replay' WHERE from_at < '2026-01-03'")
    assert [t["kind"] for t in engine.lease(2)] == ["replay", "replay"]
    assert [t["kind"] for t in engine.lease(2)] == ["fetch", "fetch"]
    assert engine.lease(2) == []


# ---- refusals ----

@pytest.mark.parametrize("effect, code, told", [
    ("block", "upstream.too_many", "blocked"), ("quota", "upstream.quota", "quota")])
def test_a_refused_credential_rests(engine, effect, code, told):
    upstream = engine.upstream()
    for dealer in ("1", "2"):
        engine.dealer(dealer, engine.credential(upstream))
    engine.submit(["1", "2"], *DAYS)
    task = next(t for t in engine.lease(2) if t["dealer_id"] == "1")
    engine.fail(task, later(1), code=code, effect=effect, wish_ms=30000)
    assert waits(engine, later(29)) == {"1": told, "2": None}
    assert {t["dealer_id"] for t in engine.lease(64, at=later(29))} == {"2"}
    assert {t["dealer_id"] for t in engine.lease(64, at=later(30))} == {"1"}
    engine.check_counters()


def test_a_shorter_refusal_does_not_shorten_a_longer_one(engine):
    engine.dealers("1")
    engine.submit(["1"], *DAYS)
    first, second = engine.lease(2)
    engine.fail(first, later(1), code="upstream.too_many", effect="block", wish_ms=60000)
    engine.fail(second, later(1), code="upstream.too_many", effect="block", wish_ms=5000)
    assert engine.lease(64, at=later(59)) == [] and len(engine.lease(64, at=later(60))) == 8


@pytest.mark.parametrize("cure", ["changed", "another key", "by hand"])
def test_a_flagged_credential_is_not_used_until_cured(engine, cure):
    engine.dealers("1", "2")
    engine.submit(["1", "2"], *DAYS)
    engine.fail(engine.lease()[0], code="upstream.credential", effect="flag", at=later(1))
    flagged = credential_of(engine)
    engine.sql("UPDATE dealer.credential SET updated_at = %s", [NOW])
    assert engine.lease(64, at=later(7200)) == [] and set(waits(engine).values()) == {"credential_flagged"}
    if cure == "changed":
        engine.sql("UPDATE dealer.credential SET updated_at = %s", [later(2)])
    elif cure == "another key":
        engine.sql("UPDATE dealer.dealers SET credential_id = %s",
                   [engine.credential(engine.value("SELECT id FROM dealer.upstream"))])
    else:
        assert engine.value("SELECT jobs.unflag(%s)", [flagged]) is True
        assert engine.value("SELECT jobs.unflag(0)") is False
    assert len(engine.lease(64, at=later(3))) == 19
    engine.check_counters()


def test_a_call_counts_for_the_key_that_made_it(engine):
    engine.dealers("1", quota=5, quota_reserve=0)
    engine.submit(["1"], *DAYS)
    renewed = engine.credential(engine.value("SELECT id FROM dealer.upstream"))
    old = credential_of(engine)
    assert len(engine.lease(2)) == 2
    engine.sql("UPDATE dealer.dealers SET credential_id = %s", [renewed])
    task = engine.lease(1)[0]
    used = {row["credential_id"]: row["calls"] for row in engine.sql("SELECT * FROM jobs.credential_state")}
    assert used == {old: 2, renewed: 1}
    engine.fail(task, code="upstream.credential", effect="flag")
    assert engine.value("SELECT credential_id FROM jobs.credential_state WHERE flagged_at IS NOT NULL") == renewed
    engine.check_counters()


# ---- breaker ----

def test_an_open_breaker_takes_no_call_and_half_open_one(engine):
    engine.dealers("1", "2", name="ill")
    engine.submit(["1", "2"], *DAYS)
    breaker(engine, later(30))
    assert engine.lease(64, at=later(29.9)) == [] and waits(engine, later(29)) == {"1": "breaker_open", "2": "breaker_open"}
    probe = engine.lease(64, at=later(30))
    assert len(probe) == 1
    assert engine.lease(64, at=later(31)) == []
    engine.fetcher().store(probe[0], [])
    assert engine.sql("SELECT failures, opened, open_until FROM jobs.upstream_state") == [
        {"failures": 0, "opened": 0, "open_until": None}]
    assert len(engine.lease(64, at=later(32))) == 19
    engine.check_counters()


@pytest.mark.parametrize("end", ["released", "lost"])
def test_a_probe_that_vanishes_does_not_leave_the_breaker_stuck(engine, end):
    engine.dealers("1")
    engine.submit(["1"], *DAYS)
    breaker(engine, NOW)
    me = str(uuid.uuid4())
    probe = engine.lease(64, me)
    if end == "released":
        engine.sql("SELECT jobs.release_tasks(%s, %s, %s, %s)", [later(1), me, [probe[0]["task_id"]], [1]])
    else:
        engine.reap(later(11))
    assert len(engine.lease(64, at=later(12))) == 1
    assert engine.lease(64, at=later(13)) == []


def test_a_success_ends_a_row_of_failures(engine):
    engine.dealers("1")
    engine.submit(["1"], *DAYS)
    task = engine.lease()[0]
    breaker(engine, None, failures=2, opened=0)
    engine.fetcher().store(task, [])
    assert engine.value("SELECT failures FROM jobs.upstream_state") == 0


def test_a_success_counts_also_while_a_lease_holds_the_upstream(engine):
    engine.dealers("1")
    engine.submit(["1"], *DAYS)
    task = engine.lease()[0]
    breaker(engine, later(-1), failures=5, opened=2)
    holder = engine.connect("scheduler")
    owner = Connection(engine.url)
    owner.sql("BEGIN")
    owner.sql("SELECT FROM jobs.upstream_state FOR UPDATE")
    engine.fetcher().store(task, [])
    assert engine.value("SELECT failures FROM jobs.upstream_state") == 5
    owner.sql("COMMIT")
    upstream = engine.value("SELECT id FROM dealer.upstream")
    # Who decides from what it saw before has to look again.
    seen = engine.sql("SELECT failures, opened, open_until FROM jobs.upstream_state")[0]
    assert not holder.value("SELECT jobs.put_breaker(%s, %s, %s, %s, 6, 3, %s)",
                            [upstream, seen["failures"], seen["opened"], seen["open_until"], later(600)])
    assert engine.sql("SELECT failures, opened, open_until FROM jobs.upstream_state") == [
        {"failures": 0, "opened": 0, "open_until": None}]
    assert engine.value("SELECT count(*) FROM jobs.upstream_success") == 0


def test_a_lease_takes_a_success_that_was_left_for_it(engine):
    engine.dealers("1")
    engine.submit(["1"], *DAYS)
    engine.lease()
    breaker(engine, later(600), failures=5, opened=2)
    engine.sql("INSERT INTO jobs.upstream_success SELECT id FROM dealer.upstream")
    assert len(engine.lease(5, at=later(1))) == 5


def test_a_hanging_success_holds_up_only_its_own_upstream(engine):
    """The storing transaction holds the state's row: leases of others must not wait for it."""
    engine.dealers("1", name="ill")
    engine.dealers("2", name="well")
    engine.submit(["1", "2"], *DAYS)
    fetcher = engine.fetcher()
    task = next(t for t in engine.lease(2) if t["dealer_id"] == "1")
    breaker(engine, None, failures=2, opened=0)
    fetcher.sql("BEGIN")
    fetcher.stage([])
    fetcher.flush(task)
    scheduler = engine.connect("scheduler")
    begun = time.monotonic()
    tasks = scheduler.sql("SELECT * FROM jobs.lease_tasks(%s, %s, 64, 10000)", [later(1), str(uuid.uuid4())])
    assert time.monotonic() - begun < 0.9 and {t["dealer_id"] for t in tasks} == {"2"}
    fetcher.sql("COMMIT")
    assert {t["dealer_id"] for t in engine.lease(64, at=later(2))} == {"1"}


def test_the_breaker_is_put_only_where_it_was_seen(engine):
    engine.dealers("1")
    scheduler = engine.connect("scheduler")
    upstream = engine.value("SELECT id FROM dealer.upstream")
    put = [upstream, 0, 0, 0, 1, 0, 0]
    assert scheduler.run("scheduler_breaker_put", *put) == [{"put": True}]
    assert scheduler.run("scheduler_breaker_put", *put) == [{"put": False}]
    assert scheduler.run("scheduler_breaker_put", upstream, 1, 0, 0, 2, 1, 1773999999123) == [{"put": True}]
    assert scheduler.run("scheduler_breaker_put", upstream, 2, 1, 1773999999122, 3, 2, 0) == [{"put": False}]
    assert scheduler.run("scheduler_breaker_put", upstream, 2, 1, 1773999999123, 0, 0, 0) == [{"put": True}]


# ---- pauses ----

@pytest.mark.parametrize("scope, target, left", [
    ("all", "", []), ("dealer", "1", ["2", "3"]), ("feed", "prsp", []), ("credential", None, ["3"]),
    ("upstream", "sim", ["3"])])
def test_nothing_of_what_is_paused_is_leased(engine, scope, target, left):
    engine.dealers("1", "2")
    engine.dealers("3", name="other")
    engine.submit(["1", "2", "3"])
    pause(engine, scope, str(credential_of(engine)) if target is None else target)
    assert sorted(t["dealer_id"] for t in engine.lease(64)) == left
    assert engine.value("SELECT jobs.clear_pause(%s, %s)",
                        [scope, str(credential_of(engine)) if target is None else target]) is True
    assert sorted(t["dealer_id"] for t in engine.lease(64)) == sorted({"1", "2", "3"} - set(left))
    engine.check_counters()


def test_what_runs_goes_on_in_a_pause(engine):
    engine.dealers("1")
    job = engine.submit(["1"])
    task = engine.lease()[0]
    pause(engine, "dealer", "1")
    engine.fetcher().store(task, [])
    assert engine.job(job)["state"] == "succeeded"


def test_a_paused_dealer_holds_up_its_group(engine):
    engine.dealers("1", "2")
    engine.submit(["1"])
    engine.sql("UPDATE jobs.task SET dealer_id = '*'")
    engine.sql("INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) SELECT '2', task_id, job_id FROM jobs.task_dealer")
    engine.sql("UPDATE jobs.lane SET dealer_id = '*'")
    pause(engine, "dealer", "2")
    assert engine.lease(64) == []
    engine.value("SELECT jobs.clear_pause('dealer', '2')")
    assert len(engine.lease(64)) == 1


def test_only_what_exists_is_paused(engine):
    engine.dealers("1")
    for scope, target in (("dealer", "nobody"), ("feed", "none"), ("credential", "0"), ("upstream", "none"), ("all", "x")):
        with pytest.raises(Exception) as error:
            pause(engine, scope, target)
        assert error.value.pgcode == "DD031"
    assert engine.value("SELECT jobs.clear_pause('dealer', '1')") is False


# ---- fair turns ----

def test_a_hundred_thousand_tasks_delay_another_dealer_by_less_than_two_seconds(engine):
    engine.dealers("1", "2", concurrency=4)
    first, second = engine.submit(["1"]), engine.submit(["2"])
    engine.sql("""INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority, created_at)
                  SELECT job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority, created_at
                  FROM jobs.task CROSS JOIN generate_series(1, 100000) WHERE job_id = %s""", [first])
    engine.sql("UPDATE jobs.lane SET queued = queued + 100000 WHERE dealer_id = '1'")
    engine.sql("UPDATE jobs.job_record SET tasks_total = tasks_total + 100000 WHERE id = %s", [first])
    engine.sql("UPDATE jobs.lane SET queued = 0 WHERE dealer_id = '2'")
    engine.sql("UPDATE jobs.task SET ready = false WHERE job_id = %s", [second])
    engine.sql("ANALYZE jobs.task, jobs.lane")
    fetcher = engine.fetcher()
    held = engine.lease(4)
    engine.sql("UPDATE jobs.task SET ready = true WHERE job_id = %s", [second])
    engine.sql("UPDATE jobs.lane SET queued = 1 WHERE dealer_id = '2'")
    begun = time.monotonic()
    fetcher.store(held[0], [])
    found = engine.lease(4)
    took = time.monotonic() - begun
    assert [t["dealer_id"] for t in found] == ["2"], "it is the next one"
    assert took < 0.5, f"{took:.3f} s"


def test_a_lane_that_cannot_be_served_does_not_hold_up_later_priorities(engine):
    engine.dealers("1")
    engine.dealers("2", name="other")
    engine.submit(["1"], *DAYS, priority=0)
    engine.submit(["2"], *DAYS, priority=3)
    engine.sql("UPDATE jobs.job_record SET cancel_asked_at = %s WHERE priority = 0", [NOW])
    assert {t["dealer_id"] for t in engine.lease(5)} == {"2"}
    pause(engine, "feed", "prsp")
    assert engine.lease(5) == []


@pytest.mark.parametrize("want", [1, 5, 64])
def test_priority_goes_before_turns(engine, want):
    engine.dealers(*[str(n) for n in range(1, 31)])
    engine.submit([str(n) for n in range(1, 31)], *DAYS, priority=3)
    engine.submit(["7"], *MONTH, priority=0)
    order = []
    while tasks := engine.lease(want):
        order += [(engine.task(t)["priority"], t["dealer_id"]) for t in tasks]
        for task in tasks:
            engine.fail(task)
    # One of eight is for those below.
    assert order[:7] == [(0, "7")] * 7 and order[:35].count((0, "7")) == 31 and len(order) == 331
    others = [dealer for priority, dealer in order if priority == 3]
    for begin in range(0, 300, 30):
        assert len(set(others[begin:begin + 30])) == 30


# ---- large jobs ----

def grow(engine, job, n):
    """More tasks for a job of one task."""
    engine.sql("""WITH more AS (
                      INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority, created_at)
                      SELECT job_id, upstream_id, credential_id, dealer_id, feed, from_at + g * interval '1 day',
                             to_at + g * interval '1 day', priority, created_at
                      FROM jobs.task CROSS JOIN generate_series(2, %s) g WHERE job_id = %s RETURNING id, job_id, dealer_id)
                  INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) SELECT dealer_id, id, job_id FROM more""", [n, job])
    engine.sql("UPDATE jobs.lane SET queued = %s", [n])
    engine.sql("UPDATE jobs.job_record SET tasks_total = %s WHERE id = %s", [n, job])


def complete(connection, task):
    connection.sql("SELECT jobs.count_rows(%s, %s, 1, 1, 0, 0, 0)", [task["task_id"], task["dealer_id"]])
    return connection.sql("SELECT jobs.complete_task(%s, %s, %s, 1, 1, 0, 0, 0, 10, 200, 1, 1, 1, 1)",
                          [NOW, task["task_id"], task["epoch"]])


def test_a_large_job_is_counted_apart_and_ends_whole(engine):
    engine.dealers("1", concurrency=1000)
    job = engine.submit(["1"])
    grow(engine, job, 200)
    fetchers = [engine.fetcher(), engine.fetcher("fetcher-2")]
    tasks = [task for _ in range(4) for task in engine.lease(64)]
    for place, task in enumerate(tasks):
        complete(fetchers[place % 2], task)
        if place % 37 == 0:
            engine.check_counters()
    final = engine.job(job)
    assert (final["state"], final["tasks_succeeded"], final["rows_new"]) == ("succeeded", 200, 200)
    assert engine.sql("SELECT * FROM jobs.tally") == []
    engine.check_counters()


def test_storing_connections_of_a_large_job_do_not_wait_for_one_another(engine):
    engine.dealers("1", concurrency=1000)
    job = engine.submit(["1"])
    grow(engine, job, 100)
    one, two = engine.fetcher(), engine.fetcher("fetcher-2")
    tasks = engine.lease(64)
    one.sql("BEGIN")
    complete(one, tasks[0])
    two.sql("SET lock_timeout = 500")
    for task in tasks[1:30]:
        complete(two, task)
    one.sql("COMMIT")
    assert engine.job(job)["tasks_succeeded"] == 30
    engine.check_counters()


def test_a_large_job_whose_last_transactions_overlapped_is_settled(engine):
    engine.dealers("1", concurrency=1000)
    job = engine.submit(["1"])
    grow(engine, job, 66)
    slow, quick = engine.fetcher(), engine.fetcher("fetcher-2")
    tasks = [*engine.lease(64), *engine.lease(64)]
    slow.sql("BEGIN")
    complete(slow, tasks[0])
    for task in tasks[1:]:
        complete(quick, task)
    assert engine.job(job)["state"] == "running"
    slow.sql("COMMIT")
    assert engine.job(job)["state"] == "running", "nobody saw the end"
    assert engine.connect("scheduler").run("scheduler_settle") == [{"ended": 1}]
    assert engine.job(job)["state"] == "succeeded" and engine.job(job)["tasks_succeeded"] == 66
    engine.check_counters()


# ---- cancelling ----

def cancel(engine, job):
    return engine.value("SELECT jobs.cancel_job(%s, %s, 'admin')", [later(5), job])


def step(engine, most=1000):
    return engine.value("SELECT jobs.cancel_step(%s, %s)", [later(5), most])


def test_a_cancelled_job_ends_in_bounded_steps(engine):
    engine.dealers("1", "2")
    job = engine.submit(["1", "2"], *DAYS)
    other = engine.submit(["1"], *DAYS)
    me = str(uuid.uuid4())
    tasks = [t for t in engine.lease(8, me) if t["job_id"] == job]
    stored, retried, *running = tasks
    engine.fetcher().store(stored, [])
    engine.fail(retried, later(60))
    assert cancel(engine, job) is True and cancel(engine, job) is True
    assert all(t["job_id"] == other for t in engine.lease(64))
    steps = []
    while done := step(engine, 5):
        steps.append(done)
        engine.check_counters()
    assert sum(steps) == 19 and max(steps) <= 5 + len(running)
    final = engine.job(job)
    assert (final["state"], final["tasks_succeeded"], final["tasks_cancelled"]) == ("cancelled", 1, 19)
    assert set(engine.beat(me, running, later(6))) == {"cancelled"}
    assert engine.outcomes(running[0]) == ["cancelled"]
    assert engine.fail(running[0]) is False
    with pytest.raises(Exception) as fenced:
        engine.fetcher().store(running[0], [])
    assert fenced.value.pgcode == "DD001"
    assert engine.job(other)["state"] == "running"


def test_what_has_ended_cannot_be_cancelled(engine):
    engine.dealers("1")
    job = engine.submit(["1"])
    engine.fail(engine.lease()[0])
    with pytest.raises(Exception) as ended:
        cancel(engine, job)
    assert ended.value.pgcode == "DD030"
    assert engine.value("SELECT jobs.cancel_job(%s, %s, 'admin')", [NOW, str(uuid.uuid4())]) is False


def test_a_storing_transaction_is_left_to_end_by_itself(engine):
    engine.dealers("1")
    job = engine.submit(["1"], "2026-01-01 00:00:00", "2026-01-03 23:59:59")
    fetcher = engine.fetcher()
    task = engine.lease()[0]
    fetcher.sql("BEGIN")
    fetcher.stage([{"dealer_id": "1", "id_prospect": "P1"}])
    fetcher.sql("SELECT jobs.begin_store(%s, 1)", [task["task_id"]])
    cancel(engine, job)
    engine.sql("SET lock_timeout = 2000")
    assert step(engine) == 2 and step(engine) == 0
    fetcher.flush(task)
    fetcher.sql("COMMIT")
    final = engine.job(job)
    assert (final["state"], final["tasks_succeeded"], final["tasks_cancelled"]) == ("cancelled", 1, 2)
    engine.check_counters()


def test_a_job_of_an_inactive_dealer_can_be_cancelled(engine):
    engine.dealers("1")
    job = engine.submit(["1"])
    engine.sql("UPDATE dealer.dealers SET is_active = false")
    assert waits(engine) == {"1": "dealer_inactive"}
    cancel(engine, job)
    assert step(engine) == 1 and engine.job(job)["state"] == "cancelled"


# ---- telling ----

def test_what_is_told_of_an_upstream(engine):
    now = datetime.now(timezone.utc)
    upstream = engine.upstream(quota=100, quota_reserve=25, calls_per_minute=60, burst=10)
    one = engine.credential(upstream)
    engine.dealer("1", one)
    engine.dealer("2", one)
    engine.dealer("3", engine.credential(upstream))
    engine.credential(upstream)
    engine.submit(["1", "2", "3"])
    tasks = engine.lease(3, at=now)
    engine.fail(next(t for t in tasks if t["dealer_id"] == "3"), at=now + timedelta(seconds=1),
                code="upstream.credential", effect="flag")
    scheduler = engine.connect("scheduler")
    told = scheduler.run("scheduler_upstream_state", "sim")[0]
    assert {k: told[k] for k in ("breaker", "failures", "in_flight", "concurrency", "queued", "paused", "burst")} == {
        "breaker": "closed", "failures": 0, "in_flight": 2, "concurrency": 64, "queued": 0, "paused": False, "burst": 10}
    assert 7 <= told["tokens"] <= 10
    first, second = scheduler.run("scheduler_upstream_credentials", "sim")
    assert (first["dealer_ids"], first["in_flight"], first["quota_used"], first["quota_left"], first["quota_reserve"],
            first["flagged_at"]) == (["1", "2"], 2, 2, 98, 25, None)
    assert second["dealer_ids"] == ["3"] and second["flag_code"] == "upstream.credential" and second["flagged_at"]
    assert scheduler.run("scheduler_upstream_state", "none") == []


# ---- priority starves nobody ----

def served(engine, n, want=1, at=NOW):
    """The priorities of n calls that are leased one lease after the other, each of them ended at once."""
    found = []
    while len(found) < n:
        tasks = engine.lease(want, at=at)
        found += [engine.task(task)["priority"] for task in tasks]
        for task in tasks:
            engine.fail(task)
    return found


@pytest.mark.parametrize("settings", [{"concurrency": 1}, {"credential_concurrency": 1}, {}])
def test_one_call_of_eight_goes_to_what_priority_passes_over(engine, settings):
    engine.dealers("1", "2", "3", **settings)
    engine.submit(["2"], *DAYS, priority=2)
    engine.submit(["3"], *DAYS, priority=3)
    engine.submit(["1"], *MONTH, priority=0)
    assert served(engine, 7) == [0] * 7
    assert [served(engine, 8) for _ in range(3)] == [[2, *[0] * 7], [3, *[0] * 7], [2, *[0] * 7]]
    engine.check_counters()


def test_a_large_lease_shares_likewise(engine):
    engine.dealers("1", "2")
    engine.submit(["2"], *MONTH, priority=2)
    engine.submit(["1"], "2026-01-01 00:00:00", "2026-04-10 23:59:59", priority=0)
    assert served(engine, 96, want=16).count(2) == 10
    engine.check_counters()


def test_while_there_is_no_room_the_claim_is_kept(engine):
    engine.dealers("1", "2", concurrency=1)
    engine.submit(["2"], *DAYS, priority=2)
    engine.submit(["1"], *MONTH, priority=0)
    assert served(engine, 6) == [0] * 6
    last = engine.lease()[0]
    assert engine.lease() == engine.lease() == []
    engine.fail(last)
    assert served(engine, 1) == [2]


def test_who_cannot_be_served_has_no_claim(engine):
    engine.dealers("1", "2", concurrency=1)
    engine.submit(["2"], *DAYS, priority=2)
    engine.submit(["1"], *MONTH, priority=0)
    pause(engine, "dealer", "2")
    assert served(engine, 10) == [0] * 10
    engine.sql("DELETE FROM jobs.pause")
    assert served(engine, 5) == [0] * 4 + [2], "counted anew since the eighth"
