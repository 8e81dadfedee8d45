-- $1 id, $2 hash of the token (hex), $3 user, $4 page, $5 address, $6 hours that it lasts.
INSERT INTO account.session (id, token_hash, user_id, page, address, created_at, seen_at, expires_at)
SELECT $1::uuid, decode($2, 'hex'), $3::uuid, $4, $5, n.at, n.at, n.at + make_interval(hours => $6::int)
FROM (SELECT clock_timestamp() AS at) n
