-- Locks a waiting tick of a schedule after $1. The transaction is short: a scheduler that is stopped in it
-- loses its connection, so that nobody waits for it.
SELECT t.schedule_id AS id, (extract(epoch FROM t.at) * 1000)::bigint AS at_ms, t.all_dealers, t.dealer_ids, t.feeds,
       t.overlap_hours, t.created_by, set_config('idle_in_transaction_session_timeout', '3s', true)
FROM jobs.lock_tick($1::bigint) t
