-- $1 dealer, $2 feed, $3 minutes, $4 active, $5 who
SELECT jobs.set_freshness(clock_timestamp(), $1::text, $2::text, $3::int, $4::boolean, $5::text)
