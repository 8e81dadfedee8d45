"""Ticks of schedules: claimed once, started once, whoever looks and whoever dies."""

import random
import threading
import uuid
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from engine import NOW, Connection, later
from system import wait_for

MINUTE = timedelta(minutes=1)


def add(engine, first=NOW, **changed):
    """A schedule of every minute whose next tick is `first`; its id."""
    row = {"name": "s", "kind": "custom", "cron": "* * * * *", "zone": "Asia/Jakarta", "jitter": 0, "catch_up": "all",
           "all": True, "dealers": [], "feeds": ["prsp"], "overlap_hours": None, "overlap_policy": "queue",
           "active": True, "by": "admin", **changed}
    identity = engine.value("SELECT jobs.new_schedule_id()")
    engine.sql("SELECT jobs.add_schedule(%s, %s, " + ", ".join(["%s"] * 13) + ", %s, %s)",
               [NOW, identity, *row.values(), first, first])
    return identity


def claim(connection, schedule, version, ticks, reasons=None):
    next_at = ticks[-1] + MINUTE
    return connection.value(
        "SELECT jobs.claim_ticks(%s, %s, %s, %s::timestamptz[], %s::timestamptz[], %s::text[], %s, %s)",
        [ticks[-1], schedule, version, ticks, ticks, reasons or [""] * len(ticks), next_at, next_at])


def ticks_of(engine, schedule):
    return engine.sql("SELECT at, state, reason, job_id FROM jobs.tick WHERE schedule_id = %s ORDER BY at", [schedule])


def job(engine, schedule, kind="schedule", state="running"):
    """A job of a schedule, and a call of it that waits for its next try."""
    identity = str(uuid.uuid4())
    engine.sql("""INSERT INTO jobs.job_record (id, kind, schedule_id, feeds, from_at, to_at, priority, requested_by,
                                               state, tasks_total, created_at)
                  VALUES (%s, %s, %s, '{prsp}', '2026-03-20', '2026-03-20', 2, 'admin', %s, 1, %s)""",
               [identity, kind, schedule, state, NOW])
    engine.sql("""INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority,
                                         ready, not_before, created_at)
                  VALUES (%s, 0, 0, '1', 'prsp', '2026-03-20', '2026-03-20', 2, false, %s, %s)""",
               [identity, later(60), NOW])
    return identity


def test_claim_counts_only_on_the_version_it_was_computed_from(engine):
    schedule = add(engine)
    assert claim(engine, schedule, 1, [NOW])
    assert not claim(engine, schedule, 1, [NOW])
    assert not claim(engine, schedule, 1, [NOW + MINUTE])
    assert [t["at"] for t in ticks_of(engine, schedule)] == [NOW]


def test_tick_is_unique_by_schedule_and_time(engine):
    schedule, other = add(engine), add(engine)
    assert claim(engine, schedule, 1, [NOW])
    with pytest.raises(psycopg2.errors.UniqueViolation):
        claim(engine, schedule, 2, [NOW])
    assert claim(engine, other, 1, [NOW])


def test_two_schedulers_at_the_same_instant_claim_once(engine):
    schedule = add(engine)
    first, second = engine.connect("scheduler"), engine.connect("scheduler")
    first.link.autocommit = False
    assert claim(first, schedule, 1, [NOW])
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(claim(second, schedule, 1, [NOW])))
    waiting.start()
    first.link.commit()
    waiting.join()
    assert answers == [False] and len(ticks_of(engine, schedule)) == 1


def test_racing_schedulers_leave_no_gap_and_no_double(engine, shared_database):
    schedule = add(engine)
    end = NOW + timedelta(hours=2)
    seeds = random.Random(20260320)

    def run(seed):
        """Claims what is due by a clock of its own, and now and then dies in a transaction."""
        dice = random.Random(seed)
        link = Connection(shared_database, "scheduler")
        clock = NOW
        while clock < end:
            row = link.sql("SELECT version, next_at FROM jobs.schedule WHERE id = %s", [schedule])[0]
            due = []
            while row["next_at"] + len(due) * MINUTE <= clock:
                due.append(row["next_at"] + len(due) * MINUTE)
            if due:
                link.link.autocommit = dice.random() < 0.7
                claim(link, schedule, row["version"], due)
                if not link.link.autocommit:
                    link.close()
                    link = Connection(shared_database, "scheduler")
            clock += timedelta(seconds=dice.randrange(1, 120))
        link.close()

    threads = [threading.Thread(target=run, args=[seeds.random()]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [t["at"] for t in ticks_of(engine, schedule)]
    last = engine.value("SELECT next_at FROM jobs.schedule WHERE id = %s", [schedule])
    assert found == [NOW + i * MINUTE for i in range(len(found))] and len(found) > 60
    assert last == found[-1] + MINUTE


def test_paused_schedule_is_not_claimed(engine):
    schedule = add(engine, active=False)
    assert not claim(engine, schedule, 1, [NOW])


def test_missed_ticks_keep_their_reason(engine):
    schedule = add(engine)
    assert claim(engine, schedule, 1, [NOW, NOW + MINUTE, NOW + 2 * MINUTE], ["missed", "merged", ""])
    assert [(t["state"], t["reason"]) for t in ticks_of(engine, schedule)] == [
        ("skipped", "missed"), ("skipped", "merged"), ("waiting", None)]


def test_tick_is_left_out_while_the_run_before_is_unfinished(engine):
    schedule = add(engine, overlap_policy="skip")
    job(engine, schedule, kind="manual")  # run now does not disturb
    assert claim(engine, schedule, 1, [NOW])
    assert claim(engine, schedule, 2, [NOW + MINUTE])  # the first one waits
    running = job(engine, schedule)
    engine.sql("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)", [NOW, schedule, NOW, running])
    assert claim(engine, schedule, 3, [NOW + 2 * MINUTE])
    engine.sql("UPDATE jobs.job_record SET state = 'failed' WHERE id = %s", [running])
    assert claim(engine, schedule, 4, [NOW + 3 * MINUTE])
    assert [(t["state"], t["reason"]) for t in ticks_of(engine, schedule)] == [
        ("started", None), ("skipped", "overlap"), ("skipped", "overlap"), ("waiting", None)]


def two_dealers(engine, **settings):
    """Dealers 1 and 2, each with its own credential."""
    upstream = engine.upstream(**settings)
    for code in ("1", "2"):
        engine.dealer(code, engine.credential(upstream))


HELD = {
    "paused": "INSERT INTO jobs.pause (scope, target, paused_by, paused_at) VALUES ('dealer', '2', 'x', now())",
    "inactive": "UPDATE dealer.dealers SET is_active = false WHERE dealer_id = '2'",
    "no credential": "UPDATE dealer.dealers SET credential_id = NULL WHERE dealer_id = '2'",
    "refused": "INSERT INTO jobs.credential_state (credential_id, flagged_at) "
               "SELECT credential_id, now() FROM dealer.dealers WHERE dealer_id = '2'"}


@pytest.mark.parametrize("overlap_policy", ["skip", "queue"])
@pytest.mark.parametrize("hold", HELD)
def test_a_dealer_that_is_held_does_not_end_the_schedule_of_all_others(engine, hold, overlap_policy):
    two_dealers(engine)
    schedule = add(engine, overlap_policy=overlap_policy)
    assert claim(engine, schedule, 1, [NOW])
    run = engine.submit(["1", "2"], kind="schedule")
    engine.value("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)", [NOW, schedule, NOW, run])
    engine.sql(HELD[hold])
    assert lock(engine) is None and engine.value("SELECT jobs.schedule_runs(%s)", [schedule])
    task, = engine.lease(8)
    assert task["dealer_id"] == "1" and engine.value("SELECT jobs.schedule_runs(%s)", [schedule])
    engine.fail(task, later(60))
    assert engine.value("SELECT jobs.schedule_runs(%s)", [schedule])
    engine.value("SELECT jobs.promote(%s)", [later(60)])
    assert engine.value("SELECT jobs.schedule_runs(%s)", [schedule])
    engine.fetcher().store(engine.lease(at=later(60))[0], [])
    assert engine.job(run)["finished_at"] is None and not engine.value("SELECT jobs.schedule_runs(%s)", [schedule])
    assert claim(engine, schedule, 2, [NOW + MINUTE])
    assert ticks_of(engine, schedule)[1]["reason"] is None and lock(engine) == (schedule, NOW + MINUTE)


def test_a_next_try_of_a_dealer_that_is_held_does_not_hold_up_the_others(engine):
    two_dealers(engine)
    schedule = add(engine)
    claim(engine, schedule, 1, [NOW])
    run = engine.submit(["2"], "2026-03-01 00:00:00", "2026-03-02 23:59:59", minutes=1440, kind="schedule")
    engine.value("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)", [NOW, schedule, NOW, run])
    engine.fail(engine.lease()[0], later(3600))
    assert engine.value("SELECT jobs.schedule_runs(%s)", [schedule])
    engine.sql(HELD["paused"])
    assert not engine.value("SELECT jobs.schedule_runs(%s)", [schedule])


def test_a_run_that_its_upstream_keeps_waiting_goes_on(engine):
    two_dealers(engine)
    schedule = add(engine, overlap_policy="skip")
    claim(engine, schedule, 1, [NOW])
    engine.value("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)",
                 [NOW, schedule, NOW, engine.submit(["1", "2"], kind="schedule")])
    engine.sql("INSERT INTO jobs.upstream_state (upstream_id, open_until) SELECT id, 'infinity' FROM dealer.upstream")
    assert engine.value("SELECT jobs.schedule_runs(%s)", [schedule])


def test_a_paused_dealer_of_a_shared_call_does_not_end_the_schedule_of_all_others(engine):
    engine.dealers("1", "2")
    schedule = add(engine)
    claim(engine, schedule, 1, [NOW])
    day = (datetime(2026, 3, 1), datetime(2026, 3, 1, 23, 59, 59))
    shared = engine.submit_calls(["1", "2"], [engine.value("SELECT id FROM dealer.credential")] * 2, [(-1, 1, *day)],
                                 *day, members=[(1, 1), (1, 2)], kind="schedule")["job_id"]
    engine.value("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)", [NOW, schedule, NOW, shared])
    assert engine.value("SELECT jobs.schedule_runs(%s)", [schedule])
    engine.sql(HELD["paused"])
    assert not engine.value("SELECT jobs.schedule_runs(%s)", [schedule])


@pytest.mark.parametrize("hold, group, waits, planned", [
    ("paused", False, False, ["1", "2"]), ("paused", False, True, ["1"]), ("refused", False, True, ["1"]),
    ("paused", True, False, ["1"]), (None, False, True, ["1", "2"])])
def test_a_schedule_is_planned_without_a_dealer_that_would_wait_again(engine, hold, group, waits, planned):
    """Its calls wait once: they run when it is set free. A shared call would keep the others waiting."""
    two_dealers(engine, group_calls=group)
    schedule = add(engine)
    if waits:
        claim(engine, schedule, 1, [NOW])
        engine.value("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)",
                     [NOW, schedule, NOW, engine.submit(["1", "2"], kind="schedule")])
    if hold:
        engine.sql(HELD[hold])

    def active(of):
        rows = engine.connect("scheduler").run("scheduler_plan_dealers", None, "absent", "", "absent", "", 2, of)
        return sorted(row["code"] for row in rows if row["active"])

    assert (active(schedule), active(None)) == (planned, ["1", "2"])


def test_waiting_ticks_are_bounded(engine):
    schedule = add(engine)
    ticks = [NOW + i * MINUTE for i in range(1003)]
    assert claim(engine, schedule, 1, ticks)
    found = ticks_of(engine, schedule)
    assert [t["reason"] for t in found[998:]] == [None, None, "queue_full", "queue_full", "queue_full"]


def lock(connection, after=0):
    found = connection.sql("SELECT schedule_id, at FROM jobs.lock_tick(%s)", [after])
    return (found[0]["schedule_id"], found[0]["at"]) if found else None


def test_queued_ticks_start_one_after_the_other(engine):
    schedule = add(engine)
    claim(engine, schedule, 1, [NOW, NOW + MINUTE])
    assert lock(engine) == (schedule, NOW)
    first = job(engine, schedule)
    assert engine.value("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)", [NOW, schedule, NOW, first])
    assert lock(engine) is None
    engine.sql("UPDATE jobs.job_record SET state = 'succeeded' WHERE id = %s", [first])
    assert lock(engine) == (schedule, NOW + MINUTE)


def test_tick_that_somebody_starts_is_not_seen_by_others(engine):
    early, late = add(engine), add(engine)
    claim(engine, early, 1, [NOW])
    claim(engine, late, 1, [NOW])
    first, second = engine.connect("scheduler"), engine.connect("scheduler")
    first.link.autocommit = False
    assert lock(first) == (early, NOW)
    assert lock(second) == (late, NOW)
    first.close()  # dies: the tick still waits
    wait_for("the tick", lambda: lock(second) == (early, NOW))
    assert lock(second, after=early) == (late, NOW)


def test_tick_ends_once(engine):
    schedule = add(engine)
    claim(engine, schedule, 1, [NOW])
    made = job(engine, schedule)
    assert engine.value("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)", [later(1), schedule, NOW, made])
    assert not engine.value("SELECT jobs.end_tick(%s, %s, %s, NULL, 'late')", [later(2), schedule, NOW])
    assert ticks_of(engine, schedule)[0] == {"at": NOW, "state": "started", "reason": None, "job_id": made}


def test_pausing_takes_waiting_ticks_back(engine):
    schedule = add(engine)
    claim(engine, schedule, 1, [NOW, NOW + MINUTE])
    made = job(engine, schedule)
    engine.sql("SELECT jobs.end_tick(%s, %s, %s, %s, NULL)", [NOW, schedule, NOW, made])
    row = ["s", "custom", "* * * * *", "Asia/Jakarta", 0, "all", True, [], ["prsp"], None, "queue", False, "eve"]
    marks = ", ".join(["%s"] * len(row))
    text = f"SELECT jobs.change_schedule(%s, %s, %s, {marks}, %s, %s)"
    assert not engine.value(text, [later(9), schedule, 1, *row, NOW, NOW])
    assert engine.value(text, [later(9), schedule, 2, *row, NOW, NOW])
    assert [(t["state"], t["reason"]) for t in ticks_of(engine, schedule)] == [
        ("started", None), ("skipped", "paused")]
    told = engine.sql("SELECT active, paused_by, paused_at FROM jobs.schedule")[0]
    assert told == {"active": False, "paused_by": "eve", "paused_at": later(9)}


def test_schedule_names_what_is_there(engine):
    with pytest.raises(psycopg2.Error) as error:
        add(engine, all=False, dealers=["nobody"])
    assert error.value.pgcode == "DD010"
    with pytest.raises(psycopg2.Error) as error:
        add(engine, feeds=["spk0"])
    assert error.value.pgcode == "DD016"
    with pytest.raises(psycopg2.Error) as error:
        add(engine, all=False)
    assert error.value.pgcode == "DD017"


def test_zone_tables_agree_with_the_clock(engine):
    """Offsets that PostgreSQL tells, and the zones of this machine."""
    link = engine.connect("scheduler")
    for name in ("Asia/Jakarta", "Asia/Jayapura", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                 "Africa/Casablanca", "UTC"):
        changes = link.run("scheduler_zone_offsets", name)
        zone = ZoneInfo(name)
        assert len(changes) < 64
        for i, change in enumerate(changes):
            at = datetime.fromtimestamp(change["at_ms"] / 1000, timezone.utc)
            offset = timedelta(milliseconds=change["offset_ms"])
            assert at.astimezone(zone).utcoffset() == offset, (name, at)
            if i:
                assert (at - timedelta(seconds=1)).astimezone(zone).utcoffset() != offset, (name, at)
        wanted = {(at.astimezone(zone).utcoffset()) for day in range(6 * 365)
                  for at in [datetime.now(timezone.utc) + timedelta(days=day)]}
        assert wanted <= {timedelta(milliseconds=change["offset_ms"]) for change in changes}
    assert link.run("scheduler_zone_offsets", "UTC+3") == []
    with pytest.raises(psycopg2.errors.InvalidParameterValue):
        link.run("scheduler_zone_offsets", "Mars/Olympus")
