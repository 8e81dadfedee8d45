-- Which try a lease is; no row when it is no longer held. $1 task, $2 epoch
SELECT attempt
FROM jobs.task
WHERE id = $1::bigint AND epoch = $2::int AND state = 'leased'
