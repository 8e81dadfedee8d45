-- $1 code behind which to begin, or null; $2 part of code or name, or null; $3 active, or null;
-- $4 rows to leave out, or null; $5 rows wanted
SELECT d.id::text,
       d.dealer_id,
       d.dealer_name,
       coalesce(d.is_active, false) AS is_active,
       u.name AS upstream,
       d.upstream_dealer_id,
       coalesce(u.simulated, false) AS simulated,
       d.credential_id IS NOT NULL AS has_credential,
       floor(extract(epoch FROM d.created_at AT TIME ZONE 'UTC') * 1000)::bigint AS created_at,
       floor(extract(epoch FROM d.updated_at AT TIME ZONE 'UTC') * 1000)::bigint AS updated_at,
       c.key_hint AS credential_hint,
       floor(extract(epoch FROM c.updated_at) * 1000)::bigint AS credential_since,
       u.zone,
       left(md5(concat_ws(' ', d.xmin, c.xmin, u.name, u.simulated, u.zone)), 16) AS etag
FROM dealer.dealers d
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
WHERE dealer.in_sight(d.dealer_id)
  AND ($1::text IS NULL OR d.dealer_id > $1::text)
  AND ($2::text IS NULL OR strpos(lower(d.dealer_id), lower($2::text)) > 0
       OR strpos(lower(d.dealer_name), lower($2::text)) > 0)
  AND ($3::boolean IS NULL OR coalesce(d.is_active, false) = $3::boolean)
ORDER BY d.dealer_id
LIMIT $5::bigint OFFSET coalesce($4::bigint, 0)
