-- Fetchers that live, in any order.
SELECT endpoint
FROM ops.process
WHERE service = 'fetcher' AND state IN ('ready', 'degraded') AND seen_at > clock_timestamp() - interval '16 seconds'
ORDER BY random()
LIMIT 3
