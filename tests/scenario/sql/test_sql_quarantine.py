"""Quarantine and replay in SQL: one row for a record, one task for a time of call, nothing twice; drift."""

import uuid
from datetime import timedelta
from threading import Thread

import psycopg2
import pytest
from engine import NOW, array, later


@pytest.fixture
def shop(engine):
    engine.dealers("1", "2", concurrency=2)
    engine.storing = engine.fetcher()
    return engine


def set_aside(shop, task, raws, at=NOW, dealer="1", reason="row.too_long", whole=True):
    n = len(raws)
    shop.storing.run("fetcher_quarantine_unnest", task["task_id"], task["epoch"], "prsp",
                     int(at.timestamp() * 1000), [dealer] * n, [reason] * n, [None] * n, raws, [whole] * n)


def bring(shop, raws, at=NOW, dealer="1", **more):
    """A call that brings these records; its task."""
    shop.submit([dealer])
    task, = shop.lease(at=at)
    shop.storing.sql("BEGIN")
    set_aside(shop, task, raws, at, dealer, **more)
    shop.storing.flush(task, quarantined=len(raws))
    shop.storing.sql("COMMIT")
    return task


def replay(shop, at=NOW, ids=None, dealer=None, reason=None, connection=None, size=100, most=100):
    job = str(uuid.uuid4())
    (connection or shop).sql("SELECT jobs.replay(%s, %s, %s, %s, NULL, %s, NULL, NULL, NULL, NULL, 'ann', %s, %s)",
                             [at, job, None if ids is None else array(ids), dealer, reason, size, most])
    return job


def records(shop, columns="id, state, seen, replays"):
    return [tuple(row.values()) for row in shop.sql(f"SELECT {columns} FROM feed.quarantine ORDER BY id")]


def code(error):
    return error.value.pgcode


def test_a_record_is_one_row_however_often_it_comes(shop):
    first = bring(shop, ['{"a":1}', '{"a":1}', '{"b":1}'])
    again = bring(shop, ['{"b":1}', '{"a":1}'], later(60), reason="row.type")
    rows = records(shop, "reason, seen, task_id, last_task_id, requested_at")
    assert rows == [("row.type", 2, first["task_id"], again["task_id"], later(60))] * 2
    bring(shop, ['{"a":1}'], dealer="2")
    assert len(records(shop)) == 3
    assert records(shop, "length(hash)")[0] == (32,)


def test_stores_that_bring_the_same_records_in_another_order_do_not_meet(shop):
    raws = [f'{{"n":{n}}}' for n in range(60)]
    threads = []
    for order in (raws, raws[::-1], raws[30:] + raws[:30]):
        shop.submit(["1"])
        task, = shop.lease()
        fetcher = shop.fetcher(f"fetcher-{len(threads)}")

        def run(task=task, fetcher=fetcher, order=order):
            fetcher.sql("BEGIN")
            for part in (order[:20], order[20:40], order[40:]):  # as when the answer goes by COPY
                n = len(part)
                fetcher.run("fetcher_quarantine_unnest", task["task_id"], task["epoch"], "prsp", 0, ["1"] * n,
                            ["row.type"] * n, [None] * n, part, [True] * n)
            fetcher.flush(task, quarantined=60)
            fetcher.sql("COMMIT")

        shop.sql("DELETE FROM jobs.lease")  # room for the next one
        threads.append(Thread(target=run))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row[2] for row in records(shop)] == [3] * 60


def test_a_replay_has_a_task_for_each_dealer_and_time_of_call(shop):
    bring(shop, ['{"a":1}', '{"a":2}', '{"a":3}'])
    bring(shop, ['{"a":4}'], later(60))
    bring(shop, ['{"a":5}'], dealer="2")
    job = replay(shop, reason="row.too_long", size=2)
    tasks = shop.sql("SELECT id, dealer_id, kind FROM jobs.task WHERE job_id = %s ORDER BY id", [job])
    assert [(task["dealer_id"], task["kind"]) for task in tasks] == [("1", "replay")] * 3 + [("2", "replay")]
    found = [shop.storing.run("fetcher_replay_records", task["id"]) for task in tasks]
    assert [len(rows) for rows in found] == [2, 1, 1, 1]
    assert {row["raw"] for row in found[0] + found[1]} == {'{"a":1}', '{"a":2}', '{"a":3}'}
    assert [row["raw"] for row in found[2] + found[3]] == ['{"a":4}', '{"a":5}']
    assert {row["requested_ms"] for row in found[2]} == {int(later(60).timestamp() * 1000)}
    told = shop.job(job)
    assert (told["kind"], told["tasks_total"], told["requested_by"]) == ("replay", 4, "ann")
    shop.check_counters()


def test_nothing_is_replayed_twice_at_a_time(shop):
    bring(shop, ['{"a":1}', '{"a":2}'])
    one, two = shop.connect("scheduler"), shop.connect("scheduler")
    replay(shop, ids=[records(shop)[0][0]], connection=one)
    job = replay(shop, dealer="1", connection=two)
    assert shop.value("SELECT count(*) FROM feed.quarantine q JOIN jobs.task t ON t.id = q.replay_task_id"
                      " WHERE t.job_id = %s", [job]) == 1
    with pytest.raises(psycopg2.Error) as error:
        replay(shop, dealer="1")
    assert code(error) == "DD070"


def test_what_cannot_be_replayed(shop):
    bring(shop, ['{"a":'], whole=False)
    shop.sql("INSERT INTO dealer.dealers (dealer_id, dealer_name) VALUES ('3', 'No key')")
    shop.sql("""INSERT INTO feed.quarantine (dealer_id, feed, task_id, epoch, last_task_id, reason, raw, hash,
                requested_at, created_at, seen_at)
                SELECT d, 'prsp', 1, 1, 1, 'row.no_dealer', '{}', 'h', now(), now(), now()
                FROM unnest('{*,3}'::text[]) d""")
    with pytest.raises(psycopg2.Error) as error:
        replay(shop, ids=[row[0] for row in records(shop)])
    assert code(error) == "DD070"
    bring(shop, ['{"a":1}', '{"a":2}', '{"a":3}'])
    with pytest.raises(psycopg2.Error) as error:
        replay(shop, dealer="1", size=1, most=2)
    assert code(error) == "DD071" and shop.value("SELECT count(*) FROM jobs.job WHERE kind = 'replay'") == 0


def test_a_replay_takes_no_room_and_waits_for_none(shop):
    bring(shop, ['{"a":1}', '{"a":2}', '{"a":3}'])
    shop.sql("""UPDATE dealer.upstream SET quota = 0, calls_per_minute = 1, burst = 1, credential_concurrency = 1,
                dealer_concurrency = 1""")
    shop.sql("UPDATE jobs.upstream_state SET tokens = 0, tokens_at = %s, failures = 9, open_until = %s",
             [NOW, later(3600)])
    shop.sql("UPDATE jobs.credential_state SET flagged_at = %s, blocked_until = %s", [later(10), later(3600)])
    used = shop.sql("SELECT calls FROM jobs.credential_state")
    replay(shop, dealer="1", size=1)
    leased = shop.lease(3) + shop.lease(3) + shop.lease(3)
    assert [task["kind"] for task in leased] == ["replay"] * 3
    assert shop.sql("SELECT calls FROM jobs.credential_state") == used
    # Now the calls may go, and find all of their room.
    shop.sql("UPDATE jobs.upstream_state SET tokens = NULL, tokens_at = NULL, open_until = NULL, failures = 0")
    shop.sql("UPDATE jobs.credential_state SET flagged_at = NULL, blocked_until = NULL")
    shop.sql("UPDATE dealer.upstream SET quota = NULL, calls_per_minute = NULL, dealer_concurrency = NULL, "
             "credential_concurrency = NULL")
    shop.submit(["1"], "2026-03-01 00:00:00", "2026-03-03 23:59:59")
    assert len(shop.lease(9)) == 2
    shop.check_counters()


@pytest.mark.parametrize("scope, target, held", [("dealer", "1", True), ("all", "", True), ("feed", "prsp", False),
                                                 ("dealer", "2", False)])
def test_pauses_of_the_dealer_and_of_all_hold_a_replay(shop, scope, target, held):
    bring(shop, ['{"a":1}'])
    replay(shop, dealer="1")
    shop.sql("INSERT INTO jobs.pause VALUES (%s, %s, NULL, 'ann', now())", [scope, target])
    try:
        assert len(shop.lease(5)) == (0 if held else 1)
    finally:
        shop.sql("DELETE FROM jobs.pause")


def test_only_the_lease_that_holds_settles(shop):
    bring(shop, ['{"a":1}'])
    replay(shop, dealer="1")
    old, = shop.lease()
    shop.reap(later(11))
    task, = shop.lease(at=later(12))
    assert task["task_id"] == old["task_id"]
    with pytest.raises(psycopg2.Error) as error:
        shop.storing.run("fetcher_replay_settle", old["task_id"], old["epoch"])
    assert code(error) == "DD001" and records(shop, "state") == [("open",)]
    covered = shop.sql("SELECT * FROM jobs.coverage")
    shop.storing.sql("BEGIN")
    shop.storing.run("fetcher_replay_settle", task["task_id"], task["epoch"])
    shop.storing.flush(task)
    shop.storing.sql("COMMIT")
    assert records(shop, "state, replays, settled_by, replay_task_id") == [("stored", 1, "ann", task["task_id"])]
    assert shop.sql("SELECT * FROM jobs.coverage") == covered
    shop.check_counters()


def test_what_a_replay_sets_aside_again_stays_with_its_first_time(shop):
    bring(shop, ['{"a":1}', '{"a":2}'])
    replay(shop, dealer="1")
    task, = shop.lease(at=later(99))
    shop.storing.sql("BEGIN")
    set_aside(shop, task, ['{"a":1}'], later(99), reason="row.type")
    shop.storing.run("fetcher_replay_settle", task["task_id"], task["epoch"])
    shop.storing.flush(task, quarantined=1)
    shop.storing.sql("COMMIT")
    assert records(shop, "state, reason, seen, replays, requested_at") == [
        ("open", "row.type", 1, 1, NOW), ("stored", "row.too_long", 1, 1, NOW)]


def test_a_dismissed_record_stays_dismissed(shop):
    bring(shop, ['{"a":1}'])
    scheduler = shop.connect("scheduler")
    for n in (1, 0):
        assert scheduler.run("scheduler_quarantine_dismiss", None, "1", None, None, None, None, None, None, "ann", "a test") == [{"dismiss": n}]
    bring(shop, ['{"a":1}'], later(5))
    assert records(shop, "state, seen, settled_by, why") == [("dismissed", 2, "ann", "a test")]


def test_records_are_meant_by_field_and_time(shop):
    bring(shop, ['{"a":1}'])
    bring(shop, ['{"a":2}'], later(5))
    first, second = (row["id"] for row in shop.sql("SELECT id FROM feed.quarantine ORDER BY id"))
    shop.sql("UPDATE feed.quarantine SET created_at = %s, seen_at = %s", [NOW, NOW])
    shop.sql("UPDATE feed.quarantine SET field = 'alamat', created_at = %s, seen_at = %s WHERE id = %s",
             [later(5), later(5), second])

    def meant(field=None, begin=None, end=None):
        times = [at and int(at.timestamp() * 1000) for at in (begin, end)]
        rows = shop.sql("SELECT id FROM feed.meant(NULL, NULL, NULL, NULL, NULL, %s, %s, %s)", [field, *times])
        return {row["id"] for row in rows}

    assert meant() == {first, second}
    assert meant(field="alamat") == {second} and meant(field="none") == set()
    assert meant(begin=later(5)) == {second} and meant(end=NOW) == {first} and meant(begin=later(6)) == set()
    assert meant(begin=NOW, end=later(5)) == {first, second}


def dismiss(connection, ids):
    """As a person asks for it."""
    connection.sql("BEGIN")
    for name, value in (("dd.principal", "ann"), ("dd.action", "quarantine.dismiss"), ("dd.dealers", "{*}")):
        connection.sql("SELECT set_config(%s, %s, true)", [name, value])
    n = connection.value("SELECT feed.dismiss(%s, %s, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'ann', 'Test data')",
                         [NOW, array(ids)])
    connection.sql("COMMIT")
    return n


def test_many_records_are_dismissed_as_quickly_after_one_as_before(shop):
    """A plan made for one record, and kept by the session, does for twenty thousand."""
    bring(shop, ['{"a":0}'])
    shop.sql("""INSERT INTO feed.quarantine (dealer_id, feed, task_id, epoch, reason, raw, hash, whole, created_at,
                                             seen_at, requested_at, last_task_id)
                SELECT dealer_id, feed, task_id, epoch, reason, raw, sha256(n::text::bytea), whole, created_at, seen_at,
                       requested_at, last_task_id
                FROM feed.quarantine, generate_series(1, 20000) n""")
    assert len(records(shop, "id")) == 20001
    ids = [id for id, in records(shop, "id")]
    scheduler = shop.connect("scheduler")
    assert [dismiss(scheduler, [id]) for id in ids[:7]] == [1] * 7
    assert dismiss(scheduler, ids) == len(ids) - 7
    trail = shop.sql("""SELECT after ->> 'rows' AS n, after ->> 'why' AS why FROM account.audit
                        WHERE action = 'quarantine.dismiss' ORDER BY seq DESC LIMIT 2""")
    assert [tuple(row.values()) for row in trail] == [("19994", "Test data"), ("1", "Test data")]


# ---- drift ----

def notice(shop, *rows, at=NOW, most=500):
    upstream = shop.value("SELECT id FROM dealer.upstream")
    columns = [array(column) for column in zip(*rows)]
    return shop.value("SELECT feed.notice_fields(%s, %s, 'prsp', %s, %s, %s, %s, %s, %s)",
                      [at, upstream, *columns, most])


def drift(shop):
    return [(row["field"], row["kind"], row["type"], row["answers"])
            for row in shop.sql("SELECT * FROM feed.drift ORDER BY id")]


def test_new_vanished_and_retyped_fields(shop):
    known = [("", "alamat", "string", 1, True), ("", "noKtp", "null", 1, True)]
    assert notice(shop, *known) == 0 and drift(shop) == []
    assert notice(shop, ("", "baru", "string", 2, False), ("", "alamat", "number", 1, True)) == 2
    # null is no type; a field that was never there does not vanish
    assert notice(shop, ("", "noKtp", "string", 1, True), ("", "idEvent", "", 1, True), ("", "alamat", "null", 1, True)) == 0
    assert notice(shop, ("", "alamat", "", 3, True)) == 1
    assert notice(shop, ("", "baru", "string", 3, False), ("", "alamat", "number", 4, True),
                  ("", "alamat", "", 1, True), ("unit", "alamat", "string", 1, True), at=later(60)) == 0
    assert drift(shop) == [("baru", "new", "string", 5), ("alamat", "retyped", "number", 5), ("alamat", "vanished", "", 4)]


def test_made_up_names_fill_no_table(shop):
    for n in range(20):
        notice(shop, ("", f"x{n}", "string", 1, False), most=10)
    assert len(drift(shop)) == 10


def test_a_finding_is_told_to_one_scheduler(shop):
    notice(shop, ("", "baru", "string", 1, False))
    one, two = shop.connect("scheduler"), shop.connect("scheduler")
    one.sql("BEGIN")
    assert len(one.run("scheduler_drift_tell")) == 1 and two.run("scheduler_drift_tell") == []
    one.sql("COMMIT")
    assert one.run("scheduler_drift_tell") == []


def test_old_calls_do_not_bring_a_record_back_to_an_earlier_time(shop):
    bring(shop, ['{"a":1}'], later(100))
    bring(shop, ['{"a":1}'], NOW - timedelta(seconds=100))
    assert records(shop, "requested_at, seen") == [(later(100), 2)]
