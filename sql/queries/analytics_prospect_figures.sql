-- The figures of dealers' prospects from the rollup, in one snapshot. Each row is a figure, or an item of a
-- list; `more` is its second number: codes that are left out, or the prospects that reached a step.
-- $1 dealers, $2 first day or null, $3 last day or null, $4 today, $5 codes of a list at most, $6 language,
-- $7 the upstream whose labels go before the built-in ones, or null
WITH chosen AS MATERIALIZED (
    -- Undated ones are in no range.
    SELECT dimension, CASE WHEN dimension = 'total' THEN day END AS day, code, sum(n) AS n
    FROM report.day_count
    WHERE dealer_id = ANY ($1::text[]) AND feed = 'prsp'
      AND dimension IN ('total', 'status', 'source', 'unit', 'follow_up', 'method', 'sales', 'district')
      AND day >= coalesce($2::date, CASE WHEN $3::date IS NULL THEN '-infinity' ELSE '4713-01-01 BC' END::date)
      AND day <= coalesce($3::date, 'infinity')
    GROUP BY 1, 2, 3
), ends AS (
    SELECT coalesce($2::date, min(day) FILTER (WHERE day <> '-infinity'), $4::date) AS first_day,
           coalesce($3::date, $4::date) AS last_day
    FROM chosen
    WHERE dimension = 'total'
), bounds AS (
    SELECT greatest(first_day, last_day - 3652) AS first_day, last_day
    FROM ends
), ranked AS MATERIALIZED (
    SELECT dimension, code, n,
           row_number() OVER (PARTITION BY dimension ORDER BY n DESC, code COLLATE "C") AS place,
           CASE WHEN dimension IN ('status', 'unit') THEN 200 ELSE $5::int END AS top
    FROM chosen
    WHERE dimension <> 'total'
), lists AS (
    SELECT * FROM (VALUES ('status', 'prospect_status'), ('source', 'prospect_source'), ('unit', 'unit_type'),
                          ('follow_up', 'follow_up_state'), ('method', 'follow_up_method'), ('sales', 'sales_person'),
                          ('district', 'district')) l (dimension, list)
), created AS (
    SELECT coalesce(sum(n), 0) AS n
    FROM report.day_count
    WHERE dealer_id = ANY ($1::text[]) AND dimension = 'created' AND code COLLATE "C" <> ''
      AND code COLLATE "C" >= coalesce(to_char($2::date, 'YYYY-MM-DD'), '')
      AND code COLLATE "C" <= coalesce(to_char($3::date, 'YYYY-MM-DD'), 'A')
), timeless AS (
    -- Without a created time the date of the prospect counts.
    SELECT coalesce(sum(n), 0) AS n
    FROM report.day_count
    WHERE dealer_id = ANY ($1::text[]) AND dimension = 'created' AND code COLLATE "C" = ''
      AND day >= coalesce($2::date, CASE WHEN $3::date IS NULL THEN '-infinity' ELSE '4713-01-01 BC' END::date)
      AND day <= coalesce($3::date, 'infinity')
), figures AS (
    SELECT 'total' AS kind, '' AS code, NULL AS label, coalesce(sum(n), 0) AS n, 0 AS more, 0 AS place
    FROM chosen
    WHERE dimension = 'total'
    UNION ALL
    SELECT 'recent', '', NULL, coalesce(sum(c.n), 0), 0, 0
    FROM report.dealer d
    JOIN report.day_count c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.dimension = 'total'
                           AND c.day BETWEEN d.today - 6 AND d.today
    WHERE d.dealer_id = ANY ($1::text[])
    UNION ALL
    SELECT k.kind, '', NULL, coalesce(sum(c.n), 0), 0, 0
    FROM (VALUES ('active', '{1,2,3}'::text[]), ('deals', '{4}'), ('lost', '{5}')) k (kind, codes)
    LEFT JOIN chosen c ON c.dimension = 'status' AND c.code = ANY (k.codes)
    GROUP BY k.kind
    UNION ALL
    SELECT 'undated', '', NULL, coalesce(sum(n), 0), 0, 0
    FROM report.day_count
    WHERE dealer_id = ANY ($1::text[]) AND feed = 'prsp' AND dimension = 'total' AND day = '-infinity'
    UNION ALL
    SELECT 'new', '', NULL, created.n + timeless.n, 0, 0
    FROM created, timeless
    UNION ALL
    SELECT 'day', to_char(s.day, 'YYYY-MM-DD'), NULL, coalesce(c.n, 0), 0, 0
    FROM bounds b
    CROSS JOIN LATERAL generate_series(b.first_day::timestamp, b.last_day::timestamp, interval '1 day') s (day)
    LEFT JOIN chosen c ON c.dimension = 'total' AND c.day = s.day::date
    UNION ALL
    SELECT r.dimension, r.code, dealer.label_of($7::bigint, l.list, r.code, $6::text), r.n, 0,
           CASE WHEN r.dimension = 'status' THEN 0 ELSE r.place END
    FROM ranked r
    JOIN lists l ON l.dimension = r.dimension
    WHERE r.place <= r.top
    UNION ALL
    SELECT 'rest', dimension, NULL, sum(n), count(*), 0
    FROM ranked
    WHERE place > top AND dimension NOT IN ('status', 'unit')
    GROUP BY dimension
    UNION ALL
    SELECT 'funnel', s.code, dealer.label_of($7::bigint, 'prospect_status', s.code, $6::text),
           coalesce(sum(c.n) FILTER (WHERE c.code = s.code), 0), coalesce(sum(c.n), 0), 0
    FROM (VALUES ('1'), ('2'), ('3'), ('4')) s (code)
    LEFT JOIN chosen c ON c.dimension = 'status' AND c.code IN ('1', '2', '3', '4') AND c.code >= s.code
    GROUP BY s.code
)
SELECT kind, code, label, n::bigint AS count, more::bigint AS more
FROM figures
ORDER BY kind, place, code COLLATE "C"
