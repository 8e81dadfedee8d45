-- Cancels up to $1 tasks of a job that is being cancelled; how many it were.
SELECT jobs.cancel_step(clock_timestamp(), $1::int) AS cancelled
