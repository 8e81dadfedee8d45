-- $1 address: a wrong password came from there. One a minute is forgotten; from the fiftieth on it is locked, each time
-- for longer, up to a quarter of an hour. Many people may share an address, so that a right password forgives nothing.
INSERT INTO account.sign_in AS s (login, failures, failed_at)
SELECT n.network, 1, now()
FROM (SELECT account.network_of($1::text) AS network) n
WHERE n.network IS NOT NULL
ON CONFLICT (login) DO UPDATE
SET failures = greatest(0, s.failures - floor(extract(epoch FROM now() - s.failed_at) / 60)::int) + 1,
    failed_at = now(),
    locked_until = CASE
        WHEN greatest(0, s.failures - floor(extract(epoch FROM now() - s.failed_at) / 60)::int) + 1 >= 50
        THEN now() + least(interval '15 minutes',
                           interval '2 seconds' * (2 ^ least(greatest(0, s.failures - 49), 10)))
    END
