-- The feeds: $1 one of them, or null. The etag is that of scheduler_feed_lock.
SELECT feed, max_attempts, retry_base_ms, retry_cap_ms, deadline_minutes,
       (extract(epoch FROM changed_at) * 1000)::bigint AS changed_at, changed_by, left(md5(xmin::text), 16) AS etag
FROM jobs.feed
WHERE $1::text IS NULL OR feed = $1::text
ORDER BY feed
LIMIT 100
