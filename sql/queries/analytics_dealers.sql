-- $1 active or null
SELECT d.dealer_id,
       d.dealer_name,
       coalesce(d.is_active, false) AS is_active,
       coalesce(u.simulated, false) AS simulated,
       coalesce((SELECT sum(r.n)
                 FROM report.day_count r
                 WHERE r.dealer_id = d.dealer_id AND r.feed = 'prsp' AND r.dimension = 'total'), 0)::bigint AS total,
       (extract(epoch FROM v.fetched_at) * 1000)::bigint AS fetched_at,
       (SELECT r.zone FROM report.dealer r WHERE r.dealer_id = d.dealer_id) AS zone
FROM dealer.dealers d
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
LEFT JOIN report.version v ON v.dealer_id = d.dealer_id
WHERE dealer.in_sight(d.dealer_id) AND ($1::boolean IS NULL OR d.is_active = $1::boolean)
ORDER BY d.dealer_id
LIMIT 1000
