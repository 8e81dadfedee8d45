-- The columns of jobs.job_told are the fields of the message. $1 job
SELECT *
FROM jobs.job_told
WHERE id = $1::uuid
