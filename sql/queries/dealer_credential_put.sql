-- $1 upstream, $2 fingerprint in hex, $3 API key, $4 secret (sealed), $5 the secret replaces one
-- that is stored already; the id of the row that was found or made
INSERT INTO dealer.credential AS c (upstream_id, fingerprint, api_key, secret_key)
VALUES ($1::bigint, decode($2, 'hex'), $3, $4)
ON CONFLICT (upstream_id, fingerprint) DO UPDATE
SET secret_key = CASE WHEN $5::boolean THEN excluded.secret_key ELSE c.secret_key END,
    updated_at = CASE WHEN $5::boolean THEN now() ELSE c.updated_at END
RETURNING id
