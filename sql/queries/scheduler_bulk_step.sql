-- A step of $1. $2 id of the job that runs calls again, $3 jobs and $4 calls of a step
SELECT jobs.step_bulk(clock_timestamp(), $1::uuid, $2::uuid, $3::int, $4::int) AS went_on
