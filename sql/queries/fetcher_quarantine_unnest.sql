-- Sets records aside, in the storing transaction before the flush: $1 task, $2 epoch, $3 feed, $4 begin of
-- the call (ms), then arrays of dealer, reason, field, record, and whether that is whole.
SELECT feed.set_aside(clock_timestamp(), $1::bigint, $2::int, $3::text, to_timestamp($4::bigint / 1000.0), $5::text[],
                      $6::text[], $7::text[], $8::text[], $9::boolean[])
