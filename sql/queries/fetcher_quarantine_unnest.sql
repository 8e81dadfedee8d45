-- Sets records aside, in the storing transaction before the flush: $1 task, $2 epoch, $3 feed, then
-- arrays of dealer, reason, field, record.
SELECT feed.set_aside(clock_timestamp(), $1::bigint, $2::int, $3::text, NULL, $4::text[], $5::text[], $6::text[],
                      $7::text[], NULL)
