-- Marks open records as unwanted: $1 ids or null, $2 dealer, $3 feed, $4 reason, $5 job that brought them,
-- $6 field, $7 last seen at this time (ms) or later, $8 first seen at this time or before (null = all), $9 who,
-- $10 why.
SELECT feed.dismiss(clock_timestamp(), $1::bigint[], $2::text, $3::text, $4::text, $5::uuid, $6::text, $7::bigint,
                    $8::bigint, $9::text, $10::text)
