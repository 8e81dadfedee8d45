"""Jobs of the past, put into the tables as they would stand there: quicker than fetching, and any time ago."""

import uuid
from datetime import datetime, timedelta, timezone

clock = {}


def set_clock():
    """`ago` counts from now on: it stands still within a test, so that equal times are equal."""
    clock["now"] = datetime.now(timezone.utc).replace(microsecond=0)


set_clock()


def ago(**how_long):
    return clock["now"] - timedelta(**how_long)


def make_id(at):
    """A UUID of version 7 made at that time."""
    rest = uuid.uuid4().hex
    return str(uuid.UUID(f"{int(at.timestamp() * 1000):012x}7{rest[1:4]}8{rest[5:]}"[:32].ljust(32, "0")))


class Past:
    """Fills the database of a system; nothing needs to run."""

    def __init__(self, system, dealers=("10001", "10002"), zone="Asia/Jakarta"):
        set_clock()
        self.system = system
        self.query = system.query
        self.upstream = self.value("""INSERT INTO dealer.upstream (name, base_url, quota, zone)
                                      VALUES ('main', 'https://upstream.invalid/dgi-api/v1.3', 300, %s) RETURNING id""", zone)
        self.credential = self.value("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                                        VALUES (%s, 'f', 'sealed', 'sealed') RETURNING id""", self.upstream)
        for dealer in dealers:
            self.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                          VALUES (%s, 'A Dealer', %s)""", (dealer, self.credential))

    def value(self, statement, *parameters):
        return next(iter(self.query(statement, parameters)[0].values()))

    def job(self, at, state="succeeded", dealers=("10001",), **more):
        """A job without tasks; its id."""
        more = {"kind": "manual", "requested_by": "admin", "feeds": ["prsp"], "tasks_total": 0, **more}
        if state not in ("queued", "running"):
            more.setdefault("finished_at", at + timedelta(minutes=1))
        job = make_id(at)
        names = ", ".join(more)
        self.query(f"""INSERT INTO jobs.job_record (id, from_at, to_at, priority, state, created_at, {names})
                       VALUES (%s, '2026-03-01', '2026-03-01 23:59:59', 0, %s, %s, {", ".join(["%s"] * len(more))})""",
                   (job, state, at, *more.values()))
        for dealer in dealers:
            self.query("INSERT INTO jobs.job_dealer (dealer_id, job_id) VALUES (%s, %s)", (dealer, job))
        return job

    def task(self, job, at, state="succeeded", dealer="10001", seconds=1.0, members=(), **more):
        """A task of a job, begun at that time; its id. `members`: (dealer, rows) of a call for several."""
        more = {"feed": "prsp", "attempt": 1, "started_at": at, **more}
        if state in ("succeeded", "failed", "cancelled"):
            more.setdefault("finished_at", at + timedelta(seconds=seconds))
        names = ", ".join(more)
        task = self.value(f"""
            INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, from_at, to_at, priority, state,
                                   created_at, {names})
            VALUES (%s, %s, %s, %s, '2026-03-01', '2026-03-01 23:59:59', 0, %s, %s, {", ".join(["%s"] * len(more))})
            RETURNING id""", job, self.upstream, self.credential, "*" if members else dealer, state, at, *more.values())
        if state == "queued":
            self.query("""INSERT INTO jobs.lane AS l (credential_id, dealer_id, priority, upstream_id, queued)
                          VALUES (%s, %s, 0, %s, 1)
                          ON CONFLICT (credential_id, dealer_id, priority, urgent) DO UPDATE SET queued = l.queued + 1""",
                       (self.credential, "*" if members else dealer, self.upstream))
        rows = more.get("rows_read", 0)
        for member, read in members or [(dealer, rows)]:
            self.query("""INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id, state, rows_read, rows_new)
                          VALUES (%s, %s, %s, %s, %s, %s)""",
                       (member, task, job, "queued" if state == "leased" else state, read, read))
        self.query("UPDATE jobs.job_record SET tasks_total = tasks_total + 1 WHERE id = %s", (job,))
        if state in ("succeeded", "failed", "cancelled"):
            self.query(f"UPDATE jobs.job_record SET tasks_{state} = tasks_{state} + 1 WHERE id = %s", (job,))
        return task

    def lease(self, task, phase="receiving", received=18200, rows=120, fetcher="fetcher-9"):
        """The task is in the hands of a fetcher, for ten minutes."""
        instance = str(uuid.uuid4())
        self.query("""INSERT INTO jobs.fetcher (instance, name, backend_pid, backend_start, seen_at)
                      VALUES (%s, %s, 1, now(), now())""", (instance, fetcher))
        self.query("UPDATE jobs.task SET state = 'leased', epoch = 1 WHERE id = %s", (task,))
        self.query("""INSERT INTO jobs.lease (task_id, job_id, upstream_id, credential_id, dealer_id, epoch, instance,
                                              lease_until, phase, phase_at, bytes, rows)
                      SELECT id, job_id, upstream_id, credential_id, dealer_id, 1, %s, now() + interval '10 minutes',
                             %s, now(), %s, %s FROM jobs.task WHERE id = %s""",
                   (instance, phase, received, rows, task))
