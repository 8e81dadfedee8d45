"""What is stored of each dealer, feed and day. NOW is 2026-03-20 12:00 at the upstream."""

from datetime import datetime, timedelta

import pytest
from engine import NOW, array, later

from test_sql_deadlocks import Beside


def days(engine, begins=None, ends=None, at=NOW, dealers=("12284",)):
    rows = engine.sql("SELECT * FROM jobs.coverage_days(%s, %s, '{prsp}', %s, %s)",
                      [at, array(dealers), begins, ends])
    return {str(row["day"]): row for row in rows}


def states(engine, begins, ends, **more):
    return [row["state"] for row in days(engine, begins, ends, **more).values()]


def mark(engine, at=NOW, dealer="12284"):
    return str(engine.value("SELECT jobs.mark(%s, %s, 'prsp')", [at, dealer]))


def end(engine, task, state="succeeded", rows=0, code=None, at=NOW):
    """Ends a leased task as the services do, without rows in the feed."""
    engine.sql("UPDATE jobs.task_dealer SET rows_read = %s WHERE task_id = %s", [rows, task["task_id"]])
    if state == "succeeded":
        assert succeed(engine, task, at, rows)
    else:
        engine.sql("SELECT jobs.end_task(%s, %s, %s, %s, %s, 0)", [at, task["task_id"], state, code, "it failed"])


def succeed(engine, task, at, rows):
    return engine.value("SELECT jobs.complete_task(%s, %s, (SELECT epoch FROM jobs.task WHERE id = %s), %s, %s, 0, 0, 0, 10,"
                        " 200, 1, 1, 1, 1)", [at, task["task_id"], task["task_id"], rows, rows])


def fetch(engine, begins, ends, minutes=None, at=NOW, **how):
    """A job whose calls all end the same way."""
    engine.submit(["12284"], begins, ends, minutes, at=at)
    for task in engine.lease(100, at=at):
        end(engine, task, at=at, **how)


@pytest.fixture(autouse=True)
def dealer(engine):
    engine.dealers("12284", history_days=30)


def test_a_day_is_complete_with_rows_or_empty(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", rows=14)
    fetch(engine, "2026-03-02 00:00:00", "2026-03-02 23:59:59", rows=0)
    found = days(engine, "2026-03-01", "2026-03-03")
    assert [(r["state"], r["row_count"]) for r in found.values()] == [("complete", 14), ("empty", 0), ("never", None)]
    assert found["2026-03-01"]["days_left"] is None and found["2026-03-03"]["days_left"] == 13


def test_today_is_partial_until_an_hour_after_its_end(engine):
    for hours, state in ((0, "partial"), (12, "partial"), (12.9, "partial"), (13, "complete")):
        at = NOW + timedelta(hours=hours)
        fetch(engine, "2026-03-20 00:00:00", "2026-03-20 23:59:59", at=at, rows=1)
        assert states(engine, "2026-03-20", "2026-03-20", at=at) == [state], hours


def test_what_the_upstream_had_dropped_is_not_stored(engine):
    fetch(engine, "2026-02-18 00:00:00", "2026-02-19 23:59:59", rows=1)
    assert states(engine, "2026-02-18", "2026-02-19") == ["partial", "complete"]
    found = days(engine, "2026-02-17", "2026-02-18", at=NOW + timedelta(days=1))
    assert [(r["state"], r["days_left"]) for r in found.values()] == [("lost", None), ("lost", None)]


def test_a_failed_part_stays_failed_until_it_is_fetched(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 05:59:59", state="failed", code="upstream.server_error")
    fetch(engine, "2026-03-01 06:00:00", "2026-03-01 23:59:59", rows=3)
    row = days(engine, "2026-03-01", "2026-03-01")["2026-03-01"]
    assert (row["state"], row["error_code"]) == ("failed", "upstream.server_error") and row["failed_at"]
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 05:59:59", rows=2)
    row = days(engine, "2026-03-01", "2026-03-01")["2026-03-01"]
    assert (row["state"], row["row_count"], row["error_code"], row["failed_at"]) == ("complete", 5, None, None)


def test_a_complete_day_stays_complete_when_a_later_call_fails(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", rows=3)
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", state="failed", code="upstream.connect")
    assert states(engine, "2026-03-01", "2026-03-01") == ["complete"]


def test_rows_of_slices_add_up_and_those_of_repeats_do_not(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", 360, rows=2)
    assert days(engine, "2026-03-01", "2026-03-01")["2026-03-01"]["row_count"] == 8
    fetch(engine, "2026-03-01 12:00:00", "2026-03-01 23:59:59", rows=5)
    assert days(engine, "2026-03-01", "2026-03-01")["2026-03-01"]["row_count"] == 8
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", rows=7)
    assert days(engine, "2026-03-01", "2026-03-01")["2026-03-01"]["row_count"] == 7


def test_calls_that_end_together_count_each_record_once(engine):
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 23:59:59", 720)
    engine.submit(["12284"], "2026-03-02 00:00:00", "2026-03-02 23:59:59", 1440)
    engine.submit(["12284"], "2026-03-02 06:00:00", "2026-03-02 17:59:59", 720)
    tasks = [task["task_id"] for task in engine.lease(4)]
    for task, rows in zip(tasks, (3, 4, 6, 5)):
        engine.sql("UPDATE jobs.task_dealer SET rows_read = %s WHERE task_id = %s", [rows, task])
    engine.sql("SELECT jobs.cover(%s, %s, 'succeeded', NULL)", [NOW, array(tasks)])
    found = days(engine, "2026-03-01", "2026-03-02")
    assert [(row["state"], row["row_count"]) for row in found.values()] == [("complete", 7), ("complete", 6)]


def test_rows_of_a_long_window_are_counted_by_day(engine):
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-03 23:59:59", 4320)
    task = engine.lease(1)[0]
    engine.sql("UPDATE jobs.task_dealer SET day_rows = '{4,0,1}' WHERE task_id = %s", [task["task_id"]])
    end(engine, task, rows=5)
    found = days(engine, "2026-03-01", "2026-03-03")
    assert [(r["state"], r["row_count"]) for r in found.values()] == [("complete", 4), ("empty", 0), ("complete", 1)]


def test_an_empty_long_window_is_empty_every_day(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-03 23:59:59", 4320, rows=0)
    assert states(engine, "2026-03-01", "2026-03-03") == ["empty"] * 3


def test_queued_retried_and_running_calls_are_pending(engine):
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    assert states(engine, "2026-03-01", "2026-03-04") == ["pending"] * 3 + ["never"]
    first, second = engine.lease(2)
    end(engine, first)
    engine.sql("UPDATE jobs.task SET state = 'queued', ready = false, not_before = now() WHERE id = %s",
               [second["task_id"]])
    engine.sql("DELETE FROM jobs.lease WHERE task_id = %s", [second["task_id"]])
    assert states(engine, "2026-03-01", "2026-03-03") == ["empty", "pending", "pending"]


def test_a_cancelled_call_leaves_no_trace(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", state="cancelled")
    assert states(engine, "2026-03-01", "2026-03-01") == ["never"]


def test_coverage_outlives_its_tasks(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", rows=1)
    engine.sql("DELETE FROM jobs.task_dealer; DELETE FROM jobs.task; DELETE FROM jobs.job_record")
    assert states(engine, "2026-03-01", "2026-03-01") == ["complete"]


def test_days_to_come_are_left_out(engine):
    assert list(days(engine, "2026-03-19", "2026-03-25")) == ["2026-03-19", "2026-03-20"]
    assert list(days(engine))[0] == "2026-02-18" and len(days(engine)) == 31


def test_mark_is_the_end_of_the_contiguous_prefix(engine):
    assert mark(engine) == "None"
    fetch(engine, "2026-03-05 00:00:00", "2026-03-06 23:59:59")
    fetch(engine, "2026-03-08 00:00:00", "2026-03-08 23:59:59")
    assert mark(engine) == "2026-03-07 00:00:00"
    fetch(engine, "2026-03-07 00:00:00", "2026-03-07 23:59:59", 60)
    assert mark(engine) == "2026-03-09 00:00:00"
    fetch(engine, "2026-03-09 00:00:00", "2026-03-20 23:59:59")
    assert mark(engine) == "2026-03-20 11:00:00"


def test_a_lost_hole_does_not_hold_the_mark_back(engine):
    fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    fetch(engine, "2026-03-03 00:00:00", "2026-03-10 23:59:59")
    assert mark(engine, NOW + timedelta(days=11)) == "2026-03-02 00:00:00"
    assert mark(engine, NOW + timedelta(days=12)) == "2026-03-02 12:00:00", "nothing is stored there: history begins"
    assert mark(engine, NOW + timedelta(days=13)) == "2026-03-11 00:00:00"


def test_holes_are_warned_of_once_a_day(engine):
    def warned(at=NOW):
        return [(str(r["day"]), r["days_left"]) for r in engine.sql("SELECT * FROM jobs.warn_holes(%s, 3)", [at])]

    assert warned() == [], "a dealer that was never fetched"
    fetch(engine, "2026-02-19 00:00:00", "2026-02-19 23:59:59")
    assert sorted(warned()) == [("2026-02-18", 0), ("2026-02-20", 2), ("2026-02-21", 3)]
    assert warned() == []
    assert sorted(warned(NOW + timedelta(days=1))) == [("2026-02-20", 1), ("2026-02-21", 2), ("2026-02-22", 3)]
    assert states(engine, "2026-02-20", "2026-02-20") == ["never"]


def test_each_dealer_of_a_group_call_is_covered(engine):
    engine.dealer("12285", engine.value("SELECT id FROM dealer.credential"))
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    engine.sql("UPDATE jobs.task SET dealer_id = '*'")
    engine.sql("INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) "
               "SELECT '12285', task_id, job_id FROM jobs.task_dealer")
    task = engine.sql("SELECT id AS task_id FROM jobs.task")[0]
    assert states(engine, "2026-03-01", "2026-03-01", dealers=["12285"]) == ["pending"]
    engine.sql("UPDATE jobs.task SET state = 'leased', started_at = %s", [NOW])
    engine.sql("UPDATE jobs.task_dealer SET rows_read = 2 WHERE dealer_id = '12285'")
    assert succeed(engine, task, NOW, 2)
    assert states(engine, "2026-03-01", "2026-03-01") == ["empty"]
    assert states(engine, "2026-03-01", "2026-03-01", dealers=["12285"]) == ["complete"]


# ---- dealers that move ----

def test_coverage_goes_when_a_dealer_moves(engine):
    """Not with another key of the same upstream; but what is stored says nothing about another one."""
    upstream = engine.value("SELECT id FROM dealer.upstream")
    for change, state in (("credential_id = credential_id", "complete"), ("upstream_dealer_id = 'X1'", "never")):
        fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", rows=14)
        engine.sql(f"UPDATE dealer.dealers SET {change}")
        engine.sql("UPDATE dealer.dealers SET moved_at = %s", [NOW - timedelta(hours=1)])
        assert states(engine, "2026-03-01", "2026-03-01") == [state], change
    for credential, state in ((engine.credential(upstream), "complete"),
                              (engine.credential(engine.upstream("other", history_days=30)), "never")):
        fetch(engine, "2026-03-01 00:00:00", "2026-03-01 23:59:59", rows=14)
        engine.sql("UPDATE dealer.dealers SET credential_id = %s", [credential])
        assert states(engine, "2026-03-01", "2026-03-01") == [state]


def test_an_answer_under_the_old_code_covers_nothing_of_the_new_one(engine):
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-02 23:59:59", minutes=1440)
    old, new = engine.lease(2)
    engine.sql("UPDATE dealer.dealers SET upstream_dealer_id = '99'")
    engine.fetcher().store(old, [])
    assert engine.sql("SELECT * FROM jobs.coverage WHERE covered <> '{}'") == []
    assert engine.fail(new, later(1)) and engine.value("SELECT jobs.promote(%s)", [later(1)]) == 1
    engine.sql("UPDATE dealer.dealers SET moved_at = %s", [later(2)])
    engine.fetcher().store(engine.lease(at=later(3))[0], [])
    assert states(engine, "2026-03-01", "2026-03-02") == ["never", "empty"]


def test_a_failure_under_the_old_code_says_nothing_of_the_new_one(engine):
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    task = engine.lease()[0]
    engine.sql("UPDATE dealer.dealers SET upstream_dealer_id = '99'")
    engine.fail(task)
    assert states(engine, "2026-03-01", "2026-03-01") == ["never"]


def test_coverage_that_is_being_stored_goes_when_the_code_changes(engine):
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    fetcher = engine.fetcher()
    fetcher.sql("BEGIN")
    fetcher.stage([])
    fetcher.flush(engine.lease()[0])
    change = Beside(engine, lambda dealer: dealer.sql("UPDATE dealer.dealers SET upstream_dealer_id = '99'"),
                    engine.connect("dealer"))
    fetcher.sql("COMMIT")
    change.end()
    assert states(engine, "2026-03-01", "2026-03-01") == ["never"]


def test_a_call_that_began_while_the_code_changed_covers_nothing(engine):
    """It asked for the old one, and began after the change, but before that was there to be seen."""
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    dealer = engine.connect("dealer")
    dealer.sql("BEGIN")
    dealer.sql("UPDATE dealer.dealers SET upstream_dealer_id = '99'")
    task = engine.lease(at=engine.value("SELECT clock_timestamp()"))[0]
    dealer.sql("COMMIT")
    assert task["upstream_dealer_id"] == "12284"
    engine.fetcher().store(task, [])
    assert states(engine, "2026-03-01", "2026-03-01") == ["never"]


def test_the_first_credential_is_no_move(engine):
    engine.dealer("12285", None)
    engine.sql("UPDATE dealer.dealers SET credential_id = (SELECT id FROM dealer.credential) WHERE dealer_id = '12285'")
    assert engine.value("SELECT moved_at FROM dealer.dealers WHERE dealer_id = '12285'") is None


def test_a_call_of_the_old_upstream_covers_nothing(engine):
    engine.submit(["12284"], "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    task = engine.lease()[0]
    engine.sql("UPDATE dealer.dealers SET credential_id = %s",
               [engine.credential(engine.upstream("other", history_days=30))])
    end(engine, task, rows=3)
    assert states(engine, "2026-03-01", "2026-03-01") == ["never"]


def test_a_shared_call_covers_no_dealer_that_left_the_group(engine):
    """The key that was used brings nothing of it: it looks empty, and is not."""
    upstream = engine.value("SELECT id FROM dealer.upstream")
    shared = engine.value("SELECT id FROM dealer.credential")
    engine.dealer("12285", shared)
    day = (datetime(2026, 3, 1), datetime(2026, 3, 1, 23, 59, 59))
    engine.submit_calls(["12284", "12285"], [shared] * 2, [(-1, 1, *day)], "2026-03-01 00:00:00",
                        "2026-03-01 23:59:59", members=[(1, 1), (1, 2)])
    engine.sql("UPDATE dealer.dealers SET credential_id = %s WHERE dealer_id = '12285'", [engine.credential(upstream)])
    end(engine, engine.lease()[0], rows=0)
    assert states(engine, "2026-03-01", "2026-03-01") == ["empty"]
    assert states(engine, "2026-03-01", "2026-03-01", dealers=("12285",)) == ["never"]
