-- $1 dealer, $2 state, $3 feed, $4 dealer and $5 feed to go on after: each or null; $6 limit
SELECT dealer_id, feed, minutes, active, state, reason,
       (extract(epoch FROM clock_timestamp() - fetched_at) / 60)::bigint AS age_minutes,
       (extract(epoch FROM fetched_at) * 1000)::bigint AS fetched_at,
       (extract(epoch FROM asked_at) * 1000)::bigint AS asked_at, job_id AS last_job_id
FROM jobs.freshness
WHERE dealer.in_sight(dealer_id)
  AND ($1::text IS NULL OR dealer_id = $1::text)
  AND ($2::text IS NULL OR state = $2::text)
  AND ($3::text IS NULL OR feed = $3::text)
  AND ($4::text IS NULL OR (dealer_id, feed) > ($4::text, $5::text))
ORDER BY freshness.dealer_id, freshness.feed
LIMIT $6::int
