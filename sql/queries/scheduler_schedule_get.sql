-- One schedule; $1 id
SELECT * FROM jobs.schedule_told WHERE id = $1::bigint
