-- Merges the staged answer of one member: $1 task, $2 epoch, $3 begin of the call (ms), $4 records staged,
-- $5 quarantined.
SELECT rows_read, rows_new, rows_changed, rows_same, rows_quarantined
FROM feed.store_rows_prospect(clock_timestamp(), $1::bigint, $2::int, to_timestamp($3::bigint / 1000.0), $4::bigint,
                              $5::bigint)
