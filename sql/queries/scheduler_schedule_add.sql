-- $1 id, $2 name, $3 kind, $4 cron, $5 zone, $6 jitter, $7 catch-up, $8 all dealers, $9 dealers, $10 feeds,
-- $11 overlap hours or null, $12 overlap policy, $13 active, $14 who, $15 next tick and $16 when it is due (ms)
SELECT jobs.add_schedule(clock_timestamp(), $1::bigint, $2::text, $3::text, $4::text, $5::text, $6::int, $7::text,
                         $8::boolean, $9::text[], $10::text[], $11::int, $12::text, $13::boolean, $14::text,
                         to_timestamp($15::bigint / 1000), to_timestamp($16::bigint / 1000))
