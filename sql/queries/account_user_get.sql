-- $1 login.
SELECT u.id, u.login, u.name, u.role, u.all_dealers, u.dealers, u.is_active, u.password IS NOT NULL AS has_password,
       (SELECT count(*) FROM account.session s
        WHERE s.user_id = u.id AND s.ended_at IS NULL AND s.expires_at > now()) AS sessions,
       (SELECT (extract(epoch FROM max(s.seen_at)) * 1000)::bigint FROM account.session s WHERE s.user_id = u.id) AS seen_at,
       u.created_by, (extract(epoch FROM u.created_at) * 1000)::bigint AS created_at,
       (SELECT (extract(epoch FROM i.locked_until) * 1000)::bigint FROM account.sign_in i
        WHERE i.login = lower(u.login) AND i.locked_until > now()) AS locked_until
FROM account.users u
WHERE lower(u.login) = lower($1::text)
