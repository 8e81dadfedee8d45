-- $1 login: all its sessions end, and links that would make another one.
WITH links AS (
    UPDATE account.link l
    SET expires_at = now()
    FROM account.users u
    WHERE u.id = l.user_id AND lower(u.login) = lower($1::text) AND l.used_at IS NULL AND l.expires_at > now()
)
UPDATE account.session s
SET ended_at = now()
FROM account.users u
WHERE u.id = s.user_id AND lower(u.login) = lower($1::text) AND s.ended_at IS NULL
