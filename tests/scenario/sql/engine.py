"""Drives the SQL of the job engine as the services do: with their roles and their own statements.

A statement is a file of sql/queries, prepared and executed by name; parameters go over as text
literals, as libpq sends them. Functions that take a time are called directly, so that a test can
set the clock.
"""

import re
import select
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg2
from psycopg2.extras import RealDictCursor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from postgres import REPOSITORY  # noqa: E402

QUERIES = REPOSITORY / "sql" / "queries"
MIGRATIONS = REPOSITORY / "sql" / "migrations"
NOW = datetime(2026, 3, 20, 5, 0, tzinfo=timezone.utc)


def later(seconds):
    return NOW + timedelta(seconds=seconds)


def statement(name):
    """A named statement; or one that stages, which the fetcher makes from its table of fields: the tests
    have their own, so that the two tables of columns are not one."""
    file = QUERIES / f"{name}.sql"
    return (file if file.exists() else Path(__file__).parent / "stage" / file.name).read_text()


def columns(name):
    """The columns that a staging statement fills, in its order."""
    return [c.strip() for c in re.search(r"stage_\w+ \(([^)]*)\)", statement(name)).group(1).split(",")]


def array(values):
    """A PostgreSQL array as text."""
    def item(value):
        if value is None:
            return "NULL"
        return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'

    return "{" + ",".join(item(value) for value in values) + "}"


def fenced(error):
    return error.value.pgcode == "DD001"


class Connection:
    """One connection of a service."""

    def __init__(self, url, role=None, **options):
        extra = {"options": f"-c role=dd_{role} -c statement_timeout=5000"} if role else {}
        self.link = psycopg2.connect(url, **extra, **options)
        self.link.autocommit = True
        self.prepared = set()

    def sql(self, text, parameters=None):
        with self.link.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(text, parameters)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def value(self, text, parameters=None):
        return next(iter(self.sql(text, parameters)[0].values()))

    def run(self, name, *parameters):
        """Executes a statement of sql/queries."""
        if name not in self.prepared:
            self.sql(f"PREPARE {name} AS {statement(name)}")
            self.prepared.add(name)
        literals = [array(p) if isinstance(p, (list, tuple)) else p for p in parameters]
        marks = "(" + ", ".join(["%s"] * len(literals)) + ")" if literals else ""
        return self.sql(f"EXECUTE {name} {marks}", literals)

    def pid(self):
        return self.link.info.backend_pid

    def notified(self, count=1):
        """Waits for that many notifications, 5 s at most, and returns all that came."""
        found = []
        end = time.monotonic() + 5
        while len(found) < count and (left := end - time.monotonic()) > 0:
            select.select([self.link], [], [], left)
            self.link.poll()
            found += [(n.channel, n.payload) for n in self.link.notifies]
            self.link.notifies.clear()
        return found

    def close(self):
        self.link.close()


class Fetcher(Connection):
    """A fetcher's storing connection."""

    def __init__(self, url, name="fetcher-1"):
        super().__init__(url, "fetcher")
        self.instance = str(uuid.uuid4())
        self.run("fetcher_register_backend", self.instance, name)
        self.run("fetcher_stage_create")

    def stage(self, records):
        """Records: dictionaries with dealer_id, id_prospect, other columns, and units as a list."""
        parents = columns("fetcher_stage_prospect_unnest")
        units = columns("fetcher_stage_unit_unnest")
        rows = [{**record, "seq": seq} for seq, record in enumerate(records)]
        children = [
            {**unit, "seq": seq, "position": position}
            for seq, record in enumerate(records)
            for position, unit in enumerate(record.get("units", []), 1)
        ]
        self.run("fetcher_stage_prospect_unnest", *[[r.get(c) for r in rows] for c in parents])
        self.run("fetcher_stage_unit_unnest", *[[r.get(c) for r in children] for c in units])

    def flush(self, task, requested_at=NOW, quarantined=0):
        """The end of a storing transaction, without COMMIT."""
        begun = int(requested_at.timestamp() * 1000)
        return self.run("fetcher_store_prospect", task["task_id"], task["epoch"], begun, quarantined,
                        1000, 200, 1, 2, 30, 40, None, None)[0]

    def store(self, task, records, requested_at=NOW):
        """A whole storing transaction; its counts."""
        self.sql("BEGIN")
        try:
            self.stage(records)
            counts = self.flush(task, requested_at)
        except Exception:
            self.sql("ROLLBACK")
            raise
        self.sql("COMMIT")
        return counts


class Engine:
    """The database as its owner sees it, and the services' connections to it."""

    def __init__(self, url):
        self.url = url
        self.opened = []
        self.owner = self.keep(Connection(url))
        self.sql = self.owner.sql
        self.value = self.owner.value

    def keep(self, connection):
        self.opened.append(connection)
        return connection

    def connect(self, role):
        return self.keep(Connection(self.url, role))

    def fetcher(self, name="fetcher-1"):
        return self.keep(Fetcher(self.url, name))

    def close(self):
        for connection in self.opened:
            connection.close()

    def clear(self):
        """Empties every table but the official labels."""
        self.sql("""TRUNCATE jobs.job_record, jobs.tally, jobs.pause, jobs.job_dealer, jobs.task,
                    jobs.task_dealer, jobs.lease, jobs.attempt, jobs.lane, jobs.fetcher, jobs.coverage, jobs.idempotency,
                    jobs.schedule, jobs.tick, jobs.freshness, feed.prospect, feed.prospect_unit,
                    feed.quarantine, feed.drift, feed.field_seen,
                    report.day_count, report.version, ops.process""")
        for table in ("dealers", "credential", "upstream"):
            self.sql(f"DELETE FROM dealer.{table}")

    def upstream(self, name="sim", **settings):
        settings = {"base_url": "http://upstream", "history_days": 400, "concurrency": 64, **settings}
        self.sql(f"INSERT INTO dealer.upstream (name, {', '.join(settings)}) "
                 f"VALUES (%s, {', '.join(['%s'] * len(settings))})",
                 [name, *settings.values()])
        return self.value("SELECT id FROM dealer.upstream WHERE name = %s", [name])

    def credential(self, upstream):
        return self.value("INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key, updated_at) "
                          "VALUES (%s, %s, 'sealed key', 'sealed secret', %s) RETURNING id",
                          [upstream, uuid.uuid4().bytes, later(-3600)])

    def dealer(self, code, credential, **more):
        more = {"dealer_id": code, "dealer_name": f"Dealer {code}", "credential_id": credential, **more}
        self.sql(f"INSERT INTO dealer.dealers ({', '.join(more)}) VALUES ({', '.join(['%s'] * len(more))})",
                 list(more.values()))
        return code

    def dealers(self, *codes, **settings):
        """Dealers that share an upstream and a credential."""
        credential = self.credential(self.upstream(**settings))
        for code in codes:
            self.dealer(code, credential)

    def submit(self, dealers, begins="2026-03-01 00:00:00", ends="2026-03-01 23:59:59", minutes=None,
               priority=0, at=NOW, feeds=("prsp",), kind="manual"):
        """A job as a plain plan makes it: slices follow each other from the start."""
        calls = []
        rows = {row["dealer_id"]: row for row in self.sql(
            "SELECT d.dealer_id, d.credential_id, u.max_days FROM dealer.dealers d "
            "JOIN dealer.credential c ON c.id = d.credential_id JOIN dealer.upstream u ON u.id = c.upstream_id "
            "WHERE d.dealer_id = ANY (%s)", [list(dealers)])}
        codes, last = sorted(rows), datetime.fromisoformat(ends)
        for place, code in enumerate(codes, 1):
            length = timedelta(minutes=min(minutes or 1440, rows[code]["max_days"] * 1440))
            for feed in range(len(feeds)):
                begin = datetime.fromisoformat(begins)
                while begin <= last:
                    calls.append((place, feed + 1, begin, min(begin + length - timedelta(seconds=1), last)))
                    begin += length
        return self.submit_calls(codes, [rows[code]["credential_id"] for code in codes], calls, begins, ends,
                                 priority, at, feeds, kind=kind)["job_id"]

    def submit_calls(self, codes, credentials, calls, begins, ends, priority=0, at=NOW, feeds=("prsp",), members=(),
                     kind="manual", work=None, key=None, principal=None, request=None, by=None, urgent=0):
        """jobs.submit() with calls (place of the dealer, place of the feed, from, to), so many of them urgent."""
        def seconds(time):
            return int((time - datetime(1970, 1, 1)).total_seconds())

        return (by or self).sql(
            "SELECT * FROM jobs.submit(%s, gen_random_uuid(), %s, NULL, %s, %s, %s, %s, 'test', %s, %s, %s, %s, %s, %s,"
            " %s, %s, %s, %s, %s, %s, %s)",
            [at, kind, array(feeds), begins, ends, priority, work, key, principal, request, array(codes),
             array(credentials), array(c[0] for c in calls), array(c[1] for c in calls),
             array(seconds(c[2]) for c in calls), array(seconds(c[3]) for c in calls),
             array(m[0] for m in members), array(m[1] for m in members), urgent])[0]

    def lease(self, want=1, instance=None, at=NOW, ms=10000):
        return self.sql("SELECT * FROM jobs.lease_tasks(%s, %s, %s, %s)",
                        [at, instance or str(uuid.uuid4()), want, ms])

    def beat(self, instance, tasks, at=NOW, ms=10000):
        rows = self.sql("SELECT * FROM jobs.beat(%s, %s, %s, %s, %s)",
                        [at, instance, array(t["task_id"] for t in tasks), array(t["epoch"] for t in tasks), ms])
        return [row["verdict"] for row in rows]

    def reap(self, at):
        return self.sql("SELECT * FROM jobs.reap(%s)", [at])[0]

    def fail(self, task, retry_at=None, at=NOW, code="upstream.server_error", skew_ms=None, wish_ms=None, effect="",
             split=False, deadline=None):
        return self.value("SELECT jobs.fail_task(%s, %s, %s, %s, 'HTTP 503', %s, 503, 12, 1, 2, 3, 4, '<html>', "
                          "%s, %s, %s, %s, %s)", [at, task["task_id"], task["epoch"], code, retry_at, skew_ms,
                                                  wish_ms, effect, split, deadline])

    def job(self, job):
        return self.sql("SELECT * FROM jobs.job WHERE id = %s", [job])[0]

    def task(self, task):
        return self.sql("SELECT * FROM jobs.task WHERE id = %s", [task["task_id"]])[0]

    def outcomes(self, task):
        return [row["outcome"] for row in
                self.sql("SELECT outcome FROM jobs.attempt WHERE task_id = %s ORDER BY epoch", [task["task_id"]])]

    def check_counters(self):
        """Every counter that is kept equals what the tasks say."""
        wrong = self.sql("""
            SELECT j.id FROM jobs.job j
            LEFT JOIN LATERAL (
                SELECT count(*) AS total, count(*) FILTER (WHERE state = 'queued') AS queued,
                       count(*) FILTER (WHERE state = 'leased') AS leased,
                       count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
                       count(*) FILTER (WHERE state = 'failed') AS failed,
                       count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
                       sum(rows_read) AS read, sum(rows_new) AS new, sum(rows_changed) AS changed,
                       sum(rows_same) AS same, sum(rows_quarantined) AS quarantined
                FROM jobs.task WHERE job_id = j.id) t ON true
            WHERE (j.tasks_total, j.tasks_queued, j.tasks_leased, j.tasks_succeeded, j.tasks_failed,
                   j.tasks_cancelled, j.rows_read, j.rows_new, j.rows_changed, j.rows_same, j.rows_quarantined)
                  IS DISTINCT FROM
                  (t.total, t.queued, t.leased, t.succeeded, t.failed, t.cancelled, t.read, t.new, t.changed,
                   t.same, t.quarantined)
               OR (j.finished_at IS NULL) <> (t.queued + t.leased > 0)
               OR j.rows_read <> j.rows_new + j.rows_changed + j.rows_same""")
        assert wrong == []
        assert self.sql("""
            SELECT l.*, t.n FROM jobs.lane l
            FULL JOIN (SELECT credential_id, dealer_id, priority, urgent, count(*) AS n FROM jobs.task
                       WHERE state = 'queued' AND ready GROUP BY 1, 2, 3, 4) t
                 USING (credential_id, dealer_id, priority, urgent)
            WHERE coalesce(l.queued, 0) <> coalesce(t.n, 0)""") == []
        assert self.sql("""
            SELECT id FROM jobs.task t FULL JOIN jobs.lease l ON l.task_id = t.id
            WHERE (t.state = 'leased') <> (l.task_id IS NOT NULL) OR l.epoch <> t.epoch""") == []
        assert self.sql("""
            SELECT task_id FROM jobs.task_dealer d JOIN jobs.task t ON t.id = d.task_id
            GROUP BY t.id, task_id HAVING sum(d.rows_read) <> t.rows_read OR sum(d.rows_new) <> t.rows_new
            OR bool_or(d.state <> CASE t.state WHEN 'leased' THEN 'queued' ELSE t.state END)""") == []
