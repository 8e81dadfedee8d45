-- The breaker of the upstream of task $1, what its settings are, and the database's time (ms).
SELECT u.id, u.name, u.breaker_failures, u.breaker_seconds, coalesce(s.failures, 0) AS failures,
       coalesce(s.opened, 0) AS opened, coalesce((extract(epoch FROM s.open_until) * 1000)::bigint, 0) AS open_until,
       (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
FROM jobs.task t
JOIN dealer.upstream u ON u.id = t.upstream_id
LEFT JOIN jobs.upstream_state s ON s.upstream_id = u.id
WHERE t.id = $1::bigint
