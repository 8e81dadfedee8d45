-- How the days of dealers and feeds stand, a letter each: n never, p partial, f failed, w waits, s
-- stored, l lost. $1 dealers, $2 feeds, $3 $4 first and last day (days since 1970)
SELECT c.dealer_id, c.feed, min(c.day) - date '1970-01-01' AS first_day,
       string_agg(CASE c.state WHEN 'never' THEN 'n' WHEN 'partial' THEN 'p' WHEN 'failed' THEN 'f'
                               WHEN 'pending' THEN 'w' WHEN 'lost' THEN 'l' ELSE 's' END,
                  '' ORDER BY c.day) AS days
FROM jobs.coverage_days(clock_timestamp(), $1::text[], $2::text[], date '1970-01-01' + $3::int,
                        date '1970-01-01' + $4::int) c
GROUP BY c.dealer_id, c.feed
