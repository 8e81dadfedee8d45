-- $1 id or null, $2 code, $3 name, $4 API key, $5 token, $6 secret (sealed or null), $7 active or
-- null, $8 the upstream's code or null, $9 credential or null
INSERT INTO dealer.dealers (id, dealer_id, dealer_name, api_key, api_token, secret_key, is_active,
                            upstream_dealer_id, credential_id)
VALUES (coalesce($1::uuid, gen_random_uuid()), $2::text, $3, $4, $5, $6, coalesce($7::boolean, true),
        nullif($8::text, $2::text), $9::bigint)
