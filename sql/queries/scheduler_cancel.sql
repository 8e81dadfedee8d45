-- Cancels job $1 on behalf of $2; false when there is none.
SELECT jobs.cancel_job(clock_timestamp(), $1::uuid, $2::text) AS found
