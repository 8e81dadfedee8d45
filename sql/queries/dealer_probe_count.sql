-- $2 more calls of a test with the credential $1
SELECT jobs.count_probe(clock_timestamp(), $1::bigint, $2::int)
