-- Flushes the staged answer and completes the task: $1 task, $2 epoch, $3 begin of the call (ms),
-- $4 quarantined, $5 bytes, $6 HTTP status, $7..$10 dns, connect, first byte, total (ms), $11 records
-- staged, $12 the corrected skew of the upstream's clock (ms), null = none.
SELECT rows_read, rows_new, rows_changed, rows_same, rows_quarantined
FROM feed.store_prospect(clock_timestamp(), $1::bigint, $2::int, to_timestamp($3::bigint / 1000.0), $4::bigint,
                         $5::bigint, $6::int, $7::int, $8::int, $9::int, $10::int, $11::bigint, $12::bigint)
