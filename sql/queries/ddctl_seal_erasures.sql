-- The key of erasures unless it is sealed with the master key $2; $1 '' = not looked at yet. The row stays locked.
SELECT 'erasures' AS name, secret_key
FROM dealer.erasure_key
WHERE $1::text = '' AND split_part(secret_key, ':', 1) <> $2::text
LIMIT $3::bigint
FOR UPDATE
