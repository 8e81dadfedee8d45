-- Targets that just became stale, or are to be fetched now: each is looked at every ten seconds. $1 limit
SELECT dealer_id, feed, credential_id, minutes, age_minutes, reason, late, ask
FROM jobs.check_freshness(clock_timestamp(), interval '10 seconds', $1::int)
