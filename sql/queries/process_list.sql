-- The processes that reported in the last $1 ms, the newest one of each name. They report every five
-- seconds: one that missed three reports has gone, whatever it said last.
SELECT DISTINCT ON (name)
       instance::text, name, service, endpoint, pid, version,
       CASE WHEN seen_at < clock_timestamp() - interval '16 seconds' THEN 'gone' ELSE state END AS state,
       floor(extract(epoch FROM started_at) * 1000)::bigint AS started,
       floor(extract(epoch FROM seen_at) * 1000)::bigint AS seen_at
FROM ops.process
WHERE seen_at > clock_timestamp() - $1::bigint * interval '1 ms'
ORDER BY name, process.started_at DESC
LIMIT 256
