-- What job.changed tells. $1 job
SELECT id,
       state,
       tasks_total,
       tasks_succeeded + tasks_failed + tasks_cancelled AS tasks_done,
       tasks_failed,
       rows_read,
       version,
       tasks_leased,
       tasks_cancelled,
       rows_new
FROM jobs.job
WHERE id = $1::uuid
