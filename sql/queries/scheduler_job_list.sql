-- The columns of jobs.job_told are the fields of the message.
-- Ids are UUIDs of version 7, so their order is the order of submission.
-- $1 dealer, $2 states, $3 feed, $4 kind, $5 requested by, $6 schedule, $7 and $8 created from and
-- before (ms), $9 text, $10 id to go on after: each or null; $11 limit
SELECT j.*
FROM jobs.job_told j
WHERE j.id = ANY (ARRAY(
    SELECT jobs.find_jobs($1::text, $2::text[], $3::text, $4::text, $5::text, $6::bigint,
                          to_timestamp($7::bigint / 1000.0), to_timestamp($8::bigint / 1000.0),
                          $9::text, $10::uuid, $11::int)))
ORDER BY j.id DESC
