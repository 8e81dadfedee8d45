-- The head of a report: the dealers that it is about. Simulated ones do not count beside real ones.
-- $1 dealers or null: all in sight
WITH chosen AS (
    SELECT d.*, d.simulated AND NOT bool_and(d.simulated) OVER () AS left_out
    FROM report.dealer d
    WHERE dealer.in_sight(d.dealer_id) AND ($1::text[] IS NULL OR d.dealer_id = ANY ($1::text[]))
)
SELECT count(*) AS found,
       count(*) FILTER (WHERE NOT left_out) AS dealers,
       count(*) FILTER (WHERE left_out) AS left_out,
       coalesce(array_agg(dealer_id) FILTER (WHERE NOT left_out), '{}') AS counted,
       CASE WHEN count(*) = 1 THEN min(dealer_id) ELSE '*' END AS dealer_id,
       CASE WHEN count(*) = 1 THEN min(dealer_name) ELSE '' END AS dealer_name,
       coalesce(bool_and(simulated), false) AS simulated,
       to_char(coalesce(max(today), (now() AT TIME ZONE 'Asia/Jakarta')::date), 'YYYY-MM-DD') AS today,
       coalesce(sum(version), 0)::bigint AS version,
       (extract(epoch FROM max(data_as_of) FILTER (WHERE NOT left_out)) * 1000)::bigint AS data_as_of,
       (extract(epoch FROM min(fetched_at) FILTER (WHERE NOT left_out)) * 1000)::bigint AS fetched_at,
       CASE WHEN min(zone) = max(zone) THEN min(zone) END AS zone,
       CASE WHEN min(upstream_id) = max(upstream_id) THEN min(upstream_id) END AS upstream_id
FROM chosen
