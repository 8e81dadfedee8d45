-- Coverage in sums, by dealer and feed; dealers that are not active only by name. The last 800 days at
-- most. $1 dealer, $2 feed, $3 $4 first and last day, $5 cursor (dealer and feed), $6 how many
WITH page AS (
    SELECT d.dealer_id, f.feed
    FROM dealer.dealers d
    CROSS JOIN jobs.feed f
    WHERE dealer.in_sight(d.dealer_id)
      AND d.dealer_id = coalesce($1::text, d.dealer_id) AND f.feed = coalesce($2::text, f.feed)
      AND (d.is_active OR $1::text IS NOT NULL)
      AND ($5::text IS NULL OR (d.dealer_id, f.feed) > (split_part($5::text, ' ', 1), split_part($5::text, ' ', 2)))
    ORDER BY d.dealer_id, f.feed
    LIMIT $6::int
)
SELECT c.dealer_id, c.feed, min(c.day) AS "from", max(c.day) AS "to",
       to_char(jobs.mark(clock_timestamp(), c.dealer_id, c.feed), 'YYYY-MM-DD HH24:MI:SS') AS mark,
       count(*) FILTER (WHERE c.state IN ('complete', 'empty')) AS complete,
       count(*) FILTER (WHERE c.state = 'empty') AS empty,
       count(*) FILTER (WHERE c.state = 'partial') AS partial,
       count(*) FILTER (WHERE c.state = 'failed') AS failed,
       count(*) FILTER (WHERE c.state = 'pending') AS pending,
       count(*) FILTER (WHERE c.state = 'never') AS never,
       count(*) FILTER (WHERE c.state = 'lost') AS lost,
       min(c.days_left) AS days_left
FROM jobs.coverage_days(clock_timestamp(), ARRAY(SELECT DISTINCT dealer_id FROM page),
                        ARRAY(SELECT DISTINCT feed FROM page), CASE WHEN $3::date IS NOT NULL THEN greatest($3::date, current_date - 798) END, $4::date) c
JOIN page p ON p.dealer_id = c.dealer_id AND p.feed = c.feed
GROUP BY c.dealer_id, c.feed
ORDER BY c.dealer_id, c.feed
