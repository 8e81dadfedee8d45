-- $1 schedule, $2 tick (ms) to go on before, or null; $3 limit
SELECT (extract(epoch FROM at) * 1000)::bigint AS at, (extract(epoch FROM due_at) * 1000)::bigint AS due_at,
       (extract(epoch FROM claimed_at) * 1000)::bigint AS claimed_at, state, reason, job_id,
       (extract(epoch FROM started_at) * 1000)::bigint AS started_at
FROM jobs.tick
WHERE schedule_id = $1::bigint AND ($2::bigint IS NULL OR at < to_timestamp($2::bigint / 1000))
ORDER BY tick.at DESC
LIMIT $3::int
