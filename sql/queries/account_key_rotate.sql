-- $1 old id, $2 hours that it goes on, $3 new id, $4 hash of the new key (hex), $5 who: the new key; no row: there is no
-- such key, or it counts no more.
WITH old AS (
    UPDATE account.api_key
    SET expires_at = least(expires_at, now() + make_interval(hours => $2::int)), successor = $3
    WHERE id = $1 AND revoked_at IS NULL AND successor IS NULL AND (expires_at IS NULL OR expires_at > now())
    RETURNING *
)
INSERT INTO account.api_key (id, secret_hash, name, role, all_dealers, dealers, expires_at, created_by)
SELECT $3, decode($4, 'hex'), o.name, o.role, o.all_dealers, o.dealers, k.expires_at, $5
FROM old o
JOIN account.api_key k ON k.id = o.id -- as it was before
RETURNING id, name, role, all_dealers, dealers, (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at,
          created_by, (extract(epoch FROM created_at) * 1000)::bigint AS created_at
