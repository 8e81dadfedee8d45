-- Cancels job $1 on behalf of $2; false when there is none.
SELECT CASE WHEN jobs.in_sight($1::uuid) THEN jobs.cancel_job(clock_timestamp(), $1::uuid, $2::text) ELSE false END AS found
