-- A call that tests the dealer $1, counted: $2 upstream, or null = its own; $3 fingerprints in hex of a key that
-- is given, or null = the stored one; $4 feed, $5 day, or null = yesterday. Texts that there are none of are
-- empty: waits_for or the caller's keys tell what comes of it.
SELECT dealer_id, coalesce(upstream, '') AS upstream, upstream_dealer_id, feed, coalesce(day, current_date)::text AS day,
       coalesce(base_url, '') AS base_url, coalesce(formula, 'concat') AS formula, coalesce(api_key, '') AS api_key,
       coalesce(secret_key, '') AS secret_key, coalesce(allow_private, false) AS allow_private,
       coalesce(connect_timeout_ms, 1000) AS connect_timeout_ms,
       coalesce(first_byte_timeout_ms, 1000) AS first_byte_timeout_ms,
       coalesce(body_timeout_ms, 1000) AS body_timeout_ms, coalesce(total_timeout_ms, 1000) AS total_timeout_ms,
       skew_ms, credential_id, waits_for
FROM jobs.begin_probe(clock_timestamp(), $1, $2, $3::text[], $4, $5::date)
