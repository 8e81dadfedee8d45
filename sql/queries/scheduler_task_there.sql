-- A row when there is such a task. $1 task
SELECT 1
FROM jobs.task
WHERE id = $1::bigint AND jobs.in_sight(job_id)
