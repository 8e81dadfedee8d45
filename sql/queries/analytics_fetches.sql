-- Finished jobs by dealer, the latest end first.
-- $1 dealer or null, $2 status or null, $3 $4 $5 end (us), job and dealer to go on after or null,
-- $6 limit, $7 skip
SELECT f.job_id || ':' || f.dealer_id AS id,
       f.job_id,
       f.dealer_id,
       f.fetch_type,
       f.status,
       f.records_fetched,
       f.error_message,
       f.fetch_duration_seconds,
       (extract(epoch FROM f.finished_at) * 1000)::bigint AS completed_at,
       (extract(epoch FROM f.finished_at) * 1000000)::bigint || '.' || f.job_id || '.' || f.dealer_id AS cursor
FROM (
    SELECT j.id AS job_id,
           d.dealer_id,
           j.finished_at,
           replace(array_to_string(j.feeds, ','), 'prsp', 'prospects') AS fetch_type,
           CASE WHEN t.succeeded = t.total THEN 'success' WHEN t.succeeded = 0 THEN 'failed' ELSE 'partial' END AS status,
           t.records AS records_fetched,
           t.error_message,
           extract(epoch FROM j.finished_at - coalesce(j.started_at, j.finished_at))::bigint AS fetch_duration_seconds
    FROM jobs.job_record j
    JOIN jobs.job_dealer d ON d.job_id = j.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS total,
               count(*) FILTER (WHERE td.state = 'succeeded') AS succeeded,
               coalesce(sum(td.rows_read), 0)::bigint AS records,
               (array_agg(td.error_text ORDER BY td.finished_at DESC) FILTER (WHERE td.state = 'failed'))[1] AS error_message
        FROM jobs.task_dealer td
        WHERE td.job_id = j.id AND td.dealer_id = d.dealer_id) t
    WHERE j.finished_at IS NOT NULL
      AND ($1::text IS NULL OR d.dealer_id = $1::text)
      AND ($3::bigint IS NULL
           OR (j.finished_at, j.id, d.dealer_id)
              < (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4::uuid, $5::text))
) f
WHERE $2::text IS NULL OR f.status = $2::text
ORDER BY f.finished_at DESC, f.job_id DESC, f.dealer_id DESC
LIMIT $6::int OFFSET $7::int
