-- Accepts a job; its id and what became of it. $1 job, $2 kind, $3 schedule, $4 feeds, $5 $6 window
-- (seconds of the wall clock), $7 priority, $8 who, $9 digest of the work (hex), $10 key, $11 its
-- principal, $12 digest of the request (hex), $13 dealers, $14 their credentials, $15 to $18 the calls
-- (dealer, feed, from, to), $19 $20 members of shared calls, $21 so many of the calls are urgent: the first
SELECT job_id, outcome
FROM jobs.submit(clock_timestamp(), $1::uuid, $2::text, $3::bigint, $4::text[],
                 timestamp '1970-01-01' + make_interval(secs => $5::bigint),
                 timestamp '1970-01-01' + make_interval(secs => $6::bigint), $7::int, $8::text,
                 decode($9::text, 'hex'), $10::text, $11::text, decode($12::text, 'hex'),
                 $13::text[], $14::bigint[], $15::int[], $16::int[], $17::bigint[], $18::bigint[],
                 $19::int[], $20::int[], $21::int)
