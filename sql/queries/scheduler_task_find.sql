-- The columns of jobs.task_told are the fields of the message.
-- $1 dealer, $2 states, $3 feed, $4 code, $5 kind, $6 and $7 queued from and before (ms), $8 id to go
-- on after: each or null; $9 limit
SELECT t.*
FROM jobs.task_told t
WHERE t.id = ANY (ARRAY(
    SELECT jobs.find_tasks($1::text, $2::text[], $3::text, $4::text, $5::text,
                           to_timestamp($6::bigint / 1000.0), to_timestamp($7::bigint / 1000.0),
                           $8::bigint, $9::int)))
ORDER BY t.id DESC
