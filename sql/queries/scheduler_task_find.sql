-- The columns of jobs.task_told are the fields of the message; a cursor is job and task of the row that
-- it goes on after. $1 dealer, $2 states, $3 feed, $4 code, $5 kind, $6 and $7 job accepted from and
-- before (ms), $8 cursor: each or null; $9 limit
SELECT t.*
FROM jobs.task_told t
WHERE t.id = ANY (ARRAY(
    SELECT jobs.find_tasks($1::text, $2::text[], $3::text, $4::text, $5::text,
                           to_timestamp($6::bigint / 1000.0), to_timestamp($7::bigint / 1000.0),
                           split_part($8::text, ':', 1)::uuid, split_part($8::text, ':', 2)::bigint, $9::int)))
ORDER BY t.job_id DESC, t.id DESC
