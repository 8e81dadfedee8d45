-- Puts the breaker of upstream $1 unless it is no longer as it was seen: $2 failures, $3 openings, $4 open until (ms,
-- 0 = closed); $5 $6 $7 the same as it shall be. False: it changed meanwhile.
SELECT jobs.put_breaker($1::bigint, $2::int, $3::int, to_timestamp(nullif($4::bigint, 0) / 1000.0), $5::int, $6::int,
                        to_timestamp(nullif($7::bigint, 0) / 1000.0)) AS put
