-- The figures of a dealer's prospects from the rollup, in one snapshot.
-- $1 dealer, $2 first day or null, $3 last day or null, $4 today in the upstream's zone
WITH counts AS (
    SELECT dimension, day, code, n
    FROM report.day_count
    WHERE dealer_id = $1::text AND feed = 'prsp'
), chosen AS (
    SELECT dimension, day, code, n
    FROM counts
    WHERE ($2::date IS NULL AND $3::date IS NULL)
       OR (day <> '-infinity' AND day >= coalesce($2::date, '-infinity') AND day <= coalesce($3::date, 'infinity'))
), ends AS (
    SELECT coalesce($2::date, min(day) FILTER (WHERE day <> '-infinity'), $4::date) AS first_day,
           coalesce($3::date, $4::date) AS last_day
    FROM counts
    WHERE dimension = 'total'
), bounds AS (
    SELECT greatest(first_day, last_day - 3652) AS first_day, last_day
    FROM ends
), labels AS (
    SELECT DISTINCT ON (l.code) l.code, l.label
    FROM dealer.label l
    WHERE l.list = 'prospect_status'
      AND (l.upstream_id IS NULL
           OR l.upstream_id = (SELECT c.upstream_id
                               FROM dealer.dealers d
                               JOIN dealer.credential c ON c.id = d.credential_id
                               WHERE d.dealer_id = $1::text))
    ORDER BY l.code, l.upstream_id NULLS LAST
), figures AS (
    SELECT 'total' AS kind, '' AS code, NULL AS label, coalesce(sum(n), 0) AS n, 0 AS place
    FROM chosen
    WHERE dimension = 'total'
    UNION ALL
    SELECT 'recent', '', NULL, coalesce(sum(n), 0), 0
    FROM counts
    WHERE dimension = 'total' AND day BETWEEN $4::date - 6 AND $4::date
    UNION ALL
    SELECT 'active', '', NULL, coalesce(sum(n), 0), 0
    FROM chosen
    WHERE dimension = 'status' AND code IN ('1', '2', '3')
    UNION ALL
    SELECT 'undated', '', NULL, coalesce(sum(n), 0), 0
    FROM counts
    WHERE dimension = 'total' AND day = '-infinity'
    UNION ALL
    SELECT 'day', to_char(s.day, 'YYYY-MM-DD'), NULL, coalesce(sum(c.n), 0), 0
    FROM bounds b
    CROSS JOIN LATERAL generate_series(b.first_day::timestamp, b.last_day::timestamp, interval '1 day') s (day)
    LEFT JOIN counts c ON c.dimension = 'total' AND c.day = s.day::date
    GROUP BY s.day
    UNION ALL
    (SELECT 'status', c.code, l.label, sum(c.n), 0
     FROM chosen c
     LEFT JOIN labels l ON l.code = c.code
     WHERE c.dimension = 'status'
     GROUP BY c.code, l.label
     ORDER BY sum(c.n) DESC
     LIMIT 200)
    UNION ALL
    (SELECT 'unit', code, NULL, sum(n), -sum(n)
     FROM chosen
     WHERE dimension = 'unit'
     GROUP BY code
     ORDER BY sum(n) DESC
     LIMIT 200)
)
SELECT kind, code, label, n::bigint AS count
FROM figures
ORDER BY kind, place, code COLLATE "C"
