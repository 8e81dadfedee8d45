-- $1 job, $2 state or null, $3 id to go on after or null, $4 limit
SELECT id,
       job_id,
       dealer_id,
       feed,
       to_char(from_at, 'YYYY-MM-DD HH24:MI:SS') AS "from",
       to_char(to_at, 'YYYY-MM-DD HH24:MI:SS') AS "to",
       state,
       attempt,
       error_code,
       error_text,
       rows_read,
       rows_new,
       rows_changed,
       rows_same,
       rows_quarantined,
       bytes,
       (extract(epoch FROM not_before) * 1000)::bigint AS not_before,
       (extract(epoch FROM started_at) * 1000)::bigint AS started_at,
       (extract(epoch FROM finished_at) * 1000)::bigint AS finished_at
FROM jobs.task
WHERE job_id = $1::uuid
  AND ($2::text IS NULL OR state = $2::text)
  AND ($3::bigint IS NULL OR id > $3::bigint)
ORDER BY id
LIMIT $4::int
