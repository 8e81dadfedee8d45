"""Do a job, its tasks, their attempts, the stored rows and the rollups tell one story?"""

COUNTERS = ("rows_read", "rows_new", "rows_changed", "rows_same", "rows_quarantined")
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
    FROM counted c
    FULL JOIN report.day_count r USING (dealer_id, dimension, day, code)
    WHERE c.n IS DISTINCT FROM r.n
    LIMIT 10
"""


def check_rollups(system):
    """The rollups equal SQL over the raw rows."""
    assert system.query("SELECT 1 AS one FROM report.day_count LIMIT 1"), "there are rollups at all"
    wrong = system.query(ROLLUP)
    assert not wrong, wrong


def check_sums(system, job):
    """The job's counters are the sums over its tasks, and over its tasks' dealers."""
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in COUNTERS)
    wanted = {"tasks": job["tasks_total"], **{name: job[name] for name in COUNTERS}}
    for table in ("task", "task_dealer"):
        found = system.query(f"""SELECT count(*) AS tasks, {sums} FROM jobs.{table}
                                 WHERE job_id = %s AND state = 'succeeded'""", (job["id"],))[0]
        assert found == wanted, table


def check_attempts(system, job):
    """Each task has an attempt for every epoch; the last one succeeded, and it alone."""
    tasks = system.query("""SELECT t.id, t.epoch, count(a.epoch) AS attempts,
                                   array_agg(a.epoch ORDER BY a.epoch) FILTER (WHERE a.outcome = 'succeeded') AS won
                            FROM jobs.task t LEFT JOIN jobs.attempt a ON a.task_id = t.id
                            WHERE t.job_id = %s GROUP BY t.id""", (job["id"],))
    wrong = [task for task in tasks if task["won"] != [task["epoch"]] or task["attempts"] != task["epoch"]]
    assert not wrong, wrong[:5]
    strays = system.query("""SELECT p.id_prospect, p.task_id, p.epoch FROM feed.prospect p
                             LEFT JOIN jobs.attempt a ON a.task_id = p.task_id AND a.epoch = p.epoch
                             WHERE a.outcome IS DISTINCT FROM 'succeeded' LIMIT 5""")
    assert not strays, f"rows of attempts that did not succeed: {strays}"


def check_nothing_left(system):
    """Nothing is queued, leased or open once all jobs have ended."""
    left = system.query("""SELECT (SELECT count(*) FROM jobs.lease) AS leases,
                                  (SELECT coalesce(sum(queued), 0)::int FROM jobs.lane) AS queued,
                                  (SELECT count(*) FROM jobs.attempt WHERE outcome = 'leased') AS open""")[0]
    assert left == {"leases": 0, "queued": 0, "open": 0}, left


def check_job(system, job):
    """All of it, for a job that succeeded; `job` as the API tells it."""
    assert (job["state"], job["tasks_succeeded"], job["tasks_failed"]) == ("succeeded", job["tasks_total"], 0), job
    check_sums(system, job)
    check_attempts(system, job)
    check_rollups(system)
    check_nothing_left(system)
