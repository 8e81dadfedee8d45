-- $1 id, $2 hash of the token (hex), $3 user, $4 page, $5 address, $6 hours that it lasts, $7 the password's hash that
-- was compared with: no row when it is another by now, so that a change ends the sign-ins under way too. NULL: none was.
INSERT INTO account.session (id, token_hash, user_id, page, address, created_at, seen_at, expires_at)
SELECT $1::uuid, decode($2, 'hex'), u.id, $4, $5, n.at, n.at, n.at + make_interval(hours => $6::int)
FROM (SELECT clock_timestamp() AS at) n
CROSS JOIN (
    SELECT id
    FROM account.users
    WHERE id = $3::uuid AND ($7::text IS NULL OR password = $7)
    FOR SHARE
) u
RETURNING id
