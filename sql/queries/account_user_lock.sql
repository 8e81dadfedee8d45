-- Holds all administrators who may do everything; $1 a login: whether another one than this is left.
SELECT coalesce(bool_or(lower(a.login) <> lower($1::text)), false) AS another
FROM (SELECT login FROM account.users
      WHERE role = 'admin' AND all_dealers AND is_active
      ORDER BY id
      FOR UPDATE) a
