-- $1 upstream, $2 fingerprint in hex, $3 API key, $4 secret (sealed), $5 the secret replaces one
-- that is stored already, $6 the fingerprints that older master keys gave the same API key, $7 how it
-- ends, or null; the id of the row that was found or made. A secret that dealers out of sight use as well is not
-- replaced: then there is no row.
WITH there AS (
    UPDATE dealer.credential c
    SET secret_key = CASE WHEN $5::boolean THEN $4 ELSE c.secret_key END,
        key_hint = coalesce($7::text, c.key_hint),
        updated_at = CASE WHEN $5::boolean THEN now() ELSE c.updated_at END
    WHERE c.upstream_id = $1::bigint
      AND c.fingerprint IN (SELECT decode(f, 'hex') FROM unnest($6::text[] || $2::text) f)
      AND NOT ($5::boolean AND EXISTS (SELECT FROM dealer.dealers d
                                       WHERE d.credential_id = c.id AND NOT dealer.in_sight(d.dealer_id)))
    RETURNING c.id
), made AS (
    INSERT INTO dealer.credential AS c (upstream_id, fingerprint, api_key, secret_key, key_hint)
    SELECT $1::bigint, decode($2::text, 'hex'), $3, $4, $7::text
    WHERE NOT EXISTS (SELECT FROM there)
    ON CONFLICT (upstream_id, fingerprint) DO UPDATE
    SET secret_key = CASE WHEN $5::boolean THEN excluded.secret_key ELSE c.secret_key END,
        key_hint = coalesce(excluded.key_hint, c.key_hint),
        updated_at = CASE WHEN $5::boolean THEN now() ELSE c.updated_at END
    WHERE NOT ($5::boolean AND EXISTS (SELECT FROM dealer.dealers d
                                       WHERE d.credential_id = c.id AND NOT dealer.in_sight(d.dealer_id)))
    RETURNING id
)
SELECT id FROM there UNION ALL SELECT id FROM made
