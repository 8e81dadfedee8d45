-- Stores all members without a record: $1 their tasks.
SELECT feed.store_empty(clock_timestamp(), $1::bigint[])
