-- A link that the administrator's key signed is used: $1 hash of its token (hex), $2 page, $3 when it expires (ms).
-- No row: it was used before.
INSERT INTO account.link (token_hash, user_id, page, expires_at, used_at)
VALUES (decode($1, 'hex'), '00000000-0000-7000-8000-000000000001', $2, to_timestamp($3::bigint / 1000.0), now())
ON CONFLICT DO NOTHING
RETURNING user_id::text AS user_id
