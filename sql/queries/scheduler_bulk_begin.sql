-- Begins what is asked of all jobs that a filter finds. $1 its id, $2 action, $3 who asks, $4 key or null,
-- $5 jobs expected or null, $6 true = only count; the filter, each or null: $7 dealer, $8 states, $9 feed, $10 kind,
-- $11 requested by, $12 schedule, $13 and $14 created from and before (ms), $15 text
SELECT id::text, outcome, jobs, more, calls, stored, pending, lost, gone
FROM jobs.begin_bulk(clock_timestamp(), $1::uuid, $2::text, $3::text, $4::text, $5::int, $6::boolean, $7::text,
                     $8::text[], $9::text, $10::text, $11::text, $12::bigint, to_timestamp($13::bigint / 1000.0),
                     to_timestamp($14::bigint / 1000.0), $15::text)
