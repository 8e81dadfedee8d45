-- $1 address: for how long nobody signs in from there by password (ms); no row: not locked.
SELECT (extract(epoch FROM locked_until - now()) * 1000)::bigint AS ms
FROM account.sign_in
WHERE login = account.network_of($1::text) AND locked_until > now()
