-- Runs failed calls again. $1 id of the new job, $2 who asks; null = any: $3 tasks, $4 job, $5 dealers, $6 feed,
-- $7 code, $8 $9 when they ended (ms); $10 cancelled ones too, $11 also what is stored or being fetched,
-- $12 true = only count
SELECT job_id::text AS job_id, outcome = 'existing' AS existing, tasks, lost, stored, gone, pending
FROM jobs.rerun(clock_timestamp(), $1::uuid, $2::text, $3::text[]::bigint[], $4::uuid, $5::text[], $6::text, $7::text,
                to_timestamp($8::bigint / 1000.0), to_timestamp($9::bigint / 1000.0), $10::boolean, $11::boolean,
                $12::boolean)
