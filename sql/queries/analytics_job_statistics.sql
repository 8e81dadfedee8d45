-- What became of the tasks that ended in a range of days: all of them in the first row, without day and
-- dealer, then by day and dealer; no row when none ended. The columns are fields of the message.
-- A task for several dealers counts for each, and once in all. Times are told rounded up to their step.
-- $1 first day, $2 last day, $3 dealer or null, $4 feed or null, $5 limit
WITH ended AS MATERIALIZED (
    SELECT * FROM jobs.ended_figures($1::date, $2::date, $3::text, $4::text)
), spread AS (
    SELECT day, dealer, true AS counts, step, tasks, succeeded, failed, attempts, retries, calls, bytes, rows_read,
           rows_new, rows_changed, rows_quarantined
    FROM ended
    UNION ALL
    SELECT NULL, NULL, first, step, tasks, succeeded, failed, attempts, retries, calls, bytes, rows_read,
           rows_new, rows_changed, rows_quarantined
    FROM ended
), ranked AS (
    SELECT day, dealer, step,
           sum(tasks) OVER (PARTITION BY day, dealer ORDER BY step) AS up_to,
           sum(tasks) OVER (PARTITION BY day, dealer) AS n
    FROM spread
    WHERE counts AND step IS NOT NULL
), times AS (
    SELECT day, dealer,
           min(step) FILTER (WHERE up_to >= 0.5 * n) AS p50,
           min(step) FILTER (WHERE up_to >= 0.95 * n) AS p95,
           min(step) FILTER (WHERE up_to >= 0.99 * n) AS p99
    FROM ranked
    GROUP BY day, dealer
), figures AS (
    SELECT day, dealer,
           coalesce(sum(tasks) FILTER (WHERE counts), 0)::bigint AS tasks,
           coalesce(sum(succeeded) FILTER (WHERE counts), 0)::bigint AS succeeded,
           coalesce(sum(failed) FILTER (WHERE counts), 0)::bigint AS failed,
           coalesce(sum(attempts) FILTER (WHERE counts), 0)::bigint AS attempts,
           coalesce(sum(retries) FILTER (WHERE counts), 0)::bigint AS retries,
           coalesce(sum(calls) FILTER (WHERE counts), 0)::bigint AS calls,
           coalesce(sum(bytes) FILTER (WHERE counts), 0)::bigint AS bytes,
           sum(rows_read)::bigint AS rows_read,
           sum(rows_new)::bigint AS rows_new,
           sum(rows_changed)::bigint AS rows_changed,
           sum(rows_quarantined)::bigint AS rows_quarantined
    FROM spread
    GROUP BY day, dealer
)
SELECT f.day::text AS day,
       f.dealer AS dealer_id,
       f.tasks,
       f.succeeded,
       f.failed,
       f.tasks - f.succeeded - f.failed AS cancelled,
       f.succeeded::float8 / nullif(f.succeeded + f.failed, 0) AS success_rate,
       f.attempts,
       f.retries,
       f.calls,
       f.rows_read,
       f.rows_new,
       f.rows_changed,
       f.rows_quarantined,
       f.bytes,
       floor(exp(t.p50 / 16) - 1)::bigint AS p50_ms,
       floor(exp(t.p95 / 16) - 1)::bigint AS p95_ms,
       floor(exp(t.p99 / 16) - 1)::bigint AS p99_ms
FROM figures f
LEFT JOIN times t ON coalesce(t.day, 'infinity') = coalesce(f.day, 'infinity')
                  AND coalesce(t.dealer, '') = coalesce(f.dealer, '')
ORDER BY f.day NULLS FIRST, f.dealer
LIMIT $5::int
