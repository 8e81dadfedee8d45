-- A call that tests the dealer $1, counted: $2 upstream, or null = its own; $3 fingerprints in hex of a key that
-- is given, or null = the stored one; $4 feed, $5 day, or null = yesterday. Texts that there are none of are
-- empty: waits_for or the caller's keys tell what comes of it. The stored texts are told of their own upstream alone:
-- another one has no business with them.
SELECT p.dealer_id, coalesce(p.upstream, '') AS upstream, p.upstream_dealer_id, feed, coalesce(day, current_date)::text AS day,
       coalesce(base_url, '') AS base_url, coalesce(formula, 'concat') AS formula, coalesce(own.api_key, '') AS api_key,
       coalesce(own.secret_key, '') AS secret_key, coalesce(allow_private, false) AS allow_private,
       coalesce(connect_timeout_ms, 1000) AS connect_timeout_ms,
       coalesce(first_byte_timeout_ms, 1000) AS first_byte_timeout_ms,
       coalesce(body_timeout_ms, 1000) AS body_timeout_ms, coalesce(total_timeout_ms, 1000) AS total_timeout_ms,
       skew_ms, credential_id, waits_for
FROM jobs.begin_probe(clock_timestamp(), $1, $2, $3::text[], $4, $5::date) p
LEFT JOIN LATERAL (SELECT p.api_key, p.secret_key
                   FROM dealer.dealers d
                   JOIN dealer.credential c ON c.id = d.credential_id
                   JOIN dealer.upstream u ON u.id = c.upstream_id
                   WHERE d.dealer_id = p.dealer_id AND u.name = p.upstream) own ON true
