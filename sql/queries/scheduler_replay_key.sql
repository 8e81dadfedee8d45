-- The job that a key stands for, or null. $1 principal, $2 key, $3 digest of the request (hex)
SELECT jobs.replay_key(clock_timestamp(), $1::text, $2::text, decode($3::text, 'hex')) AS job_id
