"""What follows a failed call: the deadline, halves, a remembered skew, what cancelling does to a retry."""

from datetime import datetime, timedelta

import pytest
from engine import NOW, Connection, later, statement


def moment(text):
    return datetime.fromisoformat(text)


def known(engine, task, at=NOW, code="upstream.range", minutes=60):
    rows = engine.sql("SELECT * FROM jobs.failed_task(%s, %s, %s, %s, %s)",
                      [at, task["task_id"], task["epoch"], code, minutes])
    return rows[0] if rows else None


def promote(engine, at):
    return engine.value("SELECT jobs.promote(%s)", [at])


def group_task(engine, dealers, begins, ends):
    """A call for several dealers, leased."""
    engine.dealers(*dealers, group_calls=True, history_days=4000)
    job = engine.submit([dealers[0]], begins, ends, minutes=10080)
    task = engine.value("SELECT id FROM jobs.task WHERE job_id = %s", [job])
    engine.sql("INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) SELECT unnest(%s), %s, %s",
               [list(dealers[1:]), task, job])
    engine.sql("UPDATE jobs.task SET dealer_id = '*' WHERE id = %s", [task])
    engine.sql("UPDATE jobs.lane SET dealer_id = '*'")
    engine.sql("""UPDATE jobs.task SET state = 'leased', epoch = 1, attempt = 1, started_at = %s WHERE id = %s""",
               [NOW, task])
    engine.sql("UPDATE jobs.lane SET queued = 0")
    engine.sql("""INSERT INTO jobs.lease (task_id, job_id, upstream_id, credential_id, dealer_id, epoch, instance,
                                          lease_until)
                  SELECT id, job_id, upstream_id, credential_id, dealer_id, epoch, gen_random_uuid(), %s
                  FROM jobs.task WHERE id = %s""", [later(10), task])
    engine.sql("""INSERT INTO jobs.attempt (task_id, number, epoch, instance, started_at)
                  VALUES (%s, 1, 1, gen_random_uuid(), %s)""", [task, NOW])
    return job, {"task_id": task, "epoch": 1}


@pytest.mark.parametrize("begins, ends, cut", [
    ("2026-03-01 00:00:00", "2026-03-07 23:59:59", "2026-03-05 00:00:00"),
    ("2026-03-01 00:00:00", "2026-03-02 23:59:59", "2026-03-02 00:00:00"),
    ("2026-03-01 00:00:00", "2026-03-01 23:59:59", "2026-03-01 12:00:00"),
    ("2026-03-01 10:00:00", "2026-03-02 21:59:59", "2026-03-02 00:00:00"),
    ("2026-03-01 00:00:00", "2026-03-02 00:29:59", "2026-03-01 12:15:00"),
    ("2026-03-01 00:00:00", "2026-03-01 01:59:59", "2026-03-01 01:00:00"),
    ("2026-03-01 00:00:00", "2026-03-01 01:59:58", None),
    ("2026-03-01 00:00:00", "2026-03-01 00:00:00", None),
])
def test_windows_are_cut_at_midnight_or_in_the_middle(engine, begins, ends, cut):
    found = engine.value("SELECT jobs.split_at(%s, %s)", [begins, ends])
    assert found == (moment(cut) if cut else None)


def test_halves_make_the_whole_and_no_second_is_lost(engine):
    engine.dealers("1")
    job = engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-07 23:59:59", minutes=10080)
    at = NOW
    for _ in range(200):
        at += timedelta(seconds=2)
        promote(engine, at)
        tasks = engine.lease(10, at=at)
        if not tasks:
            break
        for task in tasks:
            engine.fail(task, at=at, code="upstream.range", split=known(engine, task, at)["can_split"])
        engine.check_counters()
    windows = engine.sql("SELECT from_at, to_at, state, attempt FROM jobs.task ORDER BY from_at")
    assert windows[0]["from_at"] == moment("2026-03-01 00:00:00")
    assert windows[-1]["to_at"] == moment("2026-03-07 23:59:59")
    for one, next_one in zip(windows, windows[1:]):
        assert next_one["from_at"] - one["to_at"] == timedelta(seconds=1)
    assert all(w["to_at"] - w["from_at"] >= timedelta(seconds=3599) for w in windows)
    assert {(w["state"], w["attempt"]) for w in windows} == {("failed", 1)}
    assert (engine.job(job)["state"], engine.job(job)["tasks_total"]) == ("failed", len(windows))


def test_a_split_try_is_not_counted_and_both_halves_run_at_once(engine):
    engine.dealers("1")
    job = engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-02 23:59:59", minutes=2880)
    task = engine.lease()[0]
    assert engine.fail(task, code="upstream.too_large", split=True) is True
    assert engine.outcomes(task) == ["failed"]
    assert (engine.task(task)["attempt"], engine.job(job)["tasks_total"]) == (0, 2)
    assert promote(engine, NOW) == 2
    halves = engine.lease(5, at=later(1))
    assert [str(h["from_at"]) for h in halves] == ["2026-03-01 00:00:00", "2026-03-02 00:00:00"]
    assert [str(h["to_at"]) for h in halves] == ["2026-03-01 23:59:59", "2026-03-02 23:59:59"]
    assert [h["attempt"] for h in halves] == [1, 1]
    engine.check_counters()


def test_a_large_group_call_is_split_by_dealers_once_its_window_cannot_be(engine):
    job, task = group_task(engine, ["1", "2", "3"], "2026-03-01 00:00:00", "2026-03-01 01:29:59")
    assert known(engine, task, code="upstream.too_large")["can_split"] is True
    assert known(engine, task, code="upstream.range")["can_split"] is False
    assert engine.fail(task, code="upstream.too_large", split=True) is True
    parts = engine.sql("""SELECT t.id, array_agg(d.dealer_id ORDER BY d.dealer_id) AS dealers, t.dealer_id, t.to_at
                          FROM jobs.task t JOIN jobs.task_dealer d ON d.task_id = t.id GROUP BY t.id ORDER BY t.id""")
    assert [(part["dealer_id"], part["dealers"]) for part in parts] == [("1", ["1"]), ("2", ["2"]), ("3", ["3"])]
    assert {str(part["to_at"]) for part in parts} == {"2026-03-01 01:29:59"}
    assert engine.job(job)["tasks_total"] == 3
    assert engine.value("SELECT count(*) FROM jobs.task_dealer") == 3


def test_a_split_group_call_keeps_all_its_dealers_in_both_halves(engine):
    _, task = group_task(engine, ["1", "2"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    engine.fail(task, code="upstream.range", split=True)
    parts = engine.sql("""SELECT array_agg(dealer_id::text ORDER BY dealer_id) AS dealers FROM jobs.task_dealer
                          GROUP BY task_id""")
    assert [part["dealers"] for part in parts] == [["1", "2"]] * 2


def test_what_cannot_be_split_has_failed(engine):
    engine.dealers("1")
    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-01 00:59:59")
    task = engine.lease()[0]
    assert known(engine, task)["can_split"] is False
    engine.fail(task, code="upstream.range", split=True)
    assert engine.task(task)["state"] == "failed"
    engine.check_counters()


def test_the_deadline_counts_from_the_first_lease(engine):
    engine.dealers("1")
    engine.submit(["1"])
    task = engine.lease()[0]
    assert known(engine, task, at=later(60))["left_ms"] == 59 * 60000
    engine.fail(task, retry_at=later(10), at=later(5), deadline=60)
    assert engine.task(task)["deadline_at"] == later(3600)
    promote(engine, later(10))
    again = engine.lease(at=later(20))[0]
    assert known(engine, again, at=later(3700))["left_ms"] == -100000
    engine.fail(again, retry_at=later(30), at=later(20), deadline=600)
    assert engine.task(task)["deadline_at"] == later(3600)


def test_a_feed_has_a_policy_of_its_own(engine):
    engine.dealers("1")
    engine.submit(["1"])
    task = engine.lease()[0]
    row = known(engine, task)
    assert (row["max_attempts"], row["retry_base_ms"], row["retry_cap_ms"]) == (None, None, None)
    try:
        engine.sql("UPDATE jobs.feed SET max_attempts = 2, retry_base_ms = 7, retry_cap_ms = 9, deadline_minutes = 3")
        row = known(engine, task)
        assert (row["max_attempts"], row["retry_base_ms"], row["retry_cap_ms"], row["left_ms"]) == (2, 7, 9, 180000)
    finally:
        engine.sql("""UPDATE jobs.feed SET max_attempts = NULL, retry_base_ms = NULL, retry_cap_ms = NULL,
                                           deadline_minutes = NULL""")


def test_the_quota_returns_at_the_upstreams_midnight(engine):
    engine.dealers("1", zone="Asia/Jayapura")
    engine.submit(["1"])
    task = engine.lease()[0]
    # 05:00 UTC is 14:00 there.
    assert known(engine, task)["midnight_ms"] == 10 * 3600 * 1000


def test_nobody_decides_about_a_lost_lease(engine):
    engine.dealers("1")
    engine.submit(["1"])
    task = engine.lease()[0]
    late = {**task, "epoch": task["epoch"] + 1}
    assert known(engine, late) is None and engine.fail(late) is False
    engine.fail(task)
    assert known(engine, task) is None


def skew(engine):
    return engine.sql("SELECT skew_ms, skew_at FROM jobs.upstream_state WHERE skew_at IS NOT NULL")


def test_a_skew_is_remembered_and_forgotten(engine):
    engine.dealers("1")
    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-06 23:59:59")
    tasks = engine.lease(6)
    engine.fail(tasks[0], skew_ms=1900)
    assert skew(engine) == []
    engine.fail(tasks[1], skew_ms=-3600000)
    assert skew(engine) == [{"skew_ms": -3600000, "skew_at": NOW}]
    assert engine.value("SELECT skew_ms FROM jobs.attempt WHERE task_id = %s", [tasks[1]["task_id"]]) == -3600000
    engine.fail(tasks[2], skew_ms=-3599500, at=later(1))
    assert skew(engine) == [{"skew_ms": -3600000, "skew_at": NOW}]
    engine.fail(tasks[3], skew_ms=-3590000, at=later(2))
    assert skew(engine) == [{"skew_ms": -3590000, "skew_at": later(2)}]
    engine.fail(tasks[4], skew_ms=200, at=later(3))
    assert skew(engine) == [{"skew_ms": None, "skew_at": later(3)}]


def test_no_further_try_of_a_job_that_is_being_cancelled(engine):
    engine.dealers("1")
    job = engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    retried, halved, failed = engine.lease(3)
    engine.sql("UPDATE jobs.job_record SET cancel_asked_at = %s WHERE id = %s", [NOW, job])
    engine.fail(retried, retry_at=later(1))
    engine.fail(halved, code="upstream.range", split=True)
    engine.fail(failed)
    assert [engine.task(t)["state"] for t in (retried, halved, failed)] == ["cancelled", "cancelled", "failed"]
    assert engine.job(job)["state"] == "cancelled"
    engine.check_counters()


@pytest.mark.parametrize("changed, flagged", [(-1, True), (1, False)])
def test_a_secret_that_was_replaced_flags_nobody(engine, changed, flagged):
    """A call that went out with the old secret says nothing about the new one."""
    engine.dealers("1")
    engine.submit(["1"])
    task = engine.lease()[0]
    engine.sql("UPDATE dealer.credential SET updated_at = %s", [later(changed)])
    engine.fail(task, code="upstream.credential", effect="flag", at=later(2))
    assert engine.value("SELECT count(*) FROM jobs.credential_state WHERE flagged_at IS NOT NULL") == flagged


def test_a_try_whose_fetcher_died_is_no_failed_try(engine):
    """Four deaths of fetchers and then one error are one error, not the fifth."""
    engine.dealers("1")
    engine.submit(["1"])
    for n in range(4):
        engine.lease(at=later(20 * n))
        engine.reap(later(20 * n + 11))
    task = engine.lease(at=later(80))[0]
    assert task["attempt"] == 5 and known(engine, task)["attempt"] == 1


def body_of(engine, function, **values):
    """A function's text, its parameters replaced by values, for EXPLAIN."""
    text = engine.value("SELECT prosrc FROM pg_proc WHERE oid = %s::regproc", [function])
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def plan(engine, text):
    """A statement's plan where a whole table is read only if no index serves."""
    owner = engine.keep(Connection(engine.url))
    owner.sql("SET enable_seqscan = off")
    return "\n".join(row["QUERY PLAN"] for row in owner.sql("EXPLAIN " + text))


@pytest.mark.parametrize("name", ["levels", "coverage", "rerun"])
def test_what_waits_or_failed_is_found_without_reading_all_tasks(engine, name):
    engine.dealers("1")
    engine.submit(["1"])
    if name == "levels":
        text = "\n".join(line for line in statement("scheduler_levels").splitlines() if not line.startswith("--"))
    elif name == "coverage":
        text = body_of(engine, "jobs.coverage_days", p_at="now()", p_dealers="ARRAY['1']", p_feeds="ARRAY['prsp']",
                       p_from="NULL::date", p_to="NULL::date")
    else:
        text = body_of(engine, "jobs.rerun_windows", p_at="now()", p_tasks="NULL::bigint[]", p_job="NULL::uuid",
                       p_dealers="NULL::text[]", p_feed="NULL::text", p_code="NULL::text", p_from="now()",
                       p_to="NULL::timestamptz", p_cancelled="false", p_force="false")
        text = text[text.index("RETURN QUERY") + len("RETURN QUERY"):text.rindex(";", 0, text.rindex("END"))]
    assert "Seq Scan on task" not in plan(engine, text)
