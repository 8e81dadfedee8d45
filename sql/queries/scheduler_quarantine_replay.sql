-- Makes a job ($1) that stores open records anew: $2 ids or null, $3 dealer, $4 feed, $5 reason, $6 job that
-- brought them, $7 field, $8 last seen at this time (ms) or later, $9 first seen at this time or before
-- (null = all), $10 who asks.
SELECT jobs.replay(clock_timestamp(), $1::uuid, $2::bigint[], $3::text, $4::text, $5::text, $6::uuid, $7::text,
                   $8::bigint, $9::bigint, $10::text)
