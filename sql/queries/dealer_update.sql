-- $1 code; null leaves a column as it is: $2 name, $3 API key, $4 token, $5 secret (sealed),
-- $6 active, $7 the upstream's code (the same as $1: none of its own), $8 credential
UPDATE dealer.dealers
SET dealer_name = coalesce($2, dealer_name),
    api_key = coalesce($3, api_key),
    api_token = coalesce($4, api_token),
    secret_key = coalesce($5, secret_key),
    is_active = coalesce($6::boolean, is_active),
    upstream_dealer_id = CASE WHEN $7::text IS NULL THEN upstream_dealer_id ELSE nullif($7::text, dealer_id) END,
    credential_id = coalesce($8::bigint, credential_id)
WHERE dealer_id = $1
