-- Makes a job ($1) that stores open records anew: $2 ids or null, $3 dealer, $4 feed, $5 reason, $6 job that
-- brought them (null = all), $7 who asks.
SELECT jobs.replay(clock_timestamp(), $1::uuid, $2::bigint[], $3::text, $4::text, $5::text, $6::uuid, $7::text)
