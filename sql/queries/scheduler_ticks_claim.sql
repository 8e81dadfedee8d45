-- $1 schedule, $2 version, $3 ticks, $4 when they are due, $5 why one does not run (empty = it does),
-- $6 next tick, $7 when it is due (all ms)
SELECT jobs.claim_ticks(clock_timestamp(), $1::bigint, $2::bigint,
                        ARRAY(SELECT to_timestamp(u.ms / 1000) FROM unnest($3::bigint[]) WITH ORDINALITY u (ms, n) ORDER BY n),
                        ARRAY(SELECT to_timestamp(u.ms / 1000) FROM unnest($4::bigint[]) WITH ORDINALITY u (ms, n) ORDER BY n),
                        $5::text[], to_timestamp($6::bigint / 1000), to_timestamp($7::bigint / 1000)) AS done
