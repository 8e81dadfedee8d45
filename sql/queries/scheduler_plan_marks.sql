-- The marks of dealers and feeds, seconds since 1970 of the upstream's wall clock; those that have
-- one. $1 dealers, $2 feeds
SELECT m.dealer_id, m.feed, extract(epoch FROM m.mark)::bigint AS mark_s
FROM (SELECT d AS dealer_id, f AS feed, jobs.mark(clock_timestamp(), d, f) AS mark
      FROM unnest($1::text[]) d
      CROSS JOIN unnest($2::text[]) f) m
WHERE m.mark IS NOT NULL
