"""Calls that failed for good, once more: which windows, as which calls, once, and what is left out."""

import uuid
from datetime import datetime, timedelta

import pytest
from engine import NOW, array, later


def rerun(engine, tasks=None, job=None, dealers=None, feed=None, code=None, begins=None, ends=None, cancelled=False,
          force=False, dry=False, at=NOW):
    return engine.sql("SELECT * FROM jobs.rerun(%s, %s, 'test', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                      [at, str(uuid.uuid4()), array(tasks) if tasks else None, job,
                       array(dealers) if dealers else None, feed, code, begins, ends, cancelled, force, dry])[0]


def counts(answer):
    return [answer[name] for name in ("tasks", "lost", "stored", "gone")]


def covering(engine, dealers, begins, ends):
    """Another job that is unfinished: over whole days, one call each."""
    return engine.submit(dealers, f"{begins} 00:00:00", f"{ends} 23:59:59")


def windows(engine, job):
    return [(row["dealer_id"], str(row["from_at"]), str(row["to_at"])) for row in engine.sql(
        "SELECT dealer_id, from_at, to_at FROM jobs.task WHERE job_id = %s ORDER BY dealer_id, from_at", [job])]


def fail_all(engine, code="upstream.server_error", at=NOW, ids=None):
    """Every task that can be leased fails for good, or those of `ids`; the others succeed."""
    while tasks := engine.lease(50, at=at):
        for task in tasks:
            if ids is None or task["dealer_id"] in ids:
                engine.fail(task, code=code, at=at)
            else:
                engine.fetcher().store(task, [])


def test_the_failed_windows_of_a_job_and_nothing_else(engine):
    engine.dealers("1", "2")
    job = engine.submit(["1", "2"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    fail_all(engine, ids=["1"])
    answer = rerun(engine, job=job)
    assert (answer["outcome"], *counts(answer)) == ("made", 2, 0, 0, 0)
    assert windows(engine, answer["job_id"]) == [
        ("1", "2026-03-01 00:00:00", "2026-03-01 23:59:59"), ("1", "2026-03-02 00:00:00", "2026-03-02 23:59:59")]
    made = engine.job(answer["job_id"])
    assert (made["kind"], made["priority"], made["requested_by"]) == ("rerun", 1, "test")
    assert len(engine.lease(10)) == 2
    engine.check_counters()


@pytest.mark.parametrize("wanted, expected", [
    ({"dealers": ["2"]}, ["2"]),
    ({"code": "upstream.refused"}, ["3"]),
    ({"begins": later(90)}, ["2", "3"]),
    ({"ends": later(90)}, ["1"]),
    ({"feed": "prsp"}, ["1", "2", "3"]),
    ({"dealers": ["1", "2"], "begins": later(90)}, ["2"]),
])
def test_all_that_a_filter_finds(engine, wanted, expected):
    engine.dealers("1", "2", "3")
    for number, code in enumerate(["upstream.server_error", "upstream.network", "upstream.refused"]):
        engine.submit([str(number + 1)])
        fail_all(engine, code=code, at=later(60 * (number + 1)))
    answer = rerun(engine, at=later(600), **wanted)
    assert [window[0] for window in windows(engine, answer["job_id"])] == expected


def test_a_selection_of_tasks(engine):
    engine.dealers("1")
    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-05 23:59:59")
    fail_all(engine)
    tasks = [row["id"] for row in engine.sql("SELECT id FROM jobs.task ORDER BY from_at")]
    answer = rerun(engine, tasks=tasks[1:3])
    assert [window[1][:10] for window in windows(engine, answer["job_id"])] == ["2026-03-02", "2026-03-03"]


def test_the_same_request_gets_the_unfinished_job(engine):
    engine.dealers("1")
    job = engine.submit(["1"])
    fail_all(engine)
    first = rerun(engine, job=job)
    again = rerun(engine, job=job)
    assert (again["job_id"], again["outcome"]) == (first["job_id"], "existing")
    fail_all(engine)
    third = rerun(engine, job=job)
    assert third["outcome"] == "made" and third["job_id"] != first["job_id"]


def test_a_window_that_failed_in_several_jobs_is_run_once(engine):
    engine.dealers("1")
    for _ in range(3):
        engine.submit(["1"])
        fail_all(engine)
    assert counts(rerun(engine, dealers=["1"])) == [1, 0, 0, 0]


def test_what_is_stored_since_is_left_out_unless_forced(engine):
    engine.dealers("1")
    job = engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    fail_all(engine)
    engine.submit(["1"], "2026-03-02 00:00:00", "2026-03-02 23:59:59")
    task, = engine.lease(5)
    engine.fetcher().store(task, [])
    answer = rerun(engine, job=job, dry=True)
    assert (answer["job_id"], answer["outcome"], *counts(answer)) == (None, "planned", 1, 0, 1, 0)
    assert counts(rerun(engine, job=job, force=True)) == [2, 0, 0, 0]


def test_what_another_job_is_fetching_is_left_out_unless_forced(engine):
    engine.dealers("1", "2")
    job = engine.submit(["1", "2"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    fail_all(engine)
    other = covering(engine, ["1"], "2026-03-02", "2026-03-03")
    assert (rerun(engine, job=job, dry=True)["pending"], rerun(engine, dealers=["2"], dry=True)["pending"]) == (1, 0)
    tasks = engine.lease(1)
    assert rerun(engine, job=job, dry=True)["pending"] == 1
    engine.fail(tasks[0], retry_at=later(60))
    answer = rerun(engine, job=job)
    assert (answer["outcome"], *counts(answer), answer["pending"]) == ("made", 3, 0, 0, 0, 1)
    assert rerun(engine, dealers=["1", "2"])["pending"] == 4
    assert [rerun(engine, job=job, force=True, dry=True)[name] for name in ("tasks", "pending")] == [4, 0]
    for made in (other, answer["job_id"]):
        engine.sql("SELECT jobs.cancel_job(now(), %s, 'admin')", [made])
    assert [rerun(engine, dealers=["1"], dry=True)[name] for name in ("tasks", "pending")] == [2, 0]


def test_what_is_stored_in_part_and_being_fetched_for_the_rest_is_pending(engine):
    engine.dealers("1")
    job = engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-02 23:59:59", minutes=10080)
    fail_all(engine)
    covering(engine, ["1"], "2026-03-01", "2026-03-01")
    task, = engine.lease(5)
    engine.fetcher().store(task, [])
    assert counts(rerun(engine, job=job, dry=True)) == [1, 0, 0, 0]
    covering(engine, ["1"], "2026-03-02", "2026-03-02")
    answer = rerun(engine, job=job)
    assert (answer["job_id"], *counts(answer), answer["pending"]) == (None, 0, 0, 0, 0, 1)


def test_what_has_left_the_history_is_counted_not_asked_for(engine):
    engine.dealers("1", history_days=30)
    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    fail_all(engine)
    # 2026-04-01 12:00 there: what changed before 2 March is lost.
    answer = rerun(engine, dealers=["1"], at=NOW + timedelta(days=12))
    assert counts(answer) == [2, 1, 0, 0]
    assert windows(engine, answer["job_id"])[0][1] == "2026-03-02 00:00:00"
    answer = rerun(engine, dealers=["1"], at=NOW + timedelta(days=60), force=True)
    assert (answer["job_id"], *counts(answer)) == (None, 0, 3, 0, 0)


def test_a_window_that_is_half_lost_begins_later(engine):
    engine.dealers("1", history_days=30)
    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-03 23:59:59", minutes=10080)
    fail_all(engine)
    answer = rerun(engine, dealers=["1"], at=NOW + timedelta(days=13))
    assert windows(engine, answer["job_id"]) == [("1", "2026-03-03 00:00:00", "2026-03-03 23:59:59")]


def test_dealers_that_cannot_be_fetched_are_counted(engine):
    engine.dealers("1", "2")
    engine.submit(["1", "2"])
    fail_all(engine)
    engine.sql("UPDATE dealer.dealers SET is_active = false WHERE dealer_id = '2'")
    assert counts(rerun(engine, feed="prsp")) == [1, 0, 0, 1]


def test_cancelled_calls_only_when_asked_for(engine):
    engine.dealers("1")
    engine.submit(["1"])
    engine.sql("UPDATE jobs.task SET state = 'cancelled'")
    engine.sql("UPDATE jobs.job_record SET tasks_cancelled = 1")
    assert counts(rerun(engine, dealers=["1"], dry=True)) == [0, 0, 0, 0]
    assert counts(rerun(engine, dealers=["1"], cancelled=True, dry=True)) == [1, 0, 0, 0]


def test_calls_for_several_dealers_stay_one_call(engine):
    engine.dealers("1", "2", "3", group_calls=True)
    engine.submit(["1"])
    engine.sql("""INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id)
                  SELECT unnest(ARRAY['2', '3']), id, job_id FROM jobs.task""")
    engine.sql("UPDATE jobs.task SET dealer_id = '*', state = 'failed', error_code = 'upstream.network'")
    answer = rerun(engine, feed="prsp")
    assert counts(answer) == [1, 0, 0, 0]
    task, = engine.sql("SELECT id, dealer_id FROM jobs.task WHERE job_id = %s", [answer["job_id"]])
    members = engine.sql("SELECT dealer_id FROM jobs.task_dealer WHERE task_id = %s ORDER BY 1", [task["id"]])
    assert (task["dealer_id"], [row["dealer_id"] for row in members]) == ("*", ["1", "2", "3"])
    answer = rerun(engine, dealers=["2"], force=True)
    assert [window[0] for window in windows(engine, answer["job_id"])] == ["2"]


def test_no_call_is_shared_by_more_than_a_lease_can_tell(engine):
    codes = [f"{n:05}" for n in range(250)]
    engine.dealers(*codes, group_calls=True)
    shared = engine.value("SELECT id FROM dealer.credential")
    day = (datetime(2026, 3, 1), datetime(2026, 3, 1, 23, 59, 59))
    engine.submit_calls(codes, [shared] * 250, [(-1, 1, *day), (-126, 1, *day)], "2026-03-01 00:00:00",
                        "2026-03-01 23:59:59", members=[(1 + n // 125, n + 1) for n in range(250)])
    fail_all(engine)
    answer = rerun(engine)
    assert counts(answer) == [2, 0, 0, 0]
    assert sorted(row["count"] for row in engine.sql(
        "SELECT count(*) FROM jobs.task_dealer WHERE job_id = %s GROUP BY task_id", [answer["job_id"]])) == [50, 200]
