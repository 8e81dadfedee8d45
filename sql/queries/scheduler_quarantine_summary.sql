-- Quarantine by feed and reason: $1 dealer or null
SELECT feed, reason,
       count(*) FILTER (WHERE state = 'open') AS open,
       count(*) FILTER (WHERE state = 'stored') AS stored,
       count(*) FILTER (WHERE state = 'dismissed') AS dismissed,
       (extract(epoch FROM max(seen_at)) * 1000)::bigint AS seen_at,
       (array_agg(DISTINCT field ORDER BY field) FILTER (WHERE field IS NOT NULL))[1:100] AS fields
FROM feed.quarantine
WHERE (SELECT dealer.sight()) && ARRAY['*', dealer_id::text]
  AND ($1::text IS NULL OR dealer_id = $1::text)
GROUP BY feed, reason
ORDER BY feed, reason
LIMIT 500
