-- $1 upstream or null, $2 feed, $3 kind, $4 acknowledged or not, $5 id to go on after, $6 limit
SELECT d.id,
       u.name AS upstream,
       d.feed,
       nullif(d.part, '') AS part,
       d.field,
       d.kind,
       nullif(d.type, '') AS type,
       d.answers,
       (extract(epoch FROM d.first_at) * 1000)::bigint AS first_at,
       (extract(epoch FROM d.last_at) * 1000)::bigint AS last_at,
       (extract(epoch FROM d.acknowledged_at) * 1000)::bigint AS acknowledged_at,
       d.acknowledged_by
FROM feed.drift d
JOIN dealer.upstream u ON u.id = d.upstream_id
WHERE ($1::text IS NULL OR u.name = $1::text)
  AND ($2::text IS NULL OR d.feed = $2::text)
  AND ($3::text IS NULL OR d.kind = $3::text)
  AND ($4::boolean IS NULL OR (d.acknowledged_at IS NOT NULL) = $4::boolean)
  AND ($5::bigint IS NULL OR d.id < $5::bigint)
ORDER BY d.id DESC
LIMIT $6::int
