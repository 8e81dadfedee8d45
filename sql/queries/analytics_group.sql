-- Dealers side by side, in one snapshot; the columns are fields of the message, and the days that are meant
-- stand in each row. Simulated dealers are left out of totals beside real ones. What is compared with is cut
-- off as in analytics_prospect_previous.sql.
-- $1 dealers or null: all in sight, $2 first day or null, $3 last day or null, $4 previous, year or null,
-- $5 sort, $6 descending, $7 limit
WITH meant AS MATERIALIZED (
    SELECT *
    FROM report.dealer
    WHERE dealer.in_sight(dealer_id) AND ($1::text[] IS NULL OR dealer_id = ANY ($1::text[]))
), days AS (
    SELECT coalesce($2::date, l.day - 29) AS first_day, l.day AS last_day,
           greatest(coalesce($2::date, l.day - 29), l.day - 91) AS series_day
    FROM (SELECT coalesce($3::date, (SELECT max(today) FROM meant)) AS day) l
), chosen AS MATERIALIZED (
    SELECT d.*, y.*, d.simulated AND NOT bool_and(d.simulated) OVER () AS left_out,
           count(*) OVER () * (y.last_day - y.first_day + 1) AS size,
           (y.first_day - s.shift)::date AS begins,
           least(coalesce(d.known_until, now() AT TIME ZONE d.zone), y.last_day + time '00:00' + interval '1 day') - s.shift
               AS ends
    FROM meant d
    CROSS JOIN days y
    CROSS JOIN LATERAL (SELECT make_interval(days => CASE $4::text
                                                         WHEN 'year' THEN y.first_day - (y.first_day - interval '1 year')::date
                                                         ELSE y.last_day - y.first_day + 1
                                                     END) AS shift) s
), by_status AS (
    SELECT c.dealer_id, sum(c.n) AS total, sum(c.n) FILTER (WHERE c.code IN ('1', '2', '3')) AS active,
           sum(c.n) FILTER (WHERE c.code = '4') AS deals, sum(c.n) FILTER (WHERE c.code = '5') AS lost
    FROM chosen d
    JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.dimension = 'status'
                           AND c.day BETWEEN d.first_day AND d.last_day
    GROUP BY c.dealer_id
), by_day AS (
    SELECT d.dealer_id, l.series
    FROM chosen d
    CROSS JOIN LATERAL (
        SELECT string_agg(coalesce(c.n, 0)::text, ',' ORDER BY g.day) AS series
        FROM generate_series(d.series_day::timestamp, d.last_day::timestamp, interval '1 day') g (day)
        LEFT JOIN (SELECT t.day, t.n FROM report.day_count t
                   WHERE t.dealer_id = d.dealer_id AND t.feed = 'prsp' AND t.dimension = 'total'
                     AND t.day BETWEEN d.series_day AND d.last_day
                   OFFSET 0) c ON c.day = g.day::date) l
), recent AS (
    SELECT c.dealer_id, sum(c.n) AS n
    FROM chosen d
    JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.dimension = 'total'
                           AND c.day BETWEEN d.today - 6 AND d.today
    GROUP BY c.dealer_id
), fresh AS (
    SELECT dealer_id, sum(n) AS n
    FROM (SELECT c.dealer_id, c.n
          FROM chosen d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.dimension = 'created'
                                 AND c.code COLLATE "C" BETWEEN to_char(d.first_day, 'YYYY-MM-DD')
                                                            AND to_char(d.last_day, 'YYYY-MM-DD')
          UNION ALL
          SELECT c.dealer_id, c.n
          FROM chosen d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.dimension = 'created' AND c.code COLLATE "C" = ''
                                 AND c.day BETWEEN d.first_day AND d.last_day) counted
    GROUP BY dealer_id
), earlier AS (
    SELECT dealer_id, sum(n) AS n
    FROM (SELECT c.dealer_id, c.n
          FROM chosen d
          JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.dimension = 'total'
                                 AND c.day >= d.begins AND c.day < d.ends::date
          UNION ALL
          SELECT d.dealer_id, l.n
          FROM chosen d
          CROSS JOIN LATERAL (SELECT count(*) AS n FROM feed.prospect p
                              WHERE p.dealer_id = d.dealer_id AND p.day = d.ends::date
                                AND (p.created_time <= d.ends) IS NOT FALSE) l
          WHERE d.ends > d.ends::date AND d.ends > d.begins) counted
    WHERE $4::text IS NOT NULL
    GROUP BY dealer_id
), gaps AS (
    SELECT d.dealer_id, count(*) FILTER (WHERE (c.covered @> tsrange(g.day, g.day + interval '1 day')) IS NOT TRUE) AS n
    FROM chosen d
    CROSS JOIN LATERAL generate_series(d.first_day::timestamp, least(d.last_day, d.today - 1)::timestamp, interval '1 day') g (day)
    LEFT JOIN jobs.coverage c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.day = g.day::date
    WHERE d.size <= 100000
    GROUP BY d.dealer_id
), figures AS (
    SELECT d.dealer_id, d.dealer_name, d.is_active, d.simulated, d.left_out, coalesce(s.total, 0)::bigint AS total,
           coalesce(r.n, 0)::bigint AS recent, coalesce(s.active, 0)::bigint AS active, coalesce(f.n, 0)::bigint AS new,
           coalesce(s.deals, 0)::bigint AS deals, coalesce(s.lost, 0)::bigint AS lost,
           coalesce(s.deals, 0)::float8 / nullif(coalesce(s.deals, 0) + coalesce(s.lost, 0), 0) AS deal_rate,
           CASE WHEN $4::text IS NOT NULL THEN coalesce(e.n, 0)::bigint END AS previous_total,
           coalesce(s.total, 0)::float8 / nullif(e.n, 0) - 1 AS change,
           (extract(epoch FROM d.fetched_at) * 1000)::bigint AS fetched_at,
           CASE WHEN d.size <= 100000 THEN coalesce(g.n, 0) END AS gaps, b.series, d.today BETWEEN d.first_day AND d.last_day AS so_far,
           CASE WHEN min(d.zone) OVER () = max(d.zone) OVER () THEN d.zone END AS zone, d.first_day::text AS first_day,
           d.last_day::text AS last_day, d.series_day::text AS series_day
    FROM chosen d
    LEFT JOIN by_status s ON s.dealer_id = d.dealer_id
    LEFT JOIN by_day b ON b.dealer_id = d.dealer_id
    LEFT JOIN recent r ON r.dealer_id = d.dealer_id
    LEFT JOIN fresh f ON f.dealer_id = d.dealer_id
    LEFT JOIN earlier e ON e.dealer_id = d.dealer_id
    LEFT JOIN gaps g ON g.dealer_id = d.dealer_id
), sorted AS (
    SELECT f.*,
           CASE $5::text
               WHEN 'total' THEN total WHEN 'recent' THEN recent WHEN 'active' THEN active WHEN 'new' THEN new
               WHEN 'deals' THEN deals WHEN 'deal_rate' THEN deal_rate WHEN 'change' THEN change
               WHEN 'fetched_at' THEN fetched_at WHEN 'gaps' THEN gaps
           END AS key,
           CASE $5::text WHEN 'name' THEN lower(dealer_name) WHEN 'dealer' THEN dealer_id END AS word
    FROM figures f
)
SELECT *
FROM sorted
ORDER BY CASE WHEN $6::boolean THEN key END DESC NULLS LAST, CASE WHEN NOT $6::boolean THEN key END NULLS LAST,
         CASE WHEN $6::boolean THEN word END DESC NULLS LAST, CASE WHEN NOT $6::boolean THEN word END, dealer_id
LIMIT $7::int
