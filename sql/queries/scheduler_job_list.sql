-- The columns of jobs.job_told are the fields of the message.
-- Ids are UUIDs of version 7, so their order is the order of submission.
-- $1 dealer or null, $2 state or null, $3 id to go on after or null, $4 limit
SELECT j.*
FROM jobs.job_told j
WHERE ($1::text IS NULL
       OR EXISTS (SELECT FROM jobs.job_dealer f WHERE f.dealer_id = $1::text AND f.job_id = j.id))
  AND ($2::text IS NULL OR j.state = $2::text)
  AND ($3::uuid IS NULL OR j.id < $3::uuid)
ORDER BY j.id DESC
LIMIT $4::int
