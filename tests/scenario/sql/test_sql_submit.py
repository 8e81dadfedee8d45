"""A job is checked, split and queued."""

import threading
import time
import uuid
from datetime import datetime

import psycopg2
import pytest
from engine import NOW, Connection, array


def windows(engine, job):
    return [(str(row["from_at"]), str(row["to_at"])) for row in
            engine.sql("SELECT from_at, to_at FROM jobs.task WHERE job_id = %s ORDER BY id", [job])]


def test_days(engine):
    engine.dealers("12284")
    job = engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    assert windows(engine, job) == [
        ("2026-03-01 00:00:00", "2026-03-01 23:59:59"),
        ("2026-03-02 00:00:00", "2026-03-02 23:59:59"),
        ("2026-03-03 00:00:00", "2026-03-03 23:59:59"),
    ]
    engine.check_counters()


def test_last_slice_ends_with_the_window(engine):
    engine.dealers("12284")
    job = engine.submit(["12284"], "2026-03-01 06:00:00", "2026-03-01 15:30:00", 240)
    assert windows(engine, job) == [
        ("2026-03-01 06:00:00", "2026-03-01 09:59:59"),
        ("2026-03-01 10:00:00", "2026-03-01 13:59:59"),
        ("2026-03-01 14:00:00", "2026-03-01 15:30:00"),
    ]


def test_one_second(engine):
    engine.dealers("12284")
    job = engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 00:00:00")
    assert windows(engine, job) == [("2026-03-01 00:00:00", "2026-03-01 00:00:00")]


@pytest.mark.parametrize("minutes", [1, 7, 60, 1000, 1440, 10080])
def test_slices_cover_the_window_without_overlap(engine, minutes):
    engine.dealers("12284", max_days=3)
    job = engine.submit(["12284"], "2026-03-01 03:07:11", "2026-03-09 21:00:00", minutes)
    found = [[datetime.fromisoformat(end) for end in window] for window in windows(engine, job)]
    assert str(found[0][0]) == "2026-03-01 03:07:11" and str(found[-1][1]) == "2026-03-09 21:00:00"
    for begin, end in found:
        assert 0 <= (end - begin).total_seconds() < min(minutes * 60, 3 * 86400)
    for (_, end), (begin, _) in zip(found, found[1:]):
        assert (begin - end).total_seconds() == 1
    engine.check_counters()


def test_tasks_of_all_dealers_wake_the_schedulers(engine):
    engine.dealers("1", "2", "3")
    scheduler = engine.connect("scheduler")
    scheduler.sql("LISTEN dd_ready")
    scheduler.sql("LISTEN dd_job")
    job = engine.submit(["3", "1", "2", "1"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    assert engine.job(job)["tasks_total"] == 6
    assert [row["dealer_id"] for row in
            engine.sql("SELECT dealer_id FROM jobs.job_dealer WHERE job_id = %s ORDER BY 1", [job])] == ["1", "2", "3"]
    assert sorted(scheduler.notified(2)) == [("dd_job", job), ("dd_ready", "")]


def test_by_the_schedulers_statement(engine):
    engine.dealers("12284")
    scheduler = engine.connect("scheduler")
    job = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"
    today = engine.value("SELECT (now() AT TIME ZONE 'Asia/Jakarta')::date::text")
    parameters = [job, ["12284"], ["prsp"], f"{today} 00:00:00", f"{today} 23:59:59", None, 2, "admin"]
    assert scheduler.run("scheduler_submit", *parameters) == [{"tasks": 1}]
    with pytest.raises(psycopg2.errors.UniqueViolation):
        scheduler.run("scheduler_submit", *parameters)
    engine.check_counters()


REFUSED = {
    "DD010": (dict(dealers=["12284", "99999"]), 'there is no dealer "99999"'),
    "DD011": (dict(dealers=["12284", "off"]), "dealer off is not active"),
    "DD012": (dict(dealers=["12284", "keyless"]), "dealer keyless has no credential"),
    "DD013": (dict(begins="2026-03-02 00:00:00", ends="2026-03-01 00:00:00"), "the window ends"),
    "DD014": (dict(begins="2026-02-17 23:59:59"), "sim keeps 30 days: nothing before 2026-02-18"),
    "DD015": (dict(begins="2026-03-20 12:00:01", ends="2026-03-20 23:59:59"), "begins in the future"),
    "DD016": (dict(feeds=["spk"]), 'there is no feed "spk"'),
    "DD017": (dict(dealers=[]), "names no dealer"),
    "DD018": (dict(begins="2026-02-18 00:00:00", ends="2026-12-31 00:00:00", minutes=1), "the job splits into"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_refused(engine, code):
    engine.dealers("12284", history_days=30)
    engine.dealer("off", engine.value("SELECT id FROM dealer.credential"), is_active=False)
    engine.dealer("keyless", None)
    more, text = REFUSED[code]
    with pytest.raises(psycopg2.Error) as error:
        engine.submit(**{"dealers": ["12284"], **more})
    assert error.value.pgcode == code and text in str(error.value)
    assert engine.sql("SELECT * FROM jobs.job") == [] and engine.sql("SELECT * FROM jobs.lane") == []


def test_limits_are_inclusive(engine):
    engine.dealers("12284", history_days=30)
    engine.submit(["12284"], "2026-02-18 00:00:00", "2026-02-18 23:59:59")
    engine.submit(["12284"], "2026-03-20 12:00:00", "2026-03-20 23:59:59")


def test_a_feed_named_twice_is_fetched_once(engine):
    engine.dealers("12284")
    job = engine.submit(["12284"], feeds=["prsp", "prsp"])
    assert engine.job(job)["tasks_total"] == 1 and engine.job(job)["feeds"] == ["prsp"]
    engine.check_counters()


def test_a_slice_of_no_length(engine):
    engine.dealers("12284")
    with pytest.raises(psycopg2.errors.InvalidParameterValue):
        engine.submit(["12284"], minutes=0)


def test_null_window(engine):
    engine.dealers("12284")
    with pytest.raises(psycopg2.Error) as error:
        engine.sql("SELECT jobs.submit(%s, gen_random_uuid(), %s, '{prsp}', NULL, NULL, 60, 0, 'test')",
                   [NOW, array(["12284"])])
    assert error.value.pgcode == "DD013"


@pytest.mark.parametrize("change", [
    "UPDATE dealer.upstream SET max_days = 1 WHERE name = 'sim'",
    "UPDATE dealer.dealers SET credential_id = (SELECT max(id) FROM dealer.credential)",
])
def test_changes_meanwhile_leave_the_total_right(engine, change):
    """A total that is too small can never be reached, one that is too large never either."""
    engine.dealers("1", max_days=7)
    engine.credential(engine.upstream("other", max_days=2))
    changer = engine.keep(Connection(engine.url))
    other = engine.keep(Connection(engine.url))
    changer.sql("BEGIN")
    changer.sql(change)
    job = threading.Thread(target=other.sql, args=(
        "SELECT jobs.submit(%s, %s, '{1}', '{prsp}', '2026-03-01', '2026-03-07 23:59:59', 10080, 0, 'test')",
        [NOW, str(uuid.uuid4())]))
    job.start()
    time.sleep(0.3)
    changer.sql("COMMIT")
    job.join()
    engine.check_counters()
