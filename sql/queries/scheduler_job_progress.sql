-- A job for its snapshot and job.changed; the columns are the fields of the message. $1 job
SELECT *
FROM jobs.job_told
WHERE id = $1::uuid
