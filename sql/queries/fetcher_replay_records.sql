-- What the task $1 of kind replay stores.
SELECT raw, requested_ms FROM feed.replay_records($1::bigint)
