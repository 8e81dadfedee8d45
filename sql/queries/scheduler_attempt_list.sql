-- $1 task
SELECT a.number,
       f.name AS fetcher,
       a.outcome,
       a.error_code,
       a.error_text,
       a.http_status,
       a.bytes,
       a.dns_ms,
       a.connect_ms,
       a.first_byte_ms,
       a.total_ms,
       a.body_head,
       (extract(epoch FROM a.started_at) * 1000)::bigint AS started_at,
       (extract(epoch FROM a.finished_at) * 1000)::bigint AS finished_at,
       a.skew_ms,
       a.rows_read
FROM jobs.attempt a
LEFT JOIN jobs.fetcher f ON f.instance = a.instance
WHERE a.task_id = $1::bigint AND jobs.in_sight((SELECT t.job_id FROM jobs.task t WHERE t.id = $1::bigint))
ORDER BY a.epoch
LIMIT 1000
