-- What the answers of each dealer depend on: any change makes another text of `state`.
SELECT d.dealer_id,
       coalesce(v.version, 0) AS version,
       coalesce(v.version, 0) || '.' || coalesce((extract(epoch FROM v.fetched_at) * 1000)::bigint, 0)
           || '.' || (extract(epoch FROM d.updated_at) * 1000)::bigint
           || '.' || coalesce((extract(epoch FROM u.updated_at) * 1000)::bigint, 0)
           || '.' || (now() AT TIME ZONE coalesce(u.zone, 'Asia/Jakarta'))::date
           || '.' || coalesce((extract(epoch FROM f.failed_at) * 1000)::bigint, 0) AS state
FROM dealer.dealers d
LEFT JOIN report.version v ON v.dealer_id = d.dealer_id
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
CROSS JOIN LATERAL (SELECT max(failed_at) AS failed_at FROM jobs.coverage g
                    WHERE g.dealer_id = d.dealer_id AND g.failed_at IS NOT NULL) f
ORDER BY d.dealer_id COLLATE "C"
LIMIT 10000
