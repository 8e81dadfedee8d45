"""Figures, their cache and their freshness, on rows that the storing functions put there."""

import datetime
import random
import uuid
from pathlib import Path

import psycopg2
import pytest
import redis
from system import wait_for
from wire import BusError

DEALER = "10001"
EPOCH = datetime.date(2026, 1, 1)
VERSIONS = Path(__file__).parents[2] / "sql/queries/analytics_versions.sql"


def call(system, method, body=None, name="analytics-1", **options):
    with system.wire(name) as wire:
        return wire.call(method, body or {}, **options)


def report(system, name="analytics-1", **more):
    return call(system, "report.prospects", {"dealer_id": DEALER, **more}, name=name)


def counter(system, wanted, name="analytics-1"):
    return {c["name"]: c["value"] for c in call(system, "sys.stats", name=name)["counters"]}[wanted]


@pytest.fixture
def analytics(make_system):
    """Two analytics processes, a scheduler, Redis and one dealer without data."""
    system = make_system(instances={"analytics": 2})
    system.query("""INSERT INTO dealer.upstream (name, base_url, history_days)
                    VALUES ('main', 'https://upstream.invalid/dgi-api/v1.3', 3000)""")
    system.query("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                    SELECT id, 'f', 'sealed', 'sealed' FROM dealer.upstream""")
    system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                    SELECT %s, 'A Dealer', id FROM dealer.credential""", (DEALER,))
    system.start_redis()
    system.start("scheduler-1", "analytics-1", "analytics-2")
    return system


def store(system, prospects):
    """Stores prospects (id, date or None, status, source, units) through a job, as a fetcher does."""
    call(system, "job.submit", {"dealer_ids": [DEALER], "from": "2026-10-01", "to": "2026-10-01"},
         name="scheduler-1")
    task = call(system, "task.lease", {"instance": str(uuid.uuid4()), "name": "test", "want": 1},
                name="scheduler-1")["tasks"][0]
    connection = psycopg2.connect(system.database_url, options="-c role=dd_fetcher")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT feed.create_stage()")
    with connection, connection.cursor() as cursor:
        for seq, (key, day, status, source, units) in enumerate(prospects):
            cursor.execute("""INSERT INTO pg_temp.stage_prospect (seq, dealer_id, id_prospect, tanggal_prospect,
                                  status_prospect, sumber_prospect, created_time, modified_time)
                              VALUES (%s, %s, %s, %s, %s, %s, '2026-10-01 08:00:00', clock_timestamp())""",
                           (seq, DEALER, key, day, status, source))
            for position, unit in enumerate(units, 1):
                cursor.execute("INSERT INTO pg_temp.stage_unit (seq, position, kode_tipe_unit) VALUES (%s, %s, %s)",
                               (seq, position, unit))
        cursor.execute("""SELECT feed.store_prospect(clock_timestamp(), %s, %s, clock_timestamp(), 0, 100, 200,
                                                     1, 2, 3, 4)""", (task["task_id"], task["epoch"]))
    connection.close()


def some_prospects(seed, n, first=0):
    dice = random.Random(seed)
    days = [None, *[EPOCH + datetime.timedelta(d) for d in range(40)]]
    return [(f"P{first + i}", dice.choice(days), dice.choice(["1", "2", "3", "4", "5", "9", None]),
             dice.choice(["0001", "0004", None]), [dice.choice(["AA1", "BB2", "CC3", None])
                                                   for _ in range(dice.randrange(4))]) for i in range(n)]


def raw_figures(system, first=None, last=None):
    """The same figures from the raw rows by SQL that knows nothing of rollups."""
    where = "dealer_id = %(dealer)s"
    if first:
        where += " AND tanggal_prospect BETWEEN %(first)s AND %(last)s"
    values = {"dealer": DEALER, "first": first, "last": last}
    one = system.query(f"""SELECT count(*) AS total, count(*) FILTER (WHERE status_prospect IN ('1', '2', '3')) AS active
                           FROM feed.prospect WHERE {where}""", values)[0]
    days = system.query(f"""SELECT tanggal_prospect::text AS date, count(*) AS count FROM feed.prospect
                            WHERE {where} AND tanggal_prospect IS NOT NULL GROUP BY 1 ORDER BY 1""", values)
    status = system.query(f"""SELECT coalesce(status_prospect, '') AS code, count(*) AS count FROM feed.prospect
                              WHERE {where} GROUP BY 1 ORDER BY 1""", values)
    units = system.query(f"""SELECT coalesce(u.kode_tipe_unit, '') AS code, count(*) AS count
                             FROM feed.prospect p JOIN feed.prospect_unit u USING (dealer_id, id_prospect)
                             WHERE {where.replace('dealer_id', 'p.dealer_id')} GROUP BY 1 ORDER BY 2 DESC, 1""", values)
    undated = system.query("SELECT count(*) AS n FROM feed.prospect WHERE dealer_id = %(dealer)s"
                           " AND tanggal_prospect IS NULL", values)[0]["n"]
    recent = system.query("""SELECT count(*) AS n FROM feed.prospect WHERE dealer_id = %(dealer)s AND tanggal_prospect
                             BETWEEN (now() AT TIME ZONE 'Asia/Jakarta')::date - 6
                                 AND (now() AT TIME ZONE 'Asia/Jakarta')::date""", values)[0]["n"]
    return {**one, "undated": undated, "recent": recent, "days": days, "status": status, "units": units}


def told_figures(answer):
    plain = [{k: v for k, v in row.items() if k != "label"} for row in answer["status_distribution"]]
    return {"total": answer["total"], "active": answer["active"], "undated": answer["undated"],
            "recent": answer["recent"], "days": [d for d in answer["daily_counts"] if d["count"]],
            "status": plain, "units": [{k: v for k, v in u.items() if k != "label"} for u in answer["unit_types"]]}


def today(system, back=0):
    return system.query("SELECT ((now() AT TIME ZONE 'Asia/Jakarta')::date - %s)::text AS day", (back,))[0]["day"]


def test_figures_equal_sql_over_the_raw_rows_after_inserts_and_changes(analytics):
    for turn in range(4):
        rows = some_prospects(turn, 120, first=turn * 60)
        rows += [(f"R{turn}-{back}", today(analytics, back), "1", "0004", []) for back in (0, 5, 6, 7, 8)]
        store(analytics, rows)
        wait_for("the new figures", lambda: told_figures(report(analytics)) == raw_figures(analytics), 3)
        for first, last in (("2026-01-05", "2026-01-09"), ("2026-01-01", "2026-02-28"), ("2030-01-01", "2030-01-02")):
            wait_for("each window's", lambda window=(first, last): told_figures(report(
                analytics, **{"from": window[0], "to": window[1]})) == raw_figures(analytics, *window), 1)


def test_days_without_data_are_zeros_and_codes_have_labels(analytics):
    store(analytics, [("A", "2026-01-02", "3", None, ["AA1"]), ("B", "2026-01-04", "9", None, [])])
    wait_for("the figures", lambda: report(analytics)["total"] == 2, 3)
    answer = report(analytics, **{"from": "2026-01-01", "to": "2026-01-05"})
    assert [d["count"] for d in answer["daily_counts"]] == [0, 1, 0, 1, 0]
    assert answer["status_distribution"] == [{"code": "3", "label": "Hot", "count": 1}, {"code": "9", "count": 1}]


def test_second_read_comes_from_redis_and_lives_at_most_five_minutes(analytics):
    store(analytics, some_prospects(1, 10))
    server = redis.Redis(unix_socket_path=str(analytics.run / "redis.sock"))
    state = analytics.query(VERSIONS.read_text())[0]["state"]

    def both_know():
        """One alone answers what it computed; both may still keep the new figures under the old state."""
        first = report(analytics)
        return first == report(analytics, name="analytics-2") and server.keys(f"dd:*@{state}") and first

    first = wait_for("both processes to know the new version", both_know, 3)
    hits = counter(analytics, "answers_cached")
    again = report(analytics)
    assert again == first
    assert counter(analytics, "answers_cached") == hits + 1
    hits = counter(analytics, "answers_cached", name="analytics-2")
    assert report(analytics, name="analytics-2") == first, "the other process finds what the first one computed"
    assert counter(analytics, "answers_cached", name="analytics-2") == hits + 1
    fresh = [key for key in server.keys("dd:*:prospects:*") if not key.endswith(b"@last")]
    assert fresh and all(0 < server.ttl(key) <= 300 for key in fresh)


def test_commit_is_seen_within_a_second_by_both_processes(analytics):
    for n in range(1, 6):
        store(analytics, [(f"P{n}", "2026-01-02", "1", None, [])])
        for name in ("analytics-1", "analytics-2"):
            wait_for("the commit", lambda name=name: report(analytics, name=name)["total"] == n, 1)


def test_answers_stay_right_while_redis_is_stopped_and_after(analytics):
    store(analytics, some_prospects(2, 20))
    wait_for("the figures", lambda: report(analytics)["total"] == 20, 3)
    analytics["redis"].kill()
    store(analytics, some_prospects(3, 20, first=100))
    wait_for("the figures without Redis", lambda: told_figures(report(analytics)) == raw_figures(analytics), 3)
    assert call(analytics, "sys.info")["state"] == "degraded"
    (analytics.run / "redis.sock").unlink(missing_ok=True)
    analytics.start_redis()

    def hit():
        before = counter(analytics, "answers_cached")
        report(analytics)
        return counter(analytics, "answers_cached") > before

    wait_for("the cache to be used again", hit, 15)
    assert told_figures(report(analytics)) == raw_figures(analytics)


def test_rubbish_in_redis_is_no_answer(analytics):
    """Nor is what an older build may have left there: a map that lacks what is required."""
    store(analytics, some_prospects(2, 20))
    wait_for("the figures", lambda: report(analytics)["total"] == 20, 3)
    server = redis.Redis(unix_socket_path=str(analytics.run / "redis.sock"))
    for rubbish in (b"", b"rubbish", b"\x80", server.get(server.keys("dd:*@last")[0])[:-1]):
        for key in server.keys("dd:*"):
            server.set(key, rubbish, ex=300)
        assert told_figures(report(analytics)) == raw_figures(analytics)
        assert told_figures(report(analytics, name="analytics-2")) == raw_figures(analytics)


def test_a_changed_upstream_is_seen_at_once(analytics):
    store(analytics, some_prospects(1, 10))
    hits = counter(analytics, "answers_cached")
    wait_for("a hit", lambda: not report(analytics)["simulated"] and counter(analytics, "answers_cached") > hits + 2, 3)
    analytics.query("UPDATE dealer.upstream SET simulated = true, updated_at = now()")
    wait_for("the change", lambda: report(analytics)["simulated"], 2)


def test_last_answer_comes_marked_stale_while_postgresql_is_away(analytics):
    store(analytics, some_prospects(4, 20))
    wait_for("the figures", lambda: report(analytics)["total"] == 20, 3)
    good = report(analytics)
    call(analytics, "report.dealers")
    call(analytics, "report.fetches", {"limit": 5})
    name = analytics.query("SELECT current_database() AS name")[0]["name"]
    admin = psycopg2.connect(analytics.database_url.replace(name, "postgres"))
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        wait_for("a stale answer", lambda: report(analytics)["stamp"]["stale"], 5)
        stale = report(analytics)
        assert {**stale, "stamp": None} == {**good, "stamp": None}
        assert stale["stamp"]["cached_at"] == good["stamp"]["cached_at"]
        assert call(analytics, "report.dealers")["stale"] and call(analytics, "report.fetches", {"limit": 5})["stale"]
        with pytest.raises(BusError) as refusal:
            report(analytics, **{"from": "2026-01-01", "to": "2026-01-02"})
        assert refusal.value.code == "database.away"
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    admin.close()
    wait_for("a fresh answer", lambda: not report(analytics)["stamp"]["stale"], 10)


@pytest.mark.parametrize("body, code, field", [
    ({"dealer_id": "nobody"}, "record.not_found", "dealer_id"),
    ({"dealer_id": DEALER, "from": "2026-02-30"}, "field.format", "from"),
    ({"dealer_id": DEALER, "from": "2026-02-03", "to": "2026-02-01"}, "field.range", "to"),
    ({"dealer_id": DEALER, "from": "1990-01-01", "to": "2026-02-01"}, "field.range", "to"),
    ({"dealer_ids": [DEALER, "nobody"]}, "record.not_found", "dealer_ids"),
    ({"dealer_id": DEALER, "compare": "previous"}, "field.missing", "from"),
    ({"dealer_id": DEALER, "top": 201}, "field.range", "top"),
])
def test_bad_question_names_its_field(analytics, body, code, field):
    with pytest.raises(BusError) as refusal:
        call(analytics, "report.prospects", body)
    assert (refusal.value.code, refusal.value.fields[0][0]) == (code, field)


def test_pages_of_prospects_and_fetches_cover_all_once(analytics):
    store(analytics, some_prospects(5, 25))
    for n in range(4):
        store(analytics, [(f"X{n}", None, "1", None, [])])
    for method, total, limit in (("prospect.list", 29, 7), ("report.fetches", 5, 2)):
        seen, cursor = [], None
        while True:
            page = call(analytics, method, {"dealer_id": DEALER, "limit": limit, **({"cursor": cursor} if cursor else {})})
            seen += [item["id"] for item in page["items"]]
            cursor = page.get("next")
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == total
    with pytest.raises(BusError) as refusal:
        call(analytics, "prospect.list", {"cursor": "nonsense"})
    assert refusal.value.fields[0][0] == "cursor"
