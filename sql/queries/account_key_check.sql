-- $1 hash of the key (hex): whose it is, if it counts; a use.
UPDATE account.api_key k
SET used_at = now()
WHERE k.secret_hash = decode($1, 'hex') AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
RETURNING k.id AS principal, 'key' AS kind, k.role, CASE WHEN NOT k.all_dealers THEN k.dealers END AS dealers,
          (extract(epoch FROM k.expires_at) * 1000)::bigint AS expires_at, k.name, k.id AS owner_id
