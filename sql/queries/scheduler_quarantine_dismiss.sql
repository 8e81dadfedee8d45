-- Marks open records as unwanted: $1 ids or null, $2 dealer, $3 feed, $4 reason, $5 job that brought them
-- (null = all), $6 who.
SELECT feed.dismiss(clock_timestamp(), $1::bigint[], $2::text, $3::text, $4::text, $5::uuid, $6::text)
