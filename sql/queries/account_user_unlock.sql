-- $1 login: its wrong passwords are forgotten, and the trail tells so; no row: no such user.
WITH forgotten AS (
    DELETE FROM account.sign_in i USING account.users u
    WHERE lower(u.login) = lower($1::text) AND i.login = lower(u.login)
    RETURNING i.failures)
SELECT u.id, (SELECT account.note('user', u.login, jsonb_build_object('wrong_passwords', f.failures),
                                  jsonb_build_object('wrong_passwords', 0))::text FROM forgotten f) AS noted
FROM account.users u
WHERE lower(u.login) = lower($1::text)
