-- As scheduler_schedule_add; $17 the version that this was computed from.
SELECT jobs.change_schedule(clock_timestamp(), $1::bigint, $17::bigint, $2::text, $3::text, $4::text, $5::text,
                            $6::int, $7::text, $8::boolean, $9::text[], $10::text[], $11::int, $12::text,
                            $13::boolean, $14::text, to_timestamp($15::bigint / 1000),
                            to_timestamp($16::bigint / 1000)) AS done
