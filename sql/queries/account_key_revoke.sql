-- $1 id; no row: there is no such key.
UPDATE account.api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING id
