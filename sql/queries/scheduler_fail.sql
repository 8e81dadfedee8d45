-- A call failed: $1 task, $2 epoch, $3 code, $4 text, $5 ms until it is tried again (null = never), $6 HTTP
-- status, $7 bytes, $8..$11 dns, connect, first byte, total (ms), $12 begin of the answer. False = fenced.
SELECT jobs.fail_task(clock_timestamp(), $1::bigint, $2::int, $3::text, $4::text,
                      clock_timestamp() + $5::bigint * interval '1 ms', $6::int, $7::bigint, $8::int, $9::int, $10::int,
                      $11::int, $12::text) AS applied
