-- $1 name of one upstream, or null
SELECT name, base_url, formula, zone, max_days, history_days, quota, concurrency,
       connect_timeout_ms, first_byte_timeout_ms, total_timeout_ms, max_body_bytes, allow_private, simulated,
       quota_reserve, credential_concurrency, dealer_concurrency, calls_per_minute, burst,
       breaker_failures, breaker_seconds, group_calls, overlap_hours, body_timeout_ms,
       (extract(epoch FROM updated_at) * 1000)::bigint AS changed_at, changed_by, left(md5(xmin::text), 16) AS etag
FROM dealer.upstream
WHERE $1::text IS NULL OR name = $1::text
ORDER BY name
LIMIT 200
