-- $1 hash of the token (hex): whose link it is, if it works; it does not again.
UPDATE account.link
SET used_at = now()
WHERE token_hash = decode($1, 'hex') AND used_at IS NULL AND expires_at > now()
RETURNING user_id::text AS user_id
