-- The figures of the period before, or of a year before, of equal length and fair to date: what of the
-- range is not known yet (it lies after the last store, or has not come) is cut off there as well, at the
-- same time of its day. The last day is counted from the rows then; records without created time count from
-- the begin of their day. Rows: kind, day, label or null, count.
-- $1 dealers, $2 first day, $3 last day, $4 previous or year
WITH period AS MATERIALIZED (
    SELECT d.dealer_id, ($2::date - s.shift)::date AS begins, ($2::date - s.shift)::timestamp AS first_moment,
           least(coalesce(d.known_until, now() AT TIME ZONE d.zone), $3::date + time '00:00' + interval '1 day') - s.shift AS ends,
           d.today - 13 AS week_begins,
           coalesce(d.known_until, now() AT TIME ZONE d.zone) - interval '7 days' AS week_ends
    FROM report.dealer d
    CROSS JOIN (SELECT make_interval(days => CASE $4::text
                                                 WHEN 'year' THEN $2::date - ($2::date - interval '1 year')::date
                                                 ELSE $3::date - $2::date + 1
                                             END) AS shift) s
    WHERE d.dealer_id = ANY ($1::text[])
), part AS (
    -- The last day, where a part of it counts.
    SELECT p.day, p.status_prospect AS status, count(*) AS n
    FROM period d
    JOIN feed.prospect p ON p.dealer_id = d.dealer_id AND p.day = d.ends::date
    WHERE d.ends > d.ends::date AND d.ends > d.first_moment AND (p.created_time <= d.ends) IS NOT FALSE
    GROUP BY 1, 2
), days AS MATERIALIZED (
    SELECT day, status, sum(n) AS n
    FROM (SELECT c.day, c.code AS status, c.n
          FROM period d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.dimension = 'status'
                                 AND c.day >= d.begins AND c.day < d.ends::date
          UNION ALL
          SELECT day, status, n FROM part) counted
    GROUP BY 1, 2
), fresh AS (
    SELECT coalesce(sum(n), 0) AS n
    FROM (SELECT c.n
          FROM period d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.dimension = 'created'
                                 AND c.code COLLATE "C" >= to_char(d.begins, 'YYYY-MM-DD')
                                 AND c.code COLLATE "C" < to_char(d.ends, 'YYYY-MM-DD')
          UNION ALL
          SELECT c.n
          FROM period d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.dimension = 'created' AND c.code COLLATE "C" = ''
                                 AND c.day >= d.begins
                                 AND c.day < d.ends::date + (d.ends > d.ends::date AND d.ends > d.first_moment)::int
          UNION ALL
          SELECT count(*)
          FROM period d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.dimension = 'created'
                                 AND c.code COLLATE "C" = to_char(d.ends, 'YYYY-MM-DD')
          JOIN feed.prospect p ON p.dealer_id = d.dealer_id AND p.day = c.day
          WHERE d.ends > d.ends::date AND d.ends > d.first_moment AND p.created_time >= d.ends::date
            AND p.created_time <= d.ends) counted
), week AS (
    SELECT coalesce(sum(n), 0) AS n
    FROM (SELECT c.n
          FROM period d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.dimension = 'total'
                                 AND c.day >= d.week_begins AND c.day < d.week_ends::date
          UNION ALL
          SELECT count(*)
          FROM period d
          JOIN feed.prospect p ON p.dealer_id = d.dealer_id AND p.day = d.week_ends::date
          WHERE d.week_ends >= d.week_begins AND (p.created_time <= d.week_ends) IS NOT FALSE) counted
), ends AS (
    SELECT min(begins) AS begins, max(ends) AS ends FROM period
)
SELECT 'from' AS kind, to_char(begins, 'YYYY-MM-DD') AS code, NULL AS label, 0::bigint AS count, 0::bigint AS more FROM ends
UNION ALL
SELECT 'to', to_char(greatest(ends - interval '1 microsecond', begins), 'YYYY-MM-DD'), NULL, 0, 0 FROM ends
UNION ALL
SELECT 'until', to_char(greatest(ends, begins), 'YYYY-MM-DD HH24:MI:SS'), NULL, 0, 0 FROM ends
UNION ALL
SELECT 'recent', '', NULL, n::bigint, 0 FROM week
UNION ALL
SELECT 'new', '', NULL, n::bigint, 0 FROM fresh
UNION ALL
SELECT k.kind, '', NULL, coalesce(sum(d.n) FILTER (WHERE k.codes IS NULL OR d.status = ANY (k.codes)), 0)::bigint, 0
FROM (VALUES ('total', NULL::text[]), ('active', '{1,2,3}'), ('deals', '{4}'), ('lost', '{5}')) k (kind, codes)
LEFT JOIN days d ON true
GROUP BY k.kind
UNION ALL
SELECT 'day', to_char(s.day, 'YYYY-MM-DD'), NULL, coalesce(sum(d.n), 0)::bigint, 0
FROM ends b
CROSS JOIN LATERAL generate_series(b.begins::timestamp, b.ends - interval '1 microsecond', interval '1 day') s (day)
LEFT JOIN days d ON d.day = s.day::date
GROUP BY s.day
ORDER BY 1, 2
