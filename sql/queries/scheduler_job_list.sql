-- Ids are UUIDs of version 7, so their order is the order of submission.
-- $1 dealer or null, $2 state or null, $3 id to go on after or null, $4 limit
SELECT j.id,
       (SELECT array_agg(d.dealer_id ORDER BY d.dealer_id) FROM jobs.job_dealer d WHERE d.job_id = j.id) AS dealer_ids,
       j.feeds,
       to_char(j.from_at, 'YYYY-MM-DD HH24:MI:SS') AS "from",
       to_char(j.to_at, 'YYYY-MM-DD HH24:MI:SS') AS "to",
       j.priority,
       j.requested_by,
       j.state,
       j.tasks_total,
       j.tasks_queued,
       j.tasks_leased,
       j.tasks_succeeded,
       j.tasks_failed,
       j.tasks_cancelled,
       j.rows_read,
       j.rows_new,
       j.rows_changed,
       j.rows_same,
       j.rows_quarantined,
       j.error_code,
       j.error_text,
       (extract(epoch FROM j.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM j.started_at) * 1000)::bigint AS started_at,
       (extract(epoch FROM j.finished_at) * 1000)::bigint AS finished_at
FROM jobs.job j
WHERE ($1::text IS NULL
       OR EXISTS (SELECT FROM jobs.job_dealer f WHERE f.dealer_id = $1::text AND f.job_id = j.id))
  AND ($2::text IS NULL OR j.state = $2::text)
  AND ($3::uuid IS NULL OR j.id < $3::uuid)
ORDER BY j.id DESC
LIMIT $4::int
