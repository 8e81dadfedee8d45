-- $1 hash of the token (hex), $2 minutes without use after which it is over: whose it is, if it counts; a use.
UPDATE account.session s
SET seen_at = now()
FROM account.users u
WHERE s.token_hash = decode($1, 'hex') AND s.ended_at IS NULL AND s.expires_at > now()
  AND s.seen_at > now() - make_interval(mins => $2::int) AND u.id = s.user_id AND u.is_active
RETURNING u.login AS principal, 'user' AS kind, u.role, CASE WHEN NOT u.all_dealers THEN u.dealers END AS dealers,
          (extract(epoch FROM s.expires_at) * 1000)::bigint AS expires_at, u.name, u.id::text AS owner_id,
          s.id::text AS session_id, u.password IS NOT NULL AS has_password
