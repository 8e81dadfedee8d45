-- What became of the tasks that ended in a range of days: all of them in the first row, without day and
-- dealer, then by day and dealer; no row when none ended. The columns are fields of the message.
-- A day is one of the upstream's zone, so each upstream's days are read apart: by an index, in
-- portions that fit into memory. A task for several dealers counts for each, and once in all. Times are
-- counted in steps of a sixteenth, and told rounded up to the step, so that nothing large is sorted.
-- $1 first day, $2 last day, $3 dealer or null, $4 feed or null, $5 limit
WITH days AS (
    SELECT u.id AS upstream,
           g.day::date AS day,
           g.day AT TIME ZONE u.zone AS begins,
           (g.day + interval '1 day') AT TIME ZONE u.zone AS ends
    FROM dealer.upstream u
    CROSS JOIN generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') g (day)
), ended AS MATERIALIZED (
    SELECT d.day, e.*
    FROM days d
    CROSS JOIN LATERAL (
        SELECT t.dealer_id AS dealer,
               true AS first,
               ceil(16 * ln(1 + 1000 * date_part('epoch', t.finished_at - t.started_at))) AS step,
               count(*) AS tasks,
               count(*) FILTER (WHERE t.state = 'succeeded') AS succeeded,
               count(*) FILTER (WHERE t.state = 'failed') AS failed,
               sum(t.attempt) AS attempts,
               sum(greatest(t.attempt - 1, 0)) AS retries,
               sum(t.attempt) FILTER (WHERE t.kind = 'fetch') AS calls,
               sum(t.bytes) AS bytes,
               sum(t.rows_read) AS rows_read,
               sum(t.rows_new) AS rows_new,
               sum(t.rows_changed) AS rows_changed,
               sum(t.rows_quarantined) AS rows_quarantined
        FROM jobs.task t
        WHERE t.upstream_id = d.upstream AND t.finished_at >= d.begins AND t.finished_at < d.ends
          AND t.dealer_id <> '*'
          AND ($3::text IS NULL OR t.dealer_id = $3::text)
          AND ($4::text IS NULL OR t.feed = $4::text)
        GROUP BY 1, 3) e
    UNION ALL
    SELECT d.day, e.*
    FROM days d
    CROSS JOIN LATERAL (
        SELECT m.dealer_id,
               $3::text IS NOT NULL
                   OR m.dealer_id = (SELECT min(o.dealer_id) FROM jobs.task_dealer o WHERE o.task_id = t.id),
               ceil(16 * ln(1 + 1000 * date_part('epoch', t.finished_at - t.started_at))),
               count(*),
               count(*) FILTER (WHERE t.state = 'succeeded'),
               count(*) FILTER (WHERE t.state = 'failed'),
               sum(t.attempt),
               sum(greatest(t.attempt - 1, 0)),
               sum(t.attempt) FILTER (WHERE t.kind = 'fetch'),
               sum(t.bytes),
               sum(m.rows_read),
               sum(m.rows_new),
               sum(m.rows_changed),
               sum(m.rows_quarantined)
        FROM jobs.task t
        JOIN jobs.task_dealer m ON m.task_id = t.id
        WHERE t.upstream_id = d.upstream AND t.finished_at >= d.begins AND t.finished_at < d.ends
          AND t.dealer_id = '*'
          AND ($3::text IS NULL OR m.dealer_id = $3::text)
          AND ($4::text IS NULL OR t.feed = $4::text)
        GROUP BY 1, 2, 3) e
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
