-- Dealers behind the code $1 of which something is not sealed with the master key $2, at most $3; their
-- rows stay locked.
SELECT dealer_id, api_key, api_token, secret_key
FROM dealer.dealers
WHERE dealer_id > $1::text
  AND (split_part(api_key, ':', 1) <> $2::text OR split_part(api_token, ':', 1) <> $2::text
       OR split_part(secret_key, ':', 1) <> $2::text)
ORDER BY dealer_id
LIMIT $3::bigint
FOR UPDATE
