-- $1 code behind which to begin, or null; $2 part of code or name, or null; $3 active, or null;
-- $4 rows to leave out, or null; $5 rows wanted; $6 whether the last call failed, or null; $7 true = those whose
-- call failed last come first; $8 with $7: when the dealer of $1 had its failure (ms, 0 = none), or null
WITH page AS (
    SELECT d.dealer_id, f.failed_at, f.error_code, f.feed, f.job_id,
           CASE WHEN $7::boolean THEN f.at ELSE 0 END AS place
    FROM dealer.dealers d
    LEFT JOIN (SELECT DISTINCT ON (dealer_id) * FROM jobs.last_failure ORDER BY dealer_id, failed_at DESC, feed) l
        ON l.dealer_id = d.dealer_id
    CROSS JOIN LATERAL (SELECT l.*, coalesce(floor(extract(epoch FROM l.failed_at) * 1000)::bigint, 0) AS at) f
    WHERE dealer.in_sight(d.dealer_id)
      AND ($2::text IS NULL OR strpos(lower(d.dealer_id), lower($2::text)) > 0
           OR strpos(lower(d.dealer_name), lower($2::text)) > 0)
      AND ($3::boolean IS NULL OR coalesce(d.is_active, false) = $3::boolean)
      AND ($6::boolean IS NULL OR (l.failed_at IS NOT NULL) = $6::boolean)
      AND ($1::text IS NULL OR d.dealer_id > $1::text AND ($8::bigint IS NULL OR f.at = $8::bigint)
           OR f.at < $8::bigint)
    ORDER BY place DESC, d.dealer_id
    LIMIT $5::bigint OFFSET coalesce($4::bigint, 0)
)
SELECT d.id::text,
       d.dealer_id,
       d.dealer_name,
       coalesce(d.is_active, false) AS is_active,
       u.name AS upstream,
       d.upstream_dealer_id,
       coalesce(u.simulated, false) AS simulated,
       d.credential_id IS NOT NULL AS has_credential,
       floor(extract(epoch FROM d.created_at AT TIME ZONE 'UTC') * 1000)::bigint AS created_at,
       floor(extract(epoch FROM d.updated_at AT TIME ZONE 'UTC') * 1000)::bigint AS updated_at,
       c.key_hint AS credential_hint,
       floor(extract(epoch FROM c.updated_at) * 1000)::bigint AS credential_since,
       u.zone,
       left(md5(concat_ws(' ', d.xmin, c.xmin, u.name, u.simulated, u.zone)), 16) AS etag,
       floor(extract(epoch FROM p.failed_at) * 1000)::bigint AS failed_at,
       p.error_code,
       p.feed AS error_feed,
       s.job::text AS error_job_id
FROM page p
JOIN dealer.dealers d ON d.dealer_id = p.dealer_id
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
LEFT JOIN jobs.jobs_to_show(ARRAY(SELECT job_id FROM page)) s (job) ON s.job = p.job_id
ORDER BY p.place DESC, p.dealer_id
