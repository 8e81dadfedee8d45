-- $1 login: a wrong password. From the fifth in a row on it is locked, each time for longer, up to a quarter of an
-- hour; a day later all is forgotten.
INSERT INTO account.sign_in AS s (login, failures, failed_at)
VALUES (lower($1::text), 1, now())
ON CONFLICT (login) DO UPDATE
SET failures = CASE WHEN s.failed_at < now() - interval '1 day' THEN 1 ELSE s.failures + 1 END,
    failed_at = now(),
    locked_until = CASE
        WHEN s.failures + 1 >= 5 AND s.failed_at >= now() - interval '1 day'
        THEN now() + least(interval '15 minutes', interval '2 seconds' * (2 ^ least(s.failures - 4, 10)))
    END
RETURNING failures
