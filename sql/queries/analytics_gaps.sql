-- Days whose changes are not all stored, or of which it is known that there were none, as runs of equal
-- days; days in none are complete. State: of the dealer that is worst off, in the words of
-- jobs.coverage_days() but for what is pending, which is what it was before the call was asked for.
-- $1 dealers, $2 first day, $3 last day
WITH judged AS (
    SELECT g.day::date AS day,
           CASE
               WHEN c.covered @> tsrange(g.day, g.day + interval '1 day') THEN CASE WHEN c.rows = 0 THEN 1 ELSE 0 END
               WHEN g.day::date + d.history_days < d.today THEN 5
               WHEN c.failed <> '{}' THEN 3
               WHEN c.asked_at IS NOT NULL THEN 2
               ELSE 4
           END AS rank
    FROM report.dealer d
    CROSS JOIN LATERAL generate_series($2::date::timestamp, least($3::date, d.today)::timestamp, interval '1 day') g (day)
    LEFT JOIN jobs.coverage c ON c.dealer_id = d.dealer_id AND c.feed = 'prsp' AND c.day = g.day::date
    WHERE d.dealer_id = ANY ($1::text[])
), days AS (
    SELECT day, max(rank) AS rank, count(*) FILTER (WHERE rank > 1) AS dealers
    FROM judged
    GROUP BY day
    HAVING max(rank) > 0
), runs AS (
    SELECT day, rank, dealers, day - (row_number() OVER (PARTITION BY rank, dealers ORDER BY day))::int AS run
    FROM days
)
SELECT to_char(min(day), 'YYYY-MM-DD') AS "from", to_char(max(day), 'YYYY-MM-DD') AS "to",
       ('{empty,partial,failed,never,lost}'::text[])[rank] AS state, dealers
FROM runs
GROUP BY rank, dealers, run
ORDER BY min(day)
LIMIT 4000
