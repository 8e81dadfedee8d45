-- $1 id: its login, if it may sign in.
SELECT login FROM account.users WHERE id = $1::uuid AND is_active
