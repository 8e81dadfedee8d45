-- $1 hash of the token (hex).
UPDATE account.session SET ended_at = now() WHERE token_hash = decode($1, 'hex') AND ended_at IS NULL
