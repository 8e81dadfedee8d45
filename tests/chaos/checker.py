"""Reads history and database after a storm and says what does not agree. Reads only, mends nothing.

Each check is a function that yields texts, one for each thing that is wrong; its docstring is what it
asserts. `check()` runs all of them and returns a Report: findings by check, counts, lost and doubled.
The checks trust the history for what clients were told, the simulator's truth for what should be
stored, and no counter of the system under test.
"""

from collections import Counter, defaultdict

FINAL = ("succeeded", "partial", "failed", "cancelled")
SUMS = ("rows_read", "rows_new", "rows_changed", "rows_same", "rows_quarantined")
SHOWN = 5  # findings of one check that are printed

ROLLUP = """
    WITH p AS (SELECT * FROM feed.prospect), raw AS (
        SELECT dealer_id, 'total' AS dimension, day, '' AS code FROM p
        UNION ALL SELECT dealer_id, 'status', day, coalesce(status_prospect, '') FROM p
        UNION ALL SELECT dealer_id, 'source', day, coalesce(sumber_prospect, '') FROM p
        UNION ALL SELECT dealer_id, 'follow_up', day, coalesce(status_follow_up_prospecting, '') FROM p
        UNION ALL SELECT dealer_id, 'method', day, coalesce(metode_follow_up, '') FROM p
        UNION ALL SELECT dealer_id, 'sales', day, coalesce(id_sales_people, '') FROM p
        UNION ALL SELECT dealer_id, 'district', day, coalesce(kode_kecamatan, '') FROM p
        UNION ALL SELECT dealer_id, 'created', day, coalesce(to_char(created_time, 'YYYY-MM-DD'), '') FROM p
        UNION ALL SELECT dealer_id, 'unit', day, coalesce(kode_tipe_unit, '') FROM p
                  JOIN feed.prospect_unit u USING (dealer_id, id_prospect)
    ), counted AS (SELECT dealer_id, dimension, day, code, count(*) AS n FROM raw GROUP BY 1, 2, 3, 4)
    SELECT dealer_id, dimension, day::text, code, c.n AS raw, r.n AS kept
    FROM counted c FULL JOIN report.day_count r USING (dealer_id, dimension, day, code)
    WHERE c.n IS DISTINCT FROM r.n"""


class Evidence:
    """All that the checks look at."""

    def __init__(self, query, history, stored, truth, failures_allowed=False):
        """query(sql) -> rows; stored, truth: dealer -> records as tests/scenario/fetching.py spells them;
        failures_allowed: the storm had faults after which a call is rightly given up."""
        self.query = query
        self.history = history
        self.stored, self.truth = stored, truth
        self.failures_allowed = failures_allowed
        self.told = defaultdict(set)  # key -> jobs that answers named
        self.bodies = {}
        for line in history:
            if line["what"] == "asked":
                self.bodies[line["key"]] = line["body"]
            if line["what"] == "answered" and line["status"] == 202:
                self.told[line["key"]].add(line["job"])
        self.jobs = {str(row["id"]): row for row in query("SELECT * FROM jobs.job")}


class Report:
    def __init__(self):
        self.findings = {}
        self.counts = Counter()

    @property
    def ok(self):
        return not self.findings

    def caught(self):
        return ", ".join(self.findings)

    def __str__(self):
        lines = ["counted: " + ", ".join(f"{name} {n}" for name, n in self.counts.items())]
        for name, found in self.findings.items():
            what = CHECKS[name].__doc__.splitlines()[0] if name in CHECKS else "The storm gets on."
            lines.append(f"{name}: {len(found)} wrong: {what}")
            lines += [f"    {text}" for text in found[:SHOWN]]
        return "\n".join(lines)


# ---- jobs ----

def accepted(e):
    """Every accepted job exists, a key names one job, and no job exists that nobody was told of."""
    owner = {}
    for key, jobs in e.told.items():
        if len(jobs) > 1:
            yield f"key {key} was answered with {len(jobs)} jobs"
        for job in jobs:
            if job not in e.jobs:
                yield f"job {job} was accepted and does not exist"
            if owner.setdefault(job, key) != key and e.bodies[owner[job]] != e.bodies[key]:
                yield f"job {job} answers keys of different bodies"
    for key in e.bodies:
        if not e.told[key]:
            yield f"key {key} never got its answer"
    for job, row in e.jobs.items():
        if row["kind"] == "manual" and job not in owner:
            yield f"job {job} exists, and no answer named it"


def final(e):
    """Every job is in exactly one final state, which follows from its tasks."""
    for job, row in e.jobs.items():
        done = [row[f"tasks_{state}"] for state in ("succeeded", "failed", "cancelled")]
        if row["state"] not in FINAL or row["finished_at"] is None:
            yield f"job {job} is {row['state']}: {done} of {row['tasks_total']} tasks ended"
            continue
        wanted = ("succeeded" if done[0] == row["tasks_total"]
                  else "cancelled" if row["cancel_asked_at"] and done[2]
                  else "partial" if done[0] else "failed" if done[1] else "cancelled")
        if sum(done) != row["tasks_total"] or row["state"] != wanted:
            yield f"job {job} is {row['state']} with {done} of {row['tasks_total']} tasks"


def told(e):
    """What clients were told of a job that had ended is what is there now."""
    names = ("state", "tasks_total", "tasks_succeeded", "tasks_failed", "tasks_cancelled", *SUMS)
    for line in e.history:
        if line["what"] == "told" and line["job"]["state"] in FINAL:
            job = e.jobs.get(line["job"]["id"], {})
            changed = [f"{name} {line['job'][name]} -> {job.get(name)}" for name in names
                       if line["job"][name] != job.get(name)]
            if changed:
                yield f"job {line['job']['id']} had ended, and then {', '.join(changed)}"


def failed(e):
    """No task was given up where every fault passes by itself."""
    if not e.failures_allowed:
        for row in e.query("SELECT id, error_code, attempt, losses FROM jobs.task WHERE state = 'failed'"):
            yield f"task {row['id']} failed: {row['error_code']}, try {row['attempt']}, lost {row['losses']} times"


def counters(e):
    """A job's counters are the sums over its tasks, and those the sums over their dealers."""
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in SUMS)
    states = ", ".join(f"count(*) FILTER (WHERE state = '{s}')::int AS tasks_{s}"
                       for s in ("succeeded", "failed", "cancelled"))
    for row in e.query(f"SELECT job_id, count(*)::int AS tasks_total, {states}, {sums} FROM jobs.task GROUP BY 1"):
        job = e.jobs[str(row.pop("job_id"))]
        kept = {name: job[name] for name in row}
        if kept != row:
            yield f"job {job['id']} keeps {kept}, its tasks say {row}"
    for row in e.query(f"""SELECT t.id FROM jobs.task t
                           JOIN (SELECT task_id, {sums}, bool_or(state = 'queued') AS open FROM jobs.task_dealer
                                 GROUP BY 1) d ON d.task_id = t.id
                           WHERE (t.rows_read, t.rows_new, t.rows_changed, t.rows_same, t.rows_quarantined)
                                 <> (d.rows_read, d.rows_new, d.rows_changed, d.rows_same, d.rows_quarantined)
                              OR d.open OR t.rows_read <> t.rows_new + t.rows_changed + t.rows_same"""):
        yield f"task {row['id']} and its dealers tell different rows"


def left(e):
    """Nothing is left: no lease, no open attempt, no task that waits, and lanes count what they hold."""
    for what, sql in (
            ("lease of task", "SELECT task_id AS id FROM jobs.lease"),
            ("open attempt of task", "SELECT task_id AS id FROM jobs.attempt WHERE outcome = 'leased'"),
            ("unfinished task", "SELECT id FROM jobs.task WHERE state NOT IN ('succeeded', 'failed', 'cancelled')")):
        for row in e.query(sql):
            yield f"{what} {row['id']}"
    for row in e.query("""SELECT l.dealer_id, l.priority, l.queued, coalesce(t.n, 0) AS n FROM jobs.lane l
                          FULL JOIN (SELECT credential_id, dealer_id, priority, urgent, count(*)::int AS n
                                     FROM jobs.task
                                     WHERE state = 'queued' AND ready GROUP BY 1, 2, 3, 4) t
                               USING (credential_id, dealer_id, priority, urgent)
                          WHERE coalesce(l.queued, 0) <> coalesce(t.n, 0)"""):
        yield f"lane {row['dealer_id']}/{row['priority']} counts {row['queued']}, {row['n']} are queued"


# ---- tasks ----

def attempts(e):
    """A task has one attempt for each epoch; the last alone succeeded, and only if the task did."""
    for row in e.query("""SELECT t.id, t.state, t.epoch, array_agg(a.epoch ORDER BY a.epoch) AS epochs,
                                 array_agg(a.epoch) FILTER (WHERE a.outcome = 'succeeded') AS won
                          FROM jobs.task t LEFT JOIN jobs.attempt a ON a.task_id = t.id GROUP BY t.id"""):
        won = [row["epoch"]] if row["state"] == "succeeded" else None
        epochs = list(range(1, row["epoch"] + 1)) or [None]
        if row["won"] != won or row["epochs"] != epochs:
            yield f"task {row['id']} is {row['state']} at epoch {row['epoch']}: attempts {row['epochs']}, won {row['won']}"


def writers(e):
    """Every row carries task and epoch of an attempt that succeeded, of a task that covers its dealer."""
    for table, keys in (("feed.prospect", "r.dealer_id, r.id_prospect AS key"),
                        ("feed.quarantine", "r.dealer_id, r.id::text AS key")):
        for row in e.query(f"""SELECT {keys}, r.task_id, r.epoch, a.outcome FROM {table} r
                               LEFT JOIN jobs.attempt a ON a.task_id = r.task_id AND a.epoch = r.epoch
                               LEFT JOIN jobs.task_dealer d ON d.task_id = r.task_id AND d.dealer_id = r.dealer_id
                               WHERE a.outcome IS DISTINCT FROM 'succeeded' OR d.task_id IS NULL"""):
            yield (f"{table} {row['dealer_id']}/{row['key']}: task {row['task_id']} epoch {row['epoch']}"
                   f" is {row['outcome'] or 'not there'}")


# ---- rows ----

def truth(e):
    """Rows and units equal the upstream's, field by field."""
    for dealer, theirs in e.truth.items():
        wanted = {record["idProspect"]: record for record in theirs}
        found = {record["idProspect"]: record for record in e.stored[dealer]}
        for key in sorted(wanted.keys() - found.keys()):
            yield f"lost: {dealer}/{key}"
        for key in sorted(found.keys() - wanted.keys()):
            yield f"stored, and unknown upstream: {dealer}/{key}"
        for key in sorted(wanted.keys() & found.keys()):
            if wanted[key] != found[key]:
                names = [name for name in wanted[key] if wanted[key][name] != found[key].get(name)]
                yield f"differs: {dealer}/{key} in {', '.join(names)}"


def units(e):
    """Each unit belongs to a row, and units are numbered without a gap."""
    for row in e.query("""SELECT u.dealer_id, u.id_prospect FROM feed.prospect_unit u
                          LEFT JOIN feed.prospect p USING (dealer_id, id_prospect)
                          GROUP BY 1, 2 HAVING max(u.position) <> count(*) OR count(p.task_id) <> count(*)"""):
        yield f"units of {row['dealer_id']}/{row['id_prospect']}"


def once(e):
    """What tasks counted as new is what is stored: nothing was stored as new twice."""
    for row in e.query("""SELECT coalesce(d.dealer_id, p.dealer_id) AS dealer, coalesce(d.n, 0) AS counted,
                                 coalesce(p.n, 0) AS stored
                          FROM (SELECT dealer_id, sum(rows_new)::bigint AS n FROM jobs.task_dealer GROUP BY 1) d
                          FULL JOIN (SELECT dealer_id, count(*) AS n FROM feed.prospect GROUP BY 1) p
                               USING (dealer_id)
                          WHERE coalesce(d.n, 0) <> coalesce(p.n, 0)"""):
        yield f"dealer {row['dealer']}: {row['counted']} rows counted as new, {row['stored']} stored"


def rollups(e):
    """The rollups are what SQL counts over the rows."""
    for row in e.query(ROLLUP):
        yield f"{row['dealer_id']} {row['dimension']} {row['day']} {row['code']}: {row['kept']} kept, {row['raw']} there"


# ---- what follows from tasks ----

COVERED = """
    WITH part AS (
        SELECT d.dealer_id, t.feed, s.day::date AS day,
               tsrange(t.from_at, t.to_at + interval '1 second') * tsrange(s.day, s.day + interval '1 day') AS asked,
               t.to_at + interval '1 hour 1 second' <= t.started_at AT TIME ZONE u.zone AS certain
        FROM jobs.task t
        JOIN dealer.upstream u ON u.id = t.upstream_id
        JOIN jobs.task_dealer d ON d.task_id = t.id
        CROSS JOIN generate_series(date_trunc('day', t.from_at), t.to_at, interval '1 day') s (day)
        WHERE t.state = 'succeeded' AND t.kind = 'fetch'
    ), days AS (
        SELECT dealer_id, feed, day, range_agg(asked) AS asked,
               coalesce(range_agg(asked) FILTER (WHERE certain), '{}') AS certain
        FROM part GROUP BY 1, 2, 3
    )
    SELECT dealer_id, day::text, coalesce(c.covered, '{}')::text AS kept, coalesce(d.asked, '{}')::text AS asked
    FROM days d FULL JOIN jobs.coverage c USING (dealer_id, feed, day)
    WHERE NOT coalesce(c.covered, '{}') @> coalesce(d.certain, '{}')
       OR NOT coalesce(c.covered, '{}') <@ coalesce(d.asked, '{}')"""


def coverage(e):
    """A day is covered where a succeeded call asked for it, and nowhere else."""
    for row in e.query(COVERED):
        yield f"{row['dealer_id']} {row['day']}: {row['kept']} is covered, {row['asked']} was fetched"


def ticks(e):
    """Every minute of a schedule that runs each minute has its tick, and each tick one job."""
    for row in e.query("""SELECT s.id, m.at::text FROM jobs.schedule s
                          CROSS JOIN LATERAL generate_series(
                              coalesce((SELECT min(at) FROM jobs.tick t WHERE t.schedule_id = s.id),
                                       date_trunc('minute', s.created_at)),
                              s.next_at - interval '1 minute', interval '1 minute') m (at)
                          LEFT JOIN jobs.tick t ON t.schedule_id = s.id AND t.at = m.at
                          WHERE s.cron = '* * * * *' AND t.at IS NULL"""):
        yield f"schedule {row['id']} has no tick at {row['at']}"
    for row in e.query("""SELECT schedule_id, at::text, count(*)::int AS n FROM jobs.tick
                          GROUP BY 1, 2 HAVING count(*) > 1"""):
        yield f"schedule {row['schedule_id']} has tick {row['at']} {row['n']} times: doubled"
    for row in e.query("""SELECT schedule_id, at::text, state FROM jobs.tick
                          WHERE state = 'waiting' AND due_at < now() - interval '5 seconds'"""):
        yield f"tick {row['at']} of schedule {row['schedule_id']} still waits"
    # Ticks that ask for the same unfinished work share a job.
    for row in e.query("""SELECT id, schedule_id FROM jobs.job_record j
                          WHERE kind = 'schedule' AND NOT EXISTS (SELECT FROM jobs.tick t WHERE t.job_id = j.id)"""):
        yield f"job {row['id']} of schedule {row['schedule_id']} belongs to no tick: doubled"
    for row in e.query("""SELECT t.schedule_id, t.at::text FROM jobs.tick t
                          LEFT JOIN jobs.job_record j ON j.id = t.job_id
                          WHERE t.state = 'started' AND j.id IS NULL"""):
        yield f"the job of tick {row['at']} of schedule {row['schedule_id']} does not exist"


CHECKS = {check.__name__: check for check in (
    accepted, final, told, failed, counters, left, attempts, writers, truth, units, once, rollups, coverage, ticks)}


# ---- all of it ----

def count(e, report):
    """The figures of the storm's table."""
    one = e.query("""SELECT (SELECT count(*) FROM jobs.job_record)::int AS jobs,
                            (SELECT count(*) FROM jobs.task)::int AS tasks,
                            (SELECT count(*) FROM jobs.attempt)::int AS attempts,
                            (SELECT count(*) FROM jobs.attempt WHERE outcome = 'lost')::int AS leases_lost,
                            (SELECT count(*) FROM jobs.attempt WHERE outcome = 'failed')::int AS calls_failed,
                            (SELECT count(*) FROM feed.prospect)::int AS rows""")[0]
    report.counts.update(one)
    report.counts["posts_cut"] = sum(line["what"] == "cut" for line in e.history)
    wrong = report.findings
    report.counts["lost"] = sum("lost:" in text or "does not exist" in text
                                for name in ("truth", "accepted") for text in wrong.get(name, []))
    report.counts["doubled"] = (len(wrong.get("once", [])) + len(wrong.get("attempts", [])) +
                                sum("no answer named it" in text or "answered with" in text or "doubled" in text
                                    for name in ("accepted", "ticks") for text in wrong.get(name, [])))


def check(evidence):
    report = Report()
    for name, one in CHECKS.items():
        found = list(one(evidence))
        if found:
            report.findings[name] = found
    count(evidence, report)
    return report
