-- Where process $1 answers: the newest one of that name, unless it has gone.
SELECT endpoint, instance::text AS instance
FROM ops.process
WHERE name = $1 AND state <> 'gone' AND seen_at > clock_timestamp() - interval '16 seconds'
ORDER BY started_at DESC
LIMIT 1
