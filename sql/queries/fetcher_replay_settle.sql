-- Marks the records that a replay stored, in its transaction, before the flush: $1 task, $2 epoch.
SELECT feed.settle_replay(clock_timestamp(), $1::bigint, $2::int)
