-- The head of a report. $1 dealer
SELECT d.dealer_id,
       d.dealer_name,
       coalesce(u.simulated, false) AS simulated,
       to_char((now() AT TIME ZONE z.zone)::date, 'YYYY-MM-DD') AS today,
       coalesce(v.version, 0) AS version,
       (extract(epoch FROM v.data_as_of AT TIME ZONE z.zone) * 1000)::bigint AS data_as_of,
       (extract(epoch FROM v.fetched_at) * 1000)::bigint AS fetched_at
FROM dealer.dealers d
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
CROSS JOIN LATERAL (SELECT coalesce(u.zone, 'Asia/Jakarta') AS zone) z
LEFT JOIN report.version v ON v.dealer_id = d.dealer_id
WHERE d.dealer_id = $1::text
