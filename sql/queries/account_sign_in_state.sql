-- $1 login: for how long it is locked (ms); no row or null: it is not.
SELECT (extract(epoch FROM locked_until - now()) * 1000)::bigint AS ms
FROM account.sign_in
WHERE login = lower($1::text) AND locked_until > now()
