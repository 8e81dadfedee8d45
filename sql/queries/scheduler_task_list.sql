-- The columns of jobs.task_told are the fields of the message.
-- $1 job, $2 states or null, $3 id to go on after or null, $4 limit, $5 dealer or null, $6 feed or
-- null, $7 code or null
SELECT t.*
FROM jobs.task_told t
WHERE t.job_id = $1::uuid AND jobs.in_sight($1::uuid)
  AND ($2::text[] IS NULL OR t.state = ANY ($2::text[]))
  AND ($3::bigint IS NULL OR t.id > $3::bigint)
  AND ($5::text IS NULL
       OR EXISTS (SELECT FROM jobs.task_dealer d WHERE d.dealer_id = $5::text AND d.task_id = t.id))
  AND ($6::text IS NULL OR t.feed = $6::text)
  AND ($7::text IS NULL OR t.error_code = $7::text)
ORDER BY t.id
LIMIT $4::int
