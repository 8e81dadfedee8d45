-- Sets records aside, in the storing transaction before the flush: $1 task, $2 epoch, $3 feed, then
-- arrays of dealer, reason, field, record.
INSERT INTO feed.quarantine (task_id, epoch, feed, dealer_id, reason, field, raw)
SELECT $1::bigint, $2::int, $3::text, q.dealer_id, q.reason, q.field, q.raw
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) q (dealer_id, reason, field, raw)
