-- $1 dealer or null, $2 job or null, $3 id to go on after or null, $4 limit
SELECT q.id,
       q.dealer_id,
       q.feed,
       q.task_id,
       q.reason,
       q.field,
       (extract(epoch FROM q.created_at) * 1000)::bigint AS created_at
FROM feed.quarantine q
WHERE ($1::text IS NULL OR q.dealer_id = $1::text)
  AND ($2::uuid IS NULL OR q.task_id IN (SELECT id FROM jobs.task WHERE job_id = $2::uuid))
  AND ($3::bigint IS NULL OR q.id < $3::bigint)
ORDER BY q.id DESC
LIMIT $4::int
