-- A call failed: $1 task, $2 epoch, $3 code, $4 text, $5 ms until it is tried again (null = never), $6 HTTP
-- status, $7 bytes, $8..$11 dns, connect, first byte, total (ms), $12 begin of the answer, $13 skew of the
-- upstream's clock (ms, null = as it should be), $14 what the upstream asked to wait (ms), $15 effect of the
-- code, $16 true = split it, $17 minutes until a deadline. False = fenced.
SELECT jobs.fail_task(clock_timestamp(), $1::bigint, $2::int, $3::text, $4::text,
                      clock_timestamp() + $5::bigint * interval '1 ms', $6::int, $7::bigint, $8::int, $9::int, $10::int,
                      $11::int, $12::text, $13::bigint, $14::bigint, $15::text, $16::boolean, $17::int) AS applied
