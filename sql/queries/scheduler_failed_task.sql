-- What the decision about a failed call needs; no row when the lease is lost. $1 task, $2 epoch, $3 code,
-- $4 minutes until a task's deadline where its feed has none of its own
SELECT attempt, max_attempts, retry_base_ms, retry_cap_ms, left_ms, midnight_ms, can_split
FROM jobs.failed_task(clock_timestamp(), $1::bigint, $2::int, $3::text, $4::int)
