-- Completes all members. Arrays: $1 tasks, $2 epochs, $3 bytes, $4 HTTP status, $5..$8 dns, connect, first byte,
-- total (ms), $9 the corrected skew of the upstream's clock (ms).
SELECT jobs.complete_tasks(clock_timestamp(), $1::bigint[], $2::int[], $3::bigint[], $4::int[], $5::int[], $6::int[],
                           $7::int[], $8::int[], $9::bigint[])
