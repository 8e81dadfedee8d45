"""What is old goes: by its age, in bounded steps, one scheduler at a time, and nothing that is still needed."""

import uuid
from datetime import timedelta

import pytest
from engine import NOW

KINDS = ["jobs", "quarantine", "drift", "ticks", "coverage"]


@pytest.fixture
def shop(engine):
    engine.dealers("1", "2")
    engine.sql("UPDATE dealer.setting SET value = usual")
    yield engine
    engine.sql("UPDATE dealer.setting SET value = usual")


def sweep(engine, kind, rows=100, at=NOW):
    return engine.value("SELECT jobs.sweep(%s, %s, %s)", [at, kind, rows])


def keep(engine, name, days):
    engine.sql("UPDATE dealer.setting SET value = %s WHERE name = %s", [days, f"retention.{name}"])


def finished_job(engine, days_ago, tasks=1, state="succeeded"):
    """A job with its tasks, their dealers and attempts, that ended so long ago; None: it has not ended."""
    job = str(uuid.uuid4())
    ended = None if days_ago is None else NOW - timedelta(days=days_ago)
    engine.sql("""INSERT INTO jobs.job_record (id, feeds, from_at, to_at, priority, requested_by, state, tasks_total,
                  tasks_succeeded, created_at, finished_at)
                  VALUES (%s, '{prsp}', '2026-03-01', '2026-03-02', 0, 'test', %s, %s, %s, %s, %s)""",
               [job, state, tasks, tasks if ended else 0, NOW - timedelta(days=400), ended])
    engine.sql("INSERT INTO jobs.job_dealer VALUES ('1', %s)", [job])
    engine.sql("""WITH t AS (
                      INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at,
                                             priority, state, created_at, ready)
                      SELECT %s, c.upstream_id, c.id, '1', 'prsp', '2026-03-01', '2026-03-02', 0, %s, %s, false
                      FROM dealer.credential c, generate_series(1, %s) RETURNING id, job_id
                  ), d AS (INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) SELECT '1', id, job_id FROM t)
                  INSERT INTO jobs.attempt (task_id, number, epoch, instance, started_at)
                  SELECT id, 1, 1, gen_random_uuid(), %s FROM t""",
               [job, "succeeded" if ended else "queued", NOW, tasks, NOW])
    return job


def rows(engine):
    return {table: engine.value(f"SELECT count(*) FROM jobs.{table}")
            for table in ("job_record", "job_dealer", "task", "task_dealer", "attempt")}


def test_old_jobs_go_in_steps_with_all_they_had(shop):
    finished_job(shop, 91, tasks=250)
    kept = [finished_job(shop, 89), finished_job(shop, None, state="running")]
    steps = []
    while not steps or steps[-1]:
        before = sum(rows(shop).values())
        steps.append(sweep(shop, "jobs"))
        assert steps[-1] <= 100 and before - sum(rows(shop).values()) <= 3 * 100 + 2
    assert steps == [100, 100, 51, 0]
    assert {str(row["id"]) for row in shop.sql("SELECT id FROM jobs.job_record")} == set(kept)
    assert set(rows(shop).values()) == {2}


def test_small_old_jobs_go_many_at_a_time(shop):
    for _ in range(30):
        finished_job(shop, 100)
    assert [sweep(shop, "jobs", 40) for _ in range(3)] == [40, 20, 0]
    assert set(rows(shop).values()) == {0}


@pytest.mark.parametrize("kind", KINDS)
def test_zero_keeps_for_ever(shop, kind):
    for name in ("jobs_days", "quarantine_days", "quarantine_open_days", "drift_days", "ticks_days", "coverage_days"):
        keep(shop, name, 0)
    finished_job(shop, 3000)
    quarantined(shop, "dismissed", 3000)
    shop.sql("INSERT INTO jobs.coverage (dealer_id, feed, day) VALUES ('1', 'prsp', '2001-01-01')")
    assert sweep(shop, kind) == 0


def test_only_one_scheduler_works_on_a_kind(shop):
    finished_job(shop, 100, tasks=5)
    one, two = shop.connect("scheduler"), shop.connect("scheduler")
    one.sql("BEGIN")
    assert one.value("SELECT jobs.sweep(%s, 'jobs', 3)", [NOW]) == 3
    assert two.value("SELECT jobs.sweep(%s, 'jobs', 3)", [NOW]) == 0
    one.sql("COMMIT")
    assert two.value("SELECT jobs.sweep(%s, 'jobs', 30)", [NOW]) == 3


def test_a_scheduler_waits_for_no_other_one(shop):
    old_finding(shop, "one", 181, True)
    one, two = shop.connect("scheduler"), shop.connect("scheduler")
    two.sql("SET lock_timeout = 500")
    one.sql("BEGIN")
    assert one.value("SELECT jobs.sweep(%s, 'drift', 1)", [NOW]) == 1
    assert two.value("SELECT jobs.sweep(%s, 'drift', 1)", [NOW]) == 0
    one.sql("COMMIT")


def old_finding(engine, field, days, known):
    at = NOW - timedelta(days=days)
    engine.sql("""INSERT INTO feed.drift (upstream_id, feed, part, field, kind, type, answers, first_at, last_at,
                  acknowledged_at) SELECT id, 'prsp', '', %s, 'new', 'string', 1, %s, %s, %s FROM dealer.upstream""",
               [field, at, at, at if known else None])


def quarantined(engine, state, days, task=None):
    at = NOW - timedelta(days=days)
    return engine.value("""
        INSERT INTO feed.quarantine (dealer_id, feed, task_id, epoch, last_task_id, reason, raw, hash, requested_at,
                                     state, created_at, seen_at, settled_at, replay_task_id)
        VALUES ('1', 'prsp', 1, 1, 1, 'row.no_key', '{}', %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
                        [uuid.uuid4().bytes, at, state, at, at, None if state == "open" else at, task])


def test_quarantine_goes_when_it_is_settled_or_forgotten(shop):
    job = finished_job(shop, None, state="running")
    task = shop.value("SELECT id FROM jobs.task WHERE job_id = %s", [job])
    for state, days in (("stored", 31), ("dismissed", 31), ("open", 181)):
        quarantined(shop, state, days)
    kept = {quarantined(shop, "stored", 29), quarantined(shop, "dismissed", 29), quarantined(shop, "open", 179),
            quarantined(shop, "open", 500, task)}  # being replayed
    assert [sweep(shop, "quarantine", 2) for _ in range(3)] == [2, 1, 0]
    assert {row["id"] for row in shop.sql("SELECT id FROM feed.quarantine")} == kept


def test_findings_of_drift_go_once_they_were_acknowledged(shop):
    for field, days, known in (("old", 181, True), ("young", 179, True), ("unseen", 900, False)):
        old_finding(shop, field, days, known)
    assert sweep(shop, "drift") == 1
    assert {row["field"] for row in shop.sql("SELECT field FROM feed.drift")} == {"young", "unseen"}


def test_coverage_stays_as_long_as_marks_may_look_for_it(shop):
    """The shop's upstream remembers 400 days: a setting of one day changes nothing within them."""
    keep(shop, "coverage_days", 1)
    for days in (436, 434, 399, 3):
        shop.sql("INSERT INTO jobs.coverage (dealer_id, feed, day) VALUES ('1', 'prsp', %s)",
                 [NOW.date() - timedelta(days=days)])
    assert sweep(shop, "coverage") == 1
    assert shop.value("SELECT min(day) FROM jobs.coverage") == NOW.date() - timedelta(days=434)


def test_ticks_go_unless_they_wait(shop):
    schedule = shop.value("""
        INSERT INTO jobs.schedule (id, name, kind, cron, zone, jitter_seconds, catch_up, all_dealers, dealer_ids, feeds,
                                   overlap_policy, active, created_by, created_at, updated_at, next_at, due_at)
        VALUES (1, 'nightly', 'daily', '0 1 * * *', 'Asia/Jakarta', 0, 'once', true, '{}', '{prsp}', 'skip', false,
                'test', now(), now(), now(), now())
        RETURNING id""")
    for days, state in ((91, "skipped"), (92, "waiting"), (89, "skipped")):
        at = NOW - timedelta(days=days)
        shop.sql("""INSERT INTO jobs.tick (schedule_id, at, due_at, claimed_at, state, reason)
                    VALUES (%s, %s, %s, %s, %s, %s)""",
                 [schedule, at, at, at, state, "missed" if state == "skipped" else None])
    assert sweep(shop, "ticks") == 1
    assert shop.value("SELECT count(*) FROM jobs.tick") == 2
    shop.sql("DELETE FROM jobs.schedule")


def test_a_setting_keeps_within_its_limits(shop):
    dealer = shop.connect("dealer")
    found = dealer.run("dealer_setting_set", "retention.jobs_days", 30, "admin")
    assert (found[0]["value"], found[0]["changed_by"]) == (30, "admin")
    assert dealer.run("dealer_setting_set", "retention.nothing", 30, "admin") == []
    with pytest.raises(Exception, match="setting_range"):
        dealer.run("dealer_setting_set", "retention.jobs_days", 3651, "admin")
    for row in dealer.run("dealer_setting_list", "retention."):
        assert row["least"] <= row["usual"] <= row["most"] and row["doc"].endswith("0 = for ever.")


def test_cascades_have_their_index(shop):
    """Deleting a job or a task never reads a whole table."""
    missing = shop.sql("""
        SELECT c.conrelid::regclass AS source, a.attname
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid IN ('jobs.job_record'::regclass, 'jobs.task'::regclass)
          AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])""")
    assert missing == []
