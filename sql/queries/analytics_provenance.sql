-- The calls that brought the rows as they are stored now, the latest task first; what history no longer
-- knows has no job. $1 dealer, $2 first day or null, $3 last day or null, $4 task and $5 epoch to go on after
-- or null, $6 limit
WITH brought AS MATERIALIZED (
    SELECT p.task_id, p.epoch, count(*) AS rows, min(p.tanggal_prospect) AS first_day, max(p.tanggal_prospect) AS last_day,
           max(p.fetched_at) AS stored_at
    FROM feed.prospect p
    WHERE p.dealer_id = $1::text
      AND p.day >= coalesce($2::date, CASE WHEN $3::date IS NULL THEN '-infinity' ELSE '4713-01-01 BC' END::date)
      AND p.day <= coalesce($3::date, 'infinity')
      AND ($4::bigint IS NULL OR (p.task_id, p.epoch) < ($4::bigint, $5::int))
    GROUP BY p.task_id, p.epoch
    ORDER BY p.task_id DESC, p.epoch DESC
    LIMIT $6::int
)
SELECT $1::text AS dealer_id, b.task_id, b.epoch, b.rows, b.first_day::text AS first_day, b.last_day::text AS last_day,
       (extract(epoch FROM b.stored_at) * 1000)::bigint AS stored_at,
       j.id AS job_id, j.kind AS job_kind, j.requested_by,
       to_char(t.from_at, 'YYYY-MM-DD HH24:MI:SS') AS window_from,
       to_char(t.to_at, 'YYYY-MM-DD HH24:MI:SS') AS window_to,
       a.number AS attempt, a.http_status, a.rows_read, a.bytes, a.total_ms,
       (extract(epoch FROM a.started_at) * 1000)::bigint AS started_at
FROM brought b
LEFT JOIN jobs.task t ON t.id = b.task_id
LEFT JOIN jobs.job_record j ON j.id = t.job_id
LEFT JOIN jobs.attempt a ON a.task_id = b.task_id AND a.epoch = b.epoch
ORDER BY b.task_id DESC, b.epoch DESC
