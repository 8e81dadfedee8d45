-- $1 login: all its sessions end.
UPDATE account.session s
SET ended_at = now()
FROM account.users u
WHERE u.id = s.user_id AND lower(u.login) = lower($1::text) AND s.ended_at IS NULL
