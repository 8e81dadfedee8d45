-- $1 feed, $2 tries, $3 first and $4 longest back-off (ms), $5 minutes until a task's deadline; null leaves
-- one as it is, 0 = the scheduler's setting; $6 who.
SELECT jobs.change_feed(clock_timestamp(), $1::text, $2::int, $3::int, $4::int, $5::int, $6::text)
