-- $1 login: its failures are forgotten.
DELETE FROM account.sign_in WHERE login = lower($1::text)
