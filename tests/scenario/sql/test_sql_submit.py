"""A job is written with its calls and queued, once."""

import threading
import time
from datetime import datetime, timedelta

import psycopg2
import pytest
from engine import NOW, Connection

DAY = (datetime(2026, 3, 1), datetime(2026, 3, 1, 23, 59, 59))
WINDOW = ("2026-03-01 00:00:00", "2026-03-01 23:59:59")


def windows(engine, job):
    return [(str(row["from_at"]), str(row["to_at"])) for row in
            engine.sql("SELECT from_at, to_at FROM jobs.task WHERE job_id = %s ORDER BY id", [job])]


def credential(engine):
    return engine.value("SELECT min(id) FROM dealer.credential")


def once(engine, calls=1, by=None, **more):
    return engine.submit_calls(["12284"], [credential(engine)], [(1, 1, *DAY)] * calls, *WINDOW, by=by, **more)


def code_of(call):
    with pytest.raises(psycopg2.Error) as error:
        call()
    return error.value.pgcode


def test_calls_keep_their_order(engine):
    engine.dealers("12284", "12285")
    days = [(place, 1, datetime(2026, 3, day), datetime(2026, 3, day, 23, 59, 59))
            for day, place in ((9, 2), (3, 1), (7, 2), (1, 1))]
    job = engine.submit_calls(["12284", "12285"], [credential(engine)] * 2, days, *WINDOW)["job_id"]
    assert [w[0][8:10] for w in windows(engine, job)] == ["09", "03", "07", "01"]
    assert [row["dealer_id"] for row in engine.sql("SELECT dealer_id FROM jobs.task ORDER BY id")] == [
        "12285", "12284", "12285", "12284"]
    engine.check_counters()


def test_tasks_of_all_dealers_wake_the_schedulers(engine):
    engine.dealers("1", "2", "3")
    scheduler = engine.connect("scheduler")
    scheduler.sql("LISTEN dd_ready")
    scheduler.sql("LISTEN dd_job")
    job = engine.submit(["3", "1", "2"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    assert engine.job(job)["tasks_total"] == 6
    assert [row["dealer_id"] for row in
            engine.sql("SELECT dealer_id FROM jobs.job_dealer WHERE job_id = %s ORDER BY 1", [job])] == ["1", "2", "3"]
    assert sorted(scheduler.notified(2)) == [("dd_job", job), ("dd_ready", "")]
    engine.check_counters()


def test_a_shared_call_covers_its_members(engine):
    engine.dealers("1", "2", "3")
    calls = [(-1, 1, *DAY), (3, 1, *DAY)]
    job = engine.submit_calls(["1", "2", "3"], [credential(engine)] * 3, calls, *WINDOW,
                              members=[(1, 1), (1, 2)])["job_id"]
    found = engine.sql("SELECT t.dealer_id AS asked, array_agg(d.dealer_id ORDER BY d.dealer_id)::text AS covered "
                       "FROM jobs.task t JOIN jobs.task_dealer d ON d.task_id = t.id WHERE t.job_id = %s "
                       "GROUP BY t.id ORDER BY t.id", [job])
    assert [tuple(row.values()) for row in found] == [("*", "{1,2}"), ("3", "{3}")]
    assert engine.value("SELECT queued FROM jobs.lane WHERE dealer_id = '*'") == 1


def test_by_the_schedulers_statement(engine):
    engine.dealers("12284")
    scheduler = engine.connect("scheduler")
    job = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"
    parameters = [job, "manual", None, ["prsp"], 1772323200, 1772409599, 2, "admin", "00ff", "key", "me", "aa",
                  ["12284"], [credential(engine)], [1], [1], [1772323200], [1772409599], [], [], 1]
    assert scheduler.run("scheduler_submit", *parameters) == [{"job_id": job, "outcome": "made"}]
    assert scheduler.run("scheduler_submit", *parameters) == [{"job_id": job, "outcome": "replayed"}]
    assert engine.sql("SELECT urgent FROM jobs.task") == [{"urgent": True}]
    assert scheduler.run("scheduler_replay_key", "me", "key", "aa") == [{"job_id": job}]
    assert scheduler.run("scheduler_replay_key", "you", "key", "aa") == [{"job_id": None}]
    assert scheduler.run("scheduler_forget_keys") == [{"forgotten": 0}]
    assert windows(engine, job) == [WINDOW]
    engine.check_counters()


def test_too_many_calls_and_none(engine):
    engine.dealers("12284")
    assert code_of(lambda: once(engine, 50001)) == "DD018"
    assert code_of(lambda: once(engine, 0)) == "DD018"
    assert engine.sql("SELECT * FROM jobs.job") == [] and engine.sql("SELECT * FROM jobs.lane") == []


@pytest.mark.parametrize("change", [
    "UPDATE dealer.dealers SET is_active = false",
    "UPDATE dealer.dealers SET credential_id = (SELECT max(id) FROM dealer.credential)",
    "UPDATE dealer.dealers SET credential_id = NULL",
    "DELETE FROM dealer.dealers",
])
def test_a_dealer_that_changed_since_the_plan(engine, change):
    engine.dealers("12284")
    engine.credential(engine.upstream("other"))
    changer = engine.keep(Connection(engine.url))
    other = engine.keep(Connection(engine.url))
    changer.sql("BEGIN")
    changer.sql(change)
    found = []
    job = threading.Thread(target=lambda: found.append(code_of(lambda: once(engine, by=other))))
    job.start()
    time.sleep(0.3)
    changer.sql("COMMIT")
    job.join()
    assert found == ["DD022"] and engine.sql("SELECT * FROM jobs.job") == []


# ---- the same key ----

KEYED = {"key": "k1", "principal": "me", "request": b"one"}


def test_the_same_key_and_request_get_the_same_job(engine):
    engine.dealers("12284")
    first = once(engine, **KEYED)
    assert first["outcome"] == "made"
    assert once(engine, **KEYED) == {"job_id": first["job_id"], "outcome": "replayed"}
    assert once(engine, **{**KEYED, "principal": "you"})["outcome"] == "made"
    assert code_of(lambda: once(engine, **{**KEYED, "request": b"two"})) == "DD021"
    assert engine.value("SELECT count(*) FROM jobs.job") == 2


def test_a_key_lives_for_a_day(engine):
    engine.dealers("12284")
    first = once(engine, **KEYED)
    assert once(engine, **KEYED, at=NOW + timedelta(hours=23))["outcome"] == "replayed"
    tomorrow = NOW + timedelta(hours=24)
    again = once(engine, **{**KEYED, "request": b"two"}, at=tomorrow)
    assert again["outcome"] == "made" and again["job_id"] != first["job_id"]
    assert engine.value("SELECT jobs.forget_keys(%s)", [tomorrow]) == 0
    assert engine.value("SELECT jobs.forget_keys(%s)", [tomorrow + timedelta(days=1)]) == 1


def test_old_keys_are_forgotten_in_small_steps(engine):
    engine.dealers("12284")
    job = once(engine)["job_id"]
    engine.sql("INSERT INTO jobs.idempotency SELECT 'me', n::text, '', %s, %s FROM generate_series(1, 1200) n",
               [job, NOW])
    later = NOW + timedelta(days=1)
    assert [engine.value("SELECT jobs.forget_keys(%s)", [later]) for _ in range(4)] == [500, 500, 200, 0]


def test_a_key_in_use(engine):
    engine.dealers("12284")
    first, second = engine.keep(Connection(engine.url)), engine.keep(Connection(engine.url))
    first.sql("BEGIN")
    second.sql("SET lock_timeout = '3s'")
    made = once(engine, by=first, **KEYED)
    assert code_of(lambda: once(engine, by=second, **KEYED)) == "DD020"
    first.sql("COMMIT")
    assert once(engine, by=second, **KEYED) == {"job_id": made["job_id"], "outcome": "replayed"}


def test_a_submission_that_was_cut_off_leaves_its_key_free(engine):
    engine.dealers("12284")
    first, second = engine.keep(Connection(engine.url)), engine.keep(Connection(engine.url))
    first.sql("BEGIN")
    once(engine, by=first, **KEYED)
    first.close()
    end = time.monotonic() + 5
    while True:
        try:
            assert once(engine, by=second, **KEYED)["outcome"] == "made"
            break
        except psycopg2.Error as error:
            assert error.pgcode == "DD020" and time.monotonic() < end
            time.sleep(0.02)
    assert engine.value("SELECT count(*) FROM jobs.job") == 1


def test_racing_submissions_with_one_key_make_one_job(engine):
    engine.dealers("12284")
    outcomes, links = [], [engine.keep(Connection(engine.url)) for _ in range(4)]

    def submit(link, number):
        for round in range(10):
            try:
                found = once(engine_of[link], by=link, key=f"r{round}", principal="me", request=b"one")
                outcomes.append((round, found["job_id"], found["outcome"]))
            except psycopg2.Error as error:
                assert error.pgcode == "DD020"

    fixed = credential(engine)

    class Submitter:
        def __init__(self, link):
            self.sql, self.value = link.sql, lambda *a: fixed

        submit_calls = type(engine).submit_calls

    engine_of = {link: Submitter(link) for link in links}
    threads = [threading.Thread(target=submit, args=(link, n)) for n, link in enumerate(links)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    for round in range(10):
        jobs = {job for r, job, _ in outcomes if r == round}
        assert len(jobs) == 1 and [o for r, _, o in outcomes if r == round].count("made") == 1
    assert engine.value("SELECT count(*) FROM jobs.job") == 10
    engine.check_counters()


# ---- windows ----

@pytest.mark.parametrize("begins, ends, window", [
    ("25T00:45Z", "25T01:15Z", ("25 02:00:00", "25 02:59:59")),  # 02:45 and, half an hour later, 02:15
    ("25T00:15:30Z", "25T01:45:20Z", ("25 02:00:00", "25 02:59:59")),
    ("24T22:30Z", "25T01:15Z", ("25 00:30:00", "25 02:59:59")),
    ("25T00:45Z", "25T10:00Z", ("25 02:00:00", "25 11:00:00")),
    ("25T00:45Z", "25 12:00:00", ("25 02:00:00", "25 12:00:00")),
    ("25 01:00:00", "25T01:15Z", ("25 01:00:00", "25 02:59:59")),
    ("25T00:15Z", "25T00:45Z", ("25 02:15:00", "25 02:45:00")),
    ("25T01:15Z", "25T01:45Z", ("25 02:15:00", "25 02:45:00")),
    ("25T01:15Z", "25T00:45Z", None),
    ("26T00:10Z", "26T00:20Z", ("26 01:10:00", "26 01:20:00"))])
def test_instants_on_both_sides_of_a_clock_change(engine, begins, ends, window):
    """In Berlin 2026-10-25 it is 03:00 at 01:00 UTC, and 02:00 again."""
    engine.dealers("12284", zone="Europe/Berlin")
    texts = [f"2026-10-{end}" for end in (begins, ends)]
    kinds = ["instant" if "Z" in end else "wall" for end in texts]
    row, = engine.connect("scheduler").run("scheduler_plan_dealers", ["12284"], kinds[0], texts[0], kinds[1], texts[1], 0, None)
    if window is None:
        assert row["to_s"] < row["from_s"]
        return
    assert tuple(str(datetime(1970, 1, 1) + timedelta(seconds=row[end]))[8:] for end in ("from_s", "to_s")) == window


# ---- the same work ----

def test_the_same_unfinished_work_is_not_accepted_twice(engine):
    engine.dealers("12284")
    first = once(engine, work=b"w")
    assert once(engine, work=b"w", **KEYED) == {"job_id": first["job_id"], "outcome": "existing"}
    assert once(engine, work=b"w", **KEYED) == {"job_id": first["job_id"], "outcome": "replayed"}
    assert once(engine, work=b"v")["outcome"] == "made"
    assert once(engine)["outcome"] == once(engine)["outcome"] == "made"
    engine.sql("UPDATE jobs.job_record SET state = 'succeeded' WHERE id = %s", [first["job_id"]])
    again = once(engine, work=b"w")
    assert again["outcome"] == "made" and again["job_id"] != first["job_id"]


def test_a_job_that_is_being_cancelled_does_not_stand_for_its_work(engine):
    engine.dealers("12284")
    first = once(engine, work=b"w")
    engine.sql("SELECT jobs.cancel_job(%s, %s, 'admin')", [NOW, first["job_id"]])
    assert once(engine, work=b"w")["outcome"] == "made"


@pytest.mark.parametrize("minutes, outcome", [(59, "existing"), (61, "made")])
def test_a_job_stands_for_work_that_follows_the_clock_as_long_as_it_reaches_far_enough(engine, minutes, outcome):
    engine.dealers("12284")

    def until(end):
        return engine.submit_calls(["12284"], [credential(engine)], [(1, 1, *DAY)], DAY[0], end, work=b"w",
                                   kind="schedule")

    first = until(DAY[1])
    again = until(DAY[1] + timedelta(minutes=minutes))
    assert again["outcome"] == outcome and until(DAY[1] + timedelta(minutes=minutes)) == {
        "job_id": again["job_id"], "outcome": "existing"}
    assert engine.job(first["job_id"])["state"] == "queued"
    engine.check_counters()


@pytest.mark.parametrize("end, outcome", [("COMMIT", "existing"), ("ROLLBACK", "made")])
def test_racing_submissions_of_one_work(engine, end, outcome):
    engine.dealers("12284")
    first, second = engine.keep(Connection(engine.url)), engine.keep(Connection(engine.url))
    first.sql("BEGIN")
    once(engine, work=b"w", by=first)
    found = []
    waiting = threading.Thread(target=lambda: found.append(once(engine, work=b"w", by=second)["outcome"]))
    waiting.start()
    time.sleep(0.3)
    assert found == []
    first.sql(end)
    waiting.join()
    assert found == [outcome] and engine.value("SELECT count(*) FROM jobs.job") == 1
    engine.check_counters()


def test_50000_calls(engine):
    """As many as a job may have; on a busy machine they take their time, as the scheduler allows them."""
    engine.dealers(*[str(n) for n in range(100)])
    calls = [(place, 1, DAY[0] + timedelta(minutes=m), DAY[0] + timedelta(minutes=m, seconds=59))
             for place in range(1, 101) for m in range(500)]
    codes = [str(n) for n in range(100)]
    scheduler = engine.connect("scheduler")
    scheduler.sql("SET statement_timeout = '60s'")
    began = time.monotonic()
    fixed = [credential(engine)] * 100
    job = engine.submit_calls(codes, fixed, calls, *WINDOW, by=scheduler)["job_id"]
    print(f"50,000 calls: {time.monotonic() - began:.2f} s")
    assert engine.job(job)["tasks_total"] == 50000
    engine.check_counters()
