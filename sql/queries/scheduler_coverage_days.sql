-- How each day of a dealer and feed stands; the columns are the fields of the message. $1 dealer,
-- $2 feed, $3 $4 first and last day
SELECT c.day, c.state, c.row_count, c.days_left,
       (extract(epoch FROM c.asked_at) * 1000)::bigint AS asked_at,
       (extract(epoch FROM c.failed_at) * 1000)::bigint AS failed_at,
       c.error_code,
       CASE c.state
           WHEN 'empty' THEN format('Nothing changed on %s.', c.day)
           WHEN 'partial' THEN format('Changes of %s fetched in part.', c.day)
           WHEN 'failed' THEN format('Changes of %s not fetched: the last call failed.', c.day)
           WHEN 'pending' THEN format('Changes of %s wait to be fetched.', c.day)
           WHEN 'never' THEN format('Changes of %s not fetched.', c.day)
           WHEN 'lost' THEN format('Changes of %s not fetched, and the upstream no longer holds them.', c.day)
       END AS text
FROM jobs.coverage_days(clock_timestamp(), ARRAY[$1::text], ARRAY[$2::text],
                        CASE WHEN $3::date IS NOT NULL THEN greatest($3::date, current_date - 798) END, $4::date) c
ORDER BY c.day
