"""Freshness targets: when data count as stale, when they are fetched, and what stands in the way."""

from datetime import timedelta

import pytest
from engine import NOW, later

MINUTE = timedelta(minutes=1)
HOURS = timedelta(hours=1)
ZONE = timedelta(hours=7)  # Jakarta: NOW is noon


@pytest.fixture
def target(engine):
    """A dealer whose data shall not be older than two hours, set a day ago."""
    upstream = engine.upstream(quota=100, quota_reserve=20)
    credential = engine.credential(upstream)
    engine.dealer("10001", credential)
    set_target(engine, "10001", at=NOW - 24 * HOURS)
    return {"upstream": upstream, "credential": credential}


def set_target(engine, dealer, minutes=120, at=NOW, active=True):
    engine.sql("SELECT jobs.set_freshness(%s, %s, 'prsp', %s, %s, 'admin')", [at, dealer, minutes, active])


def fetched(engine, began, dealer="10001", days=2, hole=None):
    """Coverage as a call leaves it that began then and reached back so many days."""
    certain = began + ZONE - HOURS
    for n in range(days + 1):
        day = (certain.replace(tzinfo=None) - timedelta(days=days - n)).date()
        end = f"LEAST('{day + timedelta(days=1)}'::timestamp, '{certain.replace(tzinfo=None)}'::timestamp)"
        covered = f"tsmultirange(tsrange('{day}', {end}))"
        if hole == days - n:
            covered = "'{}'::tsmultirange"
        engine.sql(f"""INSERT INTO jobs.coverage (dealer_id, feed, day, covered, asked_at)
                       VALUES (%s, 'prsp', '{day}', {covered}, %s)
                       ON CONFLICT (dealer_id, feed, day) DO UPDATE
                       SET covered = excluded.covered, asked_at = excluded.asked_at""", [dealer, began])


def check(engine, at=NOW, every="0 seconds"):
    return engine.sql("SELECT * FROM jobs.check_freshness(%s, %s::interval, 100)", [at, every])


def state(engine, dealer="10001"):
    row = engine.sql("SELECT state, reason FROM jobs.freshness WHERE dealer_id = %s", [dealer])[0]
    return row["state"], row["reason"]


def test_age_counts_from_the_call_that_reached_its_present(engine, target):
    fetched(engine, NOW - 30 * MINUTE)
    assert check(engine) == [] and state(engine) == ("fresh", None)
    assert engine.value("SELECT fetched_at FROM jobs.freshness") == NOW - 30 * MINUTE


def test_fetch_comes_before_the_time_is_over(engine, target):
    fetched(engine, NOW)
    assert check(engine, NOW + 95 * MINUTE) == []
    asked = check(engine, NOW + 109 * MINUTE)
    assert [(row["dealer_id"], row["feed"], row["ask"], row["late"]) for row in asked] == [
        ("10001", "prsp", True, False)]
    assert state(engine) == ("due", None)


def test_stale_is_told_once(engine, target):
    fetched(engine, NOW)
    check(engine, NOW + 110 * MINUTE)
    told = check(engine, NOW + 121 * MINUTE)
    assert [(row["late"], row["reason"], row["age_minutes"]) for row in told] == [(True, "late", 121)]
    assert all(not row["late"] for row in check(engine, NOW + 125 * MINUTE))
    fetched(engine, NOW + 126 * MINUTE)
    assert check(engine, NOW + 127 * MINUTE) == [] and state(engine) == ("fresh", None)


def test_calls_of_one_job_may_begin_minutes_apart(engine, target):
    fetched(engine, NOW - 30 * MINUTE)
    engine.sql("UPDATE jobs.coverage SET asked_at = %s WHERE day = '2026-03-19'", [NOW - 20 * MINUTE])
    check(engine)
    assert engine.value("SELECT fetched_at FROM jobs.freshness") == NOW - 30 * MINUTE


def test_hole_before_holds_the_age_back(engine, target):
    fetched(engine, NOW, hole=1)
    check(engine)
    assert state(engine) == ("stale", "late")


def test_target_just_set_is_not_late_at_once(engine, target):
    engine.dealer("10002", target["credential"])
    set_target(engine, "10002")
    told = [row for row in check(engine) if row["dealer_id"] == "10002"]
    assert [(row["ask"], row["late"]) for row in told] == [(True, False)]
    told = [row for row in check(engine, NOW + 30 * MINUTE) if row["dealer_id"] == "10002"]
    assert [(row["late"], row["reason"]) for row in told] == [(True, "never_fetched")]


def test_fetch_that_did_not_help_is_not_repeated_at_once(engine, target):
    asked = [minute for minute in range(0, 60) if any(row["ask"] for row in check(engine, NOW + minute * MINUTE))]
    assert asked == [0, 12, 24, 36, 48]


def test_nothing_is_asked_while_a_job_that_reaches_today_is_open(engine, target):
    for to, pending in (("2026-03-18 23:59:59", False), ("2026-03-20 23:59:59", True)):
        engine.sql("""INSERT INTO jobs.job_record (id, feeds, from_at, to_at, priority, requested_by, tasks_total,
                                                   created_at)
                      VALUES (gen_random_uuid(), '{prsp}', '2026-03-18', %s, 3, 'x', 1, %s)""", [to, NOW])
        engine.sql("INSERT INTO jobs.job_dealer SELECT '10001', id FROM jobs.job_record ON CONFLICT DO NOTHING")
        engine.sql("""INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority,
                                             created_at)
                      SELECT id, 0, 0, '10001', 'prsp', from_at, to_at, 3, created_at FROM jobs.job_record""")
        engine.sql("INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) SELECT '10001', id, job_id FROM jobs.task "
                   "ON CONFLICT DO NOTHING")
        engine.sql("UPDATE jobs.freshness SET asked_at = NULL")
        assert any(row["ask"] for row in check(engine)) == (not pending)


def test_freshness_does_not_wait_for_another_dealers_calls(engine, target):
    """Nor for calls of its own that reach nothing new: today's has ended, those before wait in a long queue."""
    engine.dealer("10002", engine.credential(target["upstream"]))
    engine.submit(["10001", "10002"], "2026-03-19 00:00:00", "2026-03-20 23:59:59", minutes=1440)

    def pending(dealer):
        return engine.value("SELECT jobs.fetch_pending(%s, %s, 'prsp')", [NOW, dealer])

    assert pending("10001") and pending("10002")
    tasks = {(t["dealer_id"], t["from_at"].day): t for t in engine.lease(4)}
    assert pending("10001")
    engine.fetcher().store(tasks["10001", 20], [])
    assert not pending("10001") and pending("10002")
    assert not engine.value("SELECT jobs.fetch_pending(%s, '10002', 'other')", [NOW])


def test_freshness_does_not_wait_for_a_job_that_is_being_cancelled(engine, target):
    job = engine.submit(["10001"], "2026-03-20 00:00:00", "2026-03-20 23:59:59")
    assert not any(row["ask"] for row in check(engine))
    engine.sql("SELECT jobs.cancel_job(%s, %s, 'admin')", [NOW, job])
    assert check(engine)[0]["ask"]


@pytest.mark.parametrize("reason,spoil", [
    ("dealer", "UPDATE dealer.dealers SET is_active = false"),
    ("paused", "INSERT INTO jobs.pause (scope, target, paused_by, paused_at) VALUES ('dealer', '10001', 'x', now())"),
    ("paused", "INSERT INTO jobs.pause (scope, target, paused_by, paused_at) VALUES ('upstream', 'sim', 'x', now())"),
    ("credential", "INSERT INTO jobs.credential_state (credential_id, flagged_at) SELECT id, now() FROM dealer.credential"),
    ("quota", "INSERT INTO jobs.credential_state (credential_id, quota_day, calls) "
              "SELECT id, '2026-03-20', 80 FROM dealer.credential"),
    ("blocked", "INSERT INTO jobs.credential_state (credential_id, blocked_until) "
                "SELECT id, '2026-03-21' FROM dealer.credential"),
    ("breaker", "INSERT INTO jobs.upstream_state (upstream_id, open_until) SELECT id, '2026-03-21' FROM dealer.upstream"),
])
def test_obstacle_is_named_and_nothing_is_asked(engine, target, reason, spoil):
    engine.sql(spoil)
    told = check(engine)
    assert [(row["ask"], row["late"], row["reason"]) for row in told] == [(False, True, reason)]
    engine.sql("DELETE FROM jobs.pause")


def test_a_flag_is_no_obstacle_once_the_credential_was_changed(engine, target):
    engine.sql("INSERT INTO jobs.credential_state (credential_id, flagged_at) SELECT id, now() FROM dealer.credential")
    engine.sql("UPDATE dealer.credential SET updated_at = now() + interval '1 second'")
    assert check(engine)[0]["ask"]


def test_yesterdays_quota_is_no_obstacle(engine, target):
    engine.sql("INSERT INTO jobs.credential_state (credential_id, quota_day, calls) "
               "SELECT id, '2026-03-19', 100 FROM dealer.credential")
    assert check(engine)[0]["ask"]


def test_targets_off_are_left_alone(engine, target):
    set_target(engine, "10001", active=False)
    assert check(engine) == [] and state(engine) == ("off", None)


def test_two_schedulers_never_look_at_the_same_target(engine, target):
    first, second = engine.connect("scheduler"), engine.connect("scheduler")
    first.link.autocommit = False
    assert [row["ask"] for row in check(first)] == [True]
    assert check(second) == []
    first.link.commit()
    assert check(second, later(5), "10 seconds") == []


def test_dealers_are_spread(engine, target):
    moments = set()
    for n in range(40):
        code = f"2{n:04}"
        engine.dealer(code, target["credential"])
        set_target(engine, code, at=NOW - 24 * HOURS)
        fetched(engine, NOW, code)
    fetched(engine, NOW)
    for minute in range(94, 110):
        moments |= {minute for row in check(engine, NOW + minute * MINUTE) if row["ask"]}
    assert len(moments) > 6 and min(moments) >= 96 and max(moments) <= 109


def test_failed_fetch_is_the_reason(engine, target):
    engine.sql("""INSERT INTO jobs.job_record (id, feeds, from_at, to_at, priority, requested_by, tasks_total,
                                               tasks_failed, state, created_at, finished_at)
                  VALUES (gen_random_uuid(), '{prsp}', '2026-03-18', '2026-03-20', 2, 'x', 1, 1, 'failed', %s, %s)""",
               [NOW, NOW])
    engine.sql("SELECT jobs.note_freshness('{10001}', 'prsp', (SELECT id FROM jobs.job_record))")
    assert check(engine)[0]["reason"] == "failing"
