-- $1 schedule, $2 tick (ms), $3 job, or $4 why there is none
SELECT jobs.end_tick(clock_timestamp(), $1::bigint, to_timestamp($2::bigint / 1000), $3::uuid, $4::text) AS done
