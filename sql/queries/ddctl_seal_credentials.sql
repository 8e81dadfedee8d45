-- Credentials behind $1 of which something is not sealed with the master key $2, at most $3; their rows
-- stay locked. Those that have just changed are waited for.
SELECT id, api_key, secret_key
FROM dealer.credential
WHERE id > $1::bigint AND (split_part(api_key, ':', 1) <> $2::text OR split_part(secret_key, ':', 1) <> $2::text)
ORDER BY id
LIMIT $3::bigint
FOR UPDATE
