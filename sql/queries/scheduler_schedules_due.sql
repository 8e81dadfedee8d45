-- Schedules that have a tick that is due; $1 limit
SELECT t.*
FROM jobs.schedule s
JOIN jobs.schedule_told t ON t.id = s.id
WHERE s.active AND s.due_at <= clock_timestamp()
ORDER BY s.due_at
LIMIT $1::int
