"""Storing prospects: fence, merge of repeats, versions, children, rollups, completion."""

import io
import threading
import time

import psycopg2
import pytest
from engine import Connection, array, columns, fenced, later, statement

DAY = "2026-03-05"


def prospect(number=1, **fields):
    return {"dealer_id": "1", "id_prospect": f"P{number}", "tanggal_prospect": DAY, **fields}


def units(*codes):
    return [{"kode_tipe_unit": code} for code in codes]


@pytest.fixture
def shop(engine):
    """An engine with one dealer and a fetcher; shop.save(records) runs a task for them."""
    engine.dealers("1")
    engine.storing = engine.fetcher()

    def save(records, at=0):
        engine.submit(["1"])
        return engine.storing.store(engine.lease()[0], records, later(at))

    engine.save = save
    yield engine
    engine.check_counters()


def counts(read, new, changed, same, quarantined=0):
    return {"rows_read": read, "rows_new": new, "rows_changed": changed, "rows_same": same,
            "rows_quarantined": quarantined}


def types(engine, number=1):
    return [(row["position"], row["kode_tipe_unit"]) for row in
            engine.sql("SELECT position, kode_tipe_unit FROM feed.prospect_unit WHERE id_prospect = %s ORDER BY 1",
                       [f"P{number}"])]


def test_every_column_is_stored(shop):
    names = columns("fetcher_stage_prospect_unnest")[2:]
    record = {name: f"value of {name}" for name in names}
    record |= {"dealer_id": "1", "id_prospect": "P1", "tanggal_prospect": "2026-03-05",
               "tanggal_appointment": "2026-03-07", "created_time": "2026-03-05 09:15:00",
               "modified_time": "2026-03-05 10:02:11"}
    unit = {name: f"unit's {name}" for name in columns("fetcher_stage_unit_unnest")[2:]}
    unit |= {"created_time": "2026-03-05 09:15:01", "modified_time": "2026-03-05 10:02:12"}
    assert shop.save([{**record, "units": [unit]}]) == counts(1, 1, 0, 0)
    row = shop.sql("SELECT * FROM feed.prospect")[0]
    assert {name: str(row[name]) for name in names} == {name: record[name] for name in names}
    table = {r["a"] for r in shop.sql("SELECT attname AS a FROM pg_attribute WHERE attnum > 0 "
                                      "AND attrelid = 'feed.prospect'::regclass")}
    assert table - set(names) == {"dealer_id", "requested_at", "fetched_at", "task_id", "epoch", "day"}
    child = shop.sql("SELECT * FROM feed.prospect_unit")[0]
    assert {name: str(child[name]) for name in unit} == unit


def test_copy_and_unnest_stage_the_same():
    for table in ("prospect", "unit"):
        assert columns(f"fetcher_copy_{table}") == columns(f"fetcher_stage_{table}_unnest")


def test_each_column_alone_is_a_change(shop):
    """A column that the comparison forgets would never be updated again."""
    shop.save([prospect(1, units=units("A"))])
    at = 0
    for name in columns("fetcher_stage_prospect_unnest")[3:]:
        at += 1
        kind = "2026-04-02" if name in ("tanggal_prospect", "tanggal_appointment") else \
            "2026-04-02 01:02:03" if name in ("created_time", "modified_time") else "changed"
        assert shop.save([prospect(1, **{name: kind}, units=units("A"))], at)["rows_changed"] == 1, name
        shop.sql("DELETE FROM feed.prospect")
        shop.sql("DELETE FROM feed.prospect_unit")
        shop.save([prospect(1, units=units("A"))], at)
    for name in columns("fetcher_stage_unit_unnest")[2:]:
        at += 1
        kind = "2026-04-02 01:02:03" if name in ("created_time", "modified_time") else "changed"
        assert shop.save([prospect(1, units=[{"kode_tipe_unit": "A", name: kind}])], at)["rows_changed"] == 1, name
        shop.save([prospect(1, units=units("A"))], at)


def test_by_copy(shop):
    shop.submit(["1"])
    task = shop.lease()[0]
    with shop.storing.link.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.copy_expert(statement("fetcher_copy_prospect"), io.StringIO("0\t1\tP1" + "\t\\N" * 36 + "\n"))
        cursor.copy_expert(statement("fetcher_copy_unit"), io.StringIO("0\t1\tAA1" + "\t\\N" * 5 + "\n"))
    assert shop.storing.flush(task) == counts(1, 1, 0, 0)
    shop.storing.sql("COMMIT")
    assert types(shop) == [(1, "AA1")]
    assert shop.storing.value("SELECT count(*) FROM pg_temp.stage_prospect") == 0


def test_again_changes_nothing(shop):
    records = [prospect(n, status_prospect="1", units=units("A", "B")) for n in range(30)]
    assert shop.save(records) == counts(30, 30, 0, 0)
    before = shop.sql("SELECT xmin::text, * FROM feed.prospect ORDER BY id_prospect")
    children = shop.sql("SELECT xmin::text, * FROM feed.prospect_unit ORDER BY id_prospect, position")
    assert shop.save(records, 60) == counts(30, 0, 0, 30)
    assert shop.sql("SELECT xmin::text, * FROM feed.prospect ORDER BY id_prospect") == before
    assert shop.sql("SELECT xmin::text, * FROM feed.prospect_unit ORDER BY id_prospect, position") == children


OLD, EQUAL, NEW = "2026-03-05 10:00:00", "2026-03-05 11:00:00", "2026-03-05 12:00:00"


@pytest.mark.parametrize("stored, incoming, asked, wins", [
    (EQUAL, NEW, -1, True), (EQUAL, NEW, 0, True), (EQUAL, NEW, 1, True),
    (EQUAL, OLD, -1, False), (EQUAL, OLD, 0, False), (EQUAL, OLD, 1, False),
    (EQUAL, EQUAL, -1, False), (EQUAL, EQUAL, 0, True), (EQUAL, EQUAL, 1, True),
    (None, None, -1, False), (None, None, 0, True), (None, None, 1, True),
    (None, OLD, -1, False), (None, OLD, 0, True), (None, OLD, 1, True),
    (OLD, None, -1, False), (OLD, None, 0, True), (OLD, None, 1, True),
])
@pytest.mark.parametrize("field", ["modified_time", "created_time"])
def test_which_version_wins(shop, field, stored, incoming, asked, wins):
    shop.save([prospect(alamat="stored", units=units("S"), **{field: stored})], 100)
    found = shop.save([prospect(alamat="incoming", units=units("I", "J"), **{field: incoming})], 100 + asked)
    assert found == (counts(1, 0, 1, 0) if wins else counts(1, 0, 0, 1))
    assert shop.value("SELECT alamat FROM feed.prospect") == ("incoming" if wins else "stored")
    assert types(shop) == ([(1, "I"), (2, "J")] if wins else [(1, "S")])


@pytest.mark.parametrize("modified", [EQUAL, None])
def test_a_late_answer_does_not_win_over_a_version_that_was_seen_again(shop, modified):
    """X, then Y, then X again with an equal modified time; the call that saw Y stores last."""
    shop.sql("UPDATE dealer.upstream SET concurrency = 1000")
    shop.submit(["1"], minutes=8 * 60)
    first, late, again = shop.lease(3)
    shop.sql("UPDATE jobs.task SET from_at = '2026-03-01', to_at = '2026-03-01 23:59:59'")
    x, y = ([prospect(alamat=alamat, modified_time=modified, units=units("A"))] for alamat in "XY")
    shop.storing.store(first, x, later(1))
    assert shop.storing.store(again, x, later(3)) == counts(1, 0, 0, 1)
    assert shop.storing.store(late, y, later(2)) == counts(1, 0, 0, 1)
    assert shop.value("SELECT alamat FROM feed.prospect") == "X"


def test_a_version_that_nobody_can_dispute_is_not_written_again(shop):
    """Neither a call of another window, nor one that begins later, nor another dealer's."""
    shop.sql("UPDATE dealer.upstream SET concurrency = 1000")
    shop.submit(["1"], minutes=8 * 60)
    first, again, _ = shop.lease(3)
    records = [prospect(modified_time=EQUAL)]
    shop.storing.store(first, records, later(1))
    before = shop.value("SELECT xmin::text FROM feed.prospect")
    assert shop.storing.store(again, records, later(3)) == counts(1, 0, 0, 1)
    assert shop.value("SELECT xmin::text FROM feed.prospect") == before


def test_an_unreadable_modified_time_is_none(shop):
    """It must not make the newest answer an old one; created_time says nothing about it."""
    shop.save([prospect(created_time=OLD, modified_time=EQUAL, alamat="first")])
    assert shop.save([prospect(created_time=OLD, modified_time_raw="2026-13-32", alamat="second")], 60) == \
        counts(1, 0, 1, 0)
    assert shop.save([prospect(created_time=NEW, modified_time_raw="?", alamat="late answer")], 30) == counts(1, 0, 0, 1)
    assert shop.save([prospect(created_time=OLD, modified_time=EQUAL, alamat="third")], 90) == counts(1, 0, 1, 0)
    assert shop.value("SELECT alamat FROM feed.prospect") == "third"


def test_modified_goes_before_created(shop):
    shop.save([prospect(created_time=OLD, modified_time=NEW)], 1)
    shop.save([prospect(created_time=NEW, modified_time=EQUAL, alamat="x")], 2)
    assert shop.value("SELECT alamat FROM feed.prospect") is None


@pytest.mark.parametrize("before, after", [("AB", "A"), ("A", "AB"), ("AB", "BA"), ("A", ""), ("", "A"), ("AA", "A")])
def test_children_follow_their_parent(shop, before, after):
    shop.save([prospect(units=units(*before)), prospect(2, units=units("X"))])
    found = shop.save([prospect(units=units(*after)), prospect(2, units=units("X"))], 1)
    assert found == counts(2, 0, 1, 1)
    assert types(shop) == list(enumerate(after, 1)) and types(shop, 2) == [(1, "X")]


def test_a_unit_without_any_value_is_a_unit(shop):
    shop.save([prospect()])
    assert shop.save([prospect(units=[{}])], 1) == counts(1, 0, 1, 0)
    assert types(shop) == [(1, None)]


def test_exploded_parents_are_joined(shop):
    """Nowhere more than one unit: repeats are rows of a join, the same unit twice counts twice."""
    answer = [prospect(1, units=units("A")), prospect(2, units=units("C")), prospect(1, units=units("B")),
              prospect(1, units=units("A")), prospect(3)]
    assert shop.save(answer) == counts(3, 3, 0, 0)
    assert types(shop) == [(1, "A"), (2, "B"), (3, "A")]
    assert types(shop, 2) == [(1, "C")] and types(shop, 3) == []
    assert shop.save(answer, 1) == counts(3, 0, 0, 3)


def test_an_upstream_that_sends_its_records_twice_doubles_no_unit(shop):
    """Each element as often as all others, or a multiple of it: a unit that a record has twice."""
    once = [prospect(1, units=units("A")), prospect(2, units=units("B")), prospect(3)]
    assert shop.save(once) == counts(3, 3, 0, 0)
    for hour, answer in enumerate([once + once, [once[0]] * 2, once * 3], 1):
        assert shop.save(answer, hour)["rows_changed"] == 0
        assert [types(shop, n) for n in (1, 2, 3)] == [[(1, "A")], [(1, "B")], []]
    joined = [prospect(4, units=units(type)) for type in "AABA"]
    shop.save([once[0], *joined] * 2, 5)
    assert types(shop, 4) == [(1, "A"), (2, "A"), (3, "B"), (4, "A")]
    shop.save([prospect(5, units=units("A", "A"))] * 2, 6)
    assert types(shop, 5) == [(1, "A"), (2, "A")], "in one record the same unit twice is two units"


def test_units_that_differ_in_anything_are_two(shop):
    shop.save([prospect(1, units=[{"kode_tipe_unit": "A", "sales_program_id": program}]) for program in ("P", "Q", None)])
    assert types(shop) == [(1, "A"), (2, "A"), (3, "A")]


def test_repeated_whole_records_are_not_joined(shop):
    """Somewhere two units: a repeat is a second copy, the later one counts."""
    answer = [prospect(1, alamat="a", units=units("A")), prospect(2, units=units("C", "D")),
              prospect(1, alamat="b", units=units("B"))]
    assert shop.save(answer) == counts(2, 2, 0, 0)
    assert types(shop) == [(1, "B")]
    assert shop.value("SELECT alamat FROM feed.prospect WHERE id_prospect = 'P1'") == "b"


def test_of_repeats_the_later_modified_wins(shop):
    shop.save([prospect(alamat="new", modified_time=NEW, units=units("N")),
               prospect(alamat="old", modified_time=OLD, units=units("O")),
               prospect(alamat="none", units=units("?"))])
    assert shop.value("SELECT alamat FROM feed.prospect") == "new"
    assert types(shop) == [(1, "N")]


def test_undated(shop):
    shop.save([prospect(1, tanggal_prospect=None, tanggal_prospect_raw="31/02/2026"), prospect(2)])
    assert shop.sql("SELECT day::text, n FROM report.day_count WHERE dimension = 'total' ORDER BY day") == [
        {"day": "-infinity", "n": 1}, {"day": DAY, "n": 1}]
    shop.save([prospect(1, tanggal_prospect="2026-03-06"), prospect(2, tanggal_prospect=None)], 1)
    assert shop.sql("SELECT day::text, n FROM report.day_count WHERE dimension = 'total' ORDER BY day") == [
        {"day": "-infinity", "n": 1}, {"day": "2026-03-06", "n": 1}]


def test_an_empty_answer_completes_the_task(shop):
    listener = shop.connect("analytics")
    listener.sql("LISTEN dd_data")
    assert shop.save([]) == counts(0, 0, 0, 0)
    assert listener.notified() == [("dd_data", "")]
    assert shop.sql("SELECT version, data_as_of FROM report.version") == [{"version": 1, "data_as_of": None}]
    assert shop.value("SELECT state FROM jobs.job") == "succeeded"


def test_stores_close_together_are_told_once(shop):
    """Commits that notify go one by one; whoever was told looks again until nothing changes."""
    listener = shop.connect("analytics")
    listener.sql("LISTEN dd_data")
    for ms, told in [(0, 1), (39, 0), (40, 0), (81, 1), (120, 0), (60, 1), (200, 1)]:
        shop.storing.sql("SELECT report.raise_version('1', NULL, %s)", [later(ms / 1000)])
        assert listener.notified(told) == [("dd_data", "")] * told, ms
    assert shop.value("SELECT version FROM report.version WHERE dealer_id = '1'") == 7


def test_version_and_freshness(shop):
    shop.save([prospect(1, modified_time=NEW), prospect(2, created_time=EQUAL)])
    shop.save([prospect(3, modified_time=OLD)])
    row = shop.sql("SELECT version, data_as_of::text, now() - fetched_at < '1 minute' AS fresh FROM report.version")[0]
    assert row == {"version": 2, "data_as_of": NEW, "fresh": True}


def test_quarantine_is_part_of_the_transaction(shop):
    shop.submit(["1"])
    task = shop.lease()[0]
    fetcher = shop.storing
    for end, kept in (("ROLLBACK", 0), ("COMMIT", 1)):
        fetcher.sql("BEGIN")
        fetcher.run("fetcher_quarantine_unnest", task["task_id"], task["epoch"], "prsp", 0, ["1"],
                    ["row.no_key"], [None], ['{"a": 1}'], [True])
        fetcher.stage([prospect()])
        assert fetcher.flush(task, quarantined=1) == counts(1, 1, 0, 0, 1)
        fetcher.sql(end)
        assert shop.value("SELECT count(*) FROM feed.quarantine") == kept
    assert shop.job(shop.value("SELECT id FROM jobs.job"))["rows_quarantined"] == 1


def test_fenced(shop):
    shop.submit(["1"])
    task = shop.lease()[0]
    for wrong in ({**task, "epoch": 2}, {**task, "task_id": 999999}):
        with pytest.raises(psycopg2.Error) as error:
            shop.storing.store(wrong, [prospect()])
        assert fenced(error)
    shop.storing.store(task, [prospect()])
    with pytest.raises(psycopg2.Error) as error:
        shop.storing.store(task, [prospect(alamat="twice")])
    assert fenced(error)
    assert shop.storing.run("fetcher_task_state", task["task_id"], task["epoch"]) == [{"state": "succeeded"}]
    assert shop.storing.run("fetcher_task_state", task["task_id"], 2) == []
    assert shop.value("SELECT alamat FROM feed.prospect") is None


def test_complete_is_fenced(shop):
    shop.submit(["1"])
    task = shop.lease()[0]
    ask = "SELECT jobs.complete_task(now(), %s, %s, 0, 0, 0, 0, 0, 0, 200, 1, 1, 1, 1)"
    assert shop.storing.value(ask, [task["task_id"], 7]) is False
    assert shop.storing.value(ask, [task["task_id"], 1]) is True
    assert shop.storing.value(ask, [task["task_id"], 1]) is False


def test_a_row_of_another_dealer_is_refused(shop):
    shop.submit(["1"])
    with pytest.raises(psycopg2.Error, match='belongs to dealer "2"'):
        shop.storing.store(shop.lease()[0], [{"dealer_id": "2", "id_prospect": "P"}])
    shop.storing.store(shop.sql("SELECT id AS task_id, epoch FROM jobs.task")[0], [prospect()])


def test_a_call_over_two_dealers(engine):
    """Counts and versions are per dealer."""
    engine.dealers("1", "2")
    engine.submit(["1"])
    task = engine.lease()[0]
    engine.sql("INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) VALUES ('2', %s, %s)",
               [task["task_id"], task["job_id"]])
    records = [prospect(1), prospect(2), {**prospect(1), "dealer_id": "2"}]
    assert engine.fetcher().store(task, records) == counts(3, 3, 0, 0)
    assert engine.sql("SELECT dealer_id, rows_new, state FROM jobs.task_dealer ORDER BY 1") == [
        {"dealer_id": "1", "rows_new": 2, "state": "succeeded"},
        {"dealer_id": "2", "rows_new": 1, "state": "succeeded"}]
    assert engine.value("SELECT count(*) FROM report.version") == 2
    engine.check_counters()


def group(shop, members, at=0):
    """Stores several answers in one transaction, as the fetcher does; members are (task, records)."""
    fetcher = shop.storing
    tasks, epochs = [m[0]["task_id"] for m in members], [m[0]["epoch"] for m in members]
    fetcher.sql("BEGIN")
    try:
        fetcher.run("fetcher_group_begin", "prsp", tasks, epochs, [m[0]["task_id"] for m in members if m[1]])
        fetcher.run("fetcher_group_empty", [task["task_id"] for task, records in members if not records])
        found = []
        for task, records in members:
            if records:
                fetcher.stage(records)
                found += fetcher.run("fetcher_group_rows_prospect", task["task_id"], task["epoch"],
                                     int(later(at).timestamp() * 1000), len(records), 0)
                fetcher.run("fetcher_group_clear")
        n = len(members)
        fetcher.run("fetcher_group_end", tasks, epochs, [1000] * n, [200] * n, [1] * n, [2] * n, [30] * n, [40] * n,
                    [None] * n)
    except psycopg2.Error:
        fetcher.sql("ROLLBACK")
        raise
    fetcher.sql("COMMIT")
    return found


STATE = """
    SELECT t.dealer_id, t.from_at, t.state, t.rows_read, t.rows_new, t.bytes, d.state AS dealer_state, d.rows_new AS n,
           a.outcome, a.http_status, a.total_ms, a.rows_read AS attempt_rows, j.state AS job_state, j.tasks_succeeded,
           j.rows_new AS job_rows, c.rows AS covered_rows, c.covered::text
    FROM jobs.task t JOIN jobs.task_dealer d ON d.task_id = t.id JOIN jobs.attempt a ON a.task_id = t.id
    JOIN jobs.job j ON j.id = t.job_id
    LEFT JOIN jobs.coverage c ON c.dealer_id = d.dealer_id AND c.day = t.from_at::date ORDER BY t.id"""


def test_a_group_leaves_what_single_stores_leave(engine):
    found = []
    for together in (False, True):
        engine.clear()
        engine.sql("TRUNCATE jobs.coverage")
        engine.dealers("1", "2", concurrency=100)
        engine.storing = engine.fetcher()
        engine.submit(["1", "2"], minutes=8 * 60)
        tasks = engine.lease(6)
        answers = [[] if n in (1, 4) else [{**prospect(n), "dealer_id": task["dealer_id"], "units": units("A")},
                                           {**prospect(99), "dealer_id": task["dealer_id"]}]
                   for n, task in enumerate(tasks)]
        if together:
            said = group(engine, list(zip(tasks, answers)))
            assert [row["rows_new"] for row in said] == [2, 1, 2, 1]
        else:
            for task, answer in zip(tasks, answers):
                engine.storing.store(task, answer)
        engine.check_counters()
        found.append((engine.sql(STATE), engine.sql("SELECT dealer_id, id_prospect FROM feed.prospect ORDER BY 1, 2"),
                      engine.sql("SELECT * FROM report.day_count ORDER BY 1, 2, 3, 4, 5"),
                      engine.sql("SELECT dealer_id FROM report.version ORDER BY 1")))
        assert engine.value("SELECT count(*) FROM jobs.lease") == 0
    assert found[0] == found[1]
    assert {row["job_state"] for row in found[1][0]} == {"succeeded"}


def test_empty_answers_of_a_group_make_their_dealer_fresher(shop):
    shop.submit(["1"], minutes=8 * 60)
    group(shop, [(task, []) for task in shop.lease(3)])
    assert shop.sql("SELECT dealer_id, version FROM report.version") == [{"dealer_id": "1", "version": 1}]
    assert shop.value("SELECT state FROM jobs.job") == "succeeded"


def test_a_group_with_one_lost_lease_stores_nothing(shop):
    shop.submit(["1"], minutes=8 * 60)
    tasks = shop.lease(3)
    tasks[1] = {**tasks[1], "epoch": 7}
    with pytest.raises(psycopg2.Error) as error:
        group(shop, [(task, [prospect()]) for task in tasks])
    assert fenced(error)
    assert shop.value("SELECT count(*) FROM feed.prospect") == 0
    for task in (tasks[0], tasks[2]):
        shop.storing.store(task, [prospect()], later(1))


def test_overlapping_windows_at_the_same_time(shop):
    """Four fetchers store the same keys in different orders, again and again: no deadlock, no error,
    and the end is exact."""
    rounds, keys = 12, 40
    shop.sql("UPDATE dealer.upstream SET concurrency = 1000")
    shop.submit(["1"], "2026-01-01 00:00:00", "2026-02-17 23:59:59")
    tasks = shop.lease(4 * rounds)
    failures = []

    def work(worker):
        fetcher = shop.fetcher(f"fetcher-{worker}")
        try:
            for turn in range(rounds):
                number = worker * rounds + turn
                order = sorted(range(keys), key=lambda key: (key * (2 * worker + 7)) % 41)
                fetcher.store(tasks[number], [
                    prospect(key, status_prospect=str(number), tanggal_prospect=f"2026-03-{number % 28 + 1:02}",
                             units=units(*"AB"[: number % 3])) for key in order], later(number))
        except psycopg2.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    last = 4 * rounds - 1
    assert shop.sql("SELECT DISTINCT status_prospect FROM feed.prospect") == [{"status_prospect": str(last)}]
    assert shop.value("SELECT count(*) FROM feed.prospect_unit") == keys * min(last % 3, 2)
    assert shop.sql("SELECT day::text, n FROM report.day_count WHERE dimension = 'total'") == [
        {"day": f"2026-03-{last % 28 + 1:02}", "n": keys}]
    assert shop.value("SELECT version FROM report.version") == 4 * rounds
    assert shop.value("SELECT state FROM jobs.job") == "succeeded"


@pytest.mark.parametrize("second, total", [(1, 1), (2, 2)])
def test_a_merge_waits_for_the_one_before(shop, second, total):
    """Same record: the second finds the first's row. Same day alone: no rollup update is lost."""
    shop.submit(["1"], "2026-03-01 00:00:00", "2026-03-02 23:59:59")
    tasks = shop.lease(2)
    other = shop.fetcher("other")
    shop.storing.sql("BEGIN")
    shop.storing.stage([prospect(1)])
    shop.storing.flush(tasks[0], later(1))
    found = []
    thread = threading.Thread(
        target=lambda: found.append(other.store(tasks[1], [prospect(second, alamat="later")], later(2))))
    thread.start()
    end = time.monotonic() + 5
    while shop.value("SELECT wait_event_type || ' ' || wait_event FROM pg_stat_activity WHERE pid = %s",
                     [other.pid()]) != "Lock advisory":
        assert time.monotonic() < end
        time.sleep(0.01)
    shop.storing.sql("COMMIT")
    thread.join(10)
    assert found == [counts(1, 0, 1, 0) if second == 1 else counts(1, 1, 0, 0)]
    assert shop.sql("SELECT n FROM report.day_count WHERE dimension = 'total'") == [{"n": total}]


def test_large_answers_are_stored_as_a_whole(shop):
    """20,000 records with units in seconds, by COPY, also on a connection whose first answer was small."""
    shop.save([prospect(0)])
    shop.submit(["1"])
    task = shop.lease()[0]
    parents = "".join(f"{n}\t1\tP{n:05}" + "\t\\N" * 36 + "\n" for n in range(20000))
    children = "".join(f"{n}\t1\tAA{n % 9}" + "\t\\N" * 5 + "\n" for n in range(20000))
    fetcher = shop.storing
    with fetcher.link.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.copy_expert(statement("fetcher_copy_prospect"), io.StringIO(parents))
        cursor.copy_expert(statement("fetcher_copy_unit"), io.StringIO(children))
        cursor.execute("SET LOCAL statement_timeout = '10s'")
    assert fetcher.flush(task) == counts(20000, 20000, 0, 0)
    fetcher.sql("COMMIT")


def test_stage_is_made_once(shop):
    for _ in range(3):
        shop.storing.run("fetcher_stage_create")
    shop.save([prospect()])
    other = Connection(shop.url, "fetcher")
    other.run("fetcher_stage_create")
    assert other.value("SELECT count(*) FROM pg_temp.stage_prospect") == 0
    other.close()


def test_refresh_of_an_unknown_feed(shop):
    with pytest.raises(psycopg2.Error) as error:
        shop.storing.sql("SELECT report.refresh('1', 'spk', %s)", [array([DAY])])
    assert error.value.pgcode == "DD016"
