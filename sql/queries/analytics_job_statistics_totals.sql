-- What became of all tasks that ended in a range of days: as analytics_job_statistics, but a task for
-- several dealers counts once. $1 first day, $2 last day, $3 dealer or null, $4 feed or null
SELECT count(*) AS tasks,
       count(*) FILTER (WHERE e.state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE e.state = 'failed') AS failed,
       count(*) FILTER (WHERE e.state = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE e.state = 'succeeded')::float8
           / nullif(count(*) FILTER (WHERE e.state IN ('succeeded', 'failed')), 0) AS success_rate,
       coalesce(sum(e.attempt), 0) AS attempts,
       coalesce(sum(greatest(e.attempt - 1, 0)), 0) AS retries,
       coalesce(sum(e.attempt) FILTER (WHERE e.kind = 'fetch'), 0) AS calls,
       coalesce(sum(e.rows_read), 0)::bigint AS rows_read,
       coalesce(sum(e.rows_new), 0)::bigint AS rows_new,
       coalesce(sum(e.rows_changed), 0)::bigint AS rows_changed,
       coalesce(sum(e.rows_quarantined), 0)::bigint AS rows_quarantined,
       coalesce(sum(e.bytes), 0)::bigint AS bytes,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY e.ms) AS p50_ms,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY e.ms) AS p95_ms,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY e.ms) AS p99_ms
FROM (
    SELECT (t.finished_at AT TIME ZONE u.zone)::date AS day,
           t.state,
           t.kind,
           t.attempt,
           t.bytes,
           coalesce(d.rows_read, t.rows_read) AS rows_read,
           coalesce(d.rows_new, t.rows_new) AS rows_new,
           coalesce(d.rows_changed, t.rows_changed) AS rows_changed,
           coalesce(d.rows_quarantined, t.rows_quarantined) AS rows_quarantined,
           (date_part('epoch', t.finished_at - t.started_at) * 1000)::bigint AS ms
    FROM jobs.task t
    JOIN dealer.upstream u ON u.id = t.upstream_id
    LEFT JOIN jobs.task_dealer d ON t.dealer_id = '*' AND d.dealer_id = $3::text AND d.task_id = t.id
    WHERE t.finished_at >= $1::date - interval '1 day' AND t.finished_at < $2::date + interval '2 days'
      AND ($3::text IS NULL OR t.dealer_id = $3::text OR d.task_id IS NOT NULL)
      AND ($4::text IS NULL OR t.feed = $4::text)
) e
WHERE e.day BETWEEN $1::date AND $2::date
