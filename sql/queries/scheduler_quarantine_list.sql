-- The columns of jobs.quarantine_told are the fields of the message. raw stays here.
-- $1 dealer or null, $2 job or null, $3 id to go on after or null, $4 limit, $5 feed, $6 reason,
-- $7 state, $8 last seen at this time (ms) or later, $9 first seen at this time or before, $10 field;
-- null = all
SELECT q.id, q.dealer_id, q.feed, q.task_id, q.reason, q.field, q.created_at, q.state, q.seen, q.seen_at,
       q.requested_at, q.replays, q.replay_task_id, q.whole, q.settled_at, q.settled_by, q.why
FROM jobs.quarantine_told q
WHERE (SELECT dealer.sight()) && ARRAY['*', q.dealer_id::text]
  AND ($1::text IS NULL OR q.dealer_id = $1::text)
  AND ($2::uuid IS NULL
       OR q.task_id IN (SELECT id FROM jobs.task WHERE job_id = $2::uuid)
       OR q.last_task_id IN (SELECT id FROM jobs.task WHERE job_id = $2::uuid))
  AND ($3::bigint IS NULL OR q.id < $3::bigint)
  AND ($5::text IS NULL OR q.feed = $5::text)
  AND ($6::text IS NULL OR q.reason = $6::text)
  AND ($10::text IS NULL OR q.field = $10::text)
  AND ($7::text IS NULL OR q.state = $7::text)
  AND ($8::bigint IS NULL OR q.seen_at >= $8::bigint)
  AND ($9::bigint IS NULL OR q.created_at <= $9::bigint)
ORDER BY q.id DESC
LIMIT $4::int
