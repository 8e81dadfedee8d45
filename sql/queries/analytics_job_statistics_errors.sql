-- The most frequent codes of the tasks that failed in a range of days.
-- $1 first day, $2 last day, $3 dealer or null, $4 feed or null
SELECT t.error_code AS code, count(*) AS count
FROM jobs.job_record j
JOIN jobs.task t ON t.job_id = j.id
JOIN dealer.upstream u ON u.id = t.upstream_id
WHERE j.tasks_failed > 0
  AND j.created_at < $2::date + interval '2 days'
  AND (j.finished_at >= $1::date - interval '1 day' OR j.state IN ('queued', 'running'))
  AND (t.finished_at AT TIME ZONE u.zone)::date BETWEEN $1::date AND $2::date
  AND t.state = 'failed' AND t.error_code IS NOT NULL
  AND ($3::text IS NULL OR t.dealer_id = $3::text
       OR t.dealer_id = '*' AND EXISTS (SELECT FROM jobs.task_dealer d WHERE d.dealer_id = $3::text AND d.task_id = t.id))
  AND ($4::text IS NULL OR t.feed = $4::text)
GROUP BY t.error_code
ORDER BY count(*) DESC, t.error_code
LIMIT 20
