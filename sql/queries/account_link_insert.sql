-- $1 hash of the token (hex), $2 login, $3 hours that it works: when it expires; no row: no such user.
INSERT INTO account.link (token_hash, user_id, expires_at)
SELECT decode($1, 'hex'), id, now() + make_interval(hours => $3::int)
FROM account.users
WHERE lower(login) = lower($2::text) AND is_active
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at
