-- $1 login: what its sign-in is checked against.
SELECT id, login, password
FROM account.users
WHERE lower(login) = lower($1::text) AND is_active
