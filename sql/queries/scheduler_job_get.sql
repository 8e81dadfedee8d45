-- The columns are the fields of the message. Told of one job alone: why it waits, and when it ends if
-- it goes on at the pace of its tasks so far. $1 job
SELECT j.*,
       w.waiting_for,
       (extract(epoch FROM w.waiting_until) * 1000)::bigint AS waiting_until,
       CASE WHEN j.state = 'running' AND j.tasks_leased > 0 AND p.done > 0
            THEN p.now + (p.now - j.started_at) * (j.tasks_total - p.done) / p.done
       END AS expected_at
FROM jobs.job_told j
CROSS JOIN LATERAL (SELECT j.tasks_succeeded + j.tasks_failed + j.tasks_cancelled AS done,
                           (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) p
LEFT JOIN LATERAL (SELECT y.* FROM jobs.why_waiting(clock_timestamp(), j.id) y
                   WHERE j.state IN ('queued', 'running') AND j.tasks_leased = 0 AND NOT j.cancelling) w ON true
WHERE j.id = $1::uuid AND jobs.in_sight($1::uuid)
