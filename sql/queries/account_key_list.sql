-- $1 cursor (an id) or null, $2 rows.
SELECT id, name, role, all_dealers, dealers, (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at,
       (extract(epoch FROM used_at) * 1000)::bigint AS used_at,
       (extract(epoch FROM revoked_at) * 1000)::bigint AS revoked_at, successor, created_by,
       (extract(epoch FROM created_at) * 1000)::bigint AS created_at
FROM account.api_key
WHERE $1::text IS NULL OR id > $1::text
ORDER BY id
LIMIT $2::int
