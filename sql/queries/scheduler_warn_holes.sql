-- Holes that the upstream drops within $1 days, each once a day.
SELECT dealer_id, feed, day, days_left
FROM jobs.warn_holes(clock_timestamp(), $1::int)
