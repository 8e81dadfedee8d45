-- What is paused: $1 scope or null, $2 target or null. The columns are the fields of the message. Who may see some
-- dealers sees pauses of those alone.
SELECT scope, target, reason, paused_by, (extract(epoch FROM paused_at) * 1000)::bigint AS paused_at
FROM jobs.pause
WHERE (dealer.sees_all() OR scope = 'dealer' AND dealer.in_sight(target))
  AND ($1::text IS NULL OR scope = $1::text) AND ($2::text IS NULL OR target = $2::text)
ORDER BY jobs.pause.paused_at DESC, scope, target
LIMIT 1000
