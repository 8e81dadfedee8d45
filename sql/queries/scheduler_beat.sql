-- Extends the leases of the fetcher $1 that $2 (tasks) and $3 (epochs) name, by $4 ms from now, and keeps what it
-- does with them: $5 phases ('' = not told), $6 bytes, $7 rows.
SELECT task_id, epoch, verdict
FROM jobs.beat(clock_timestamp(), $1::uuid, $2::bigint[], $3::bigint[]::int[], $4::int, $5::text[], $6::bigint[],
               $7::bigint[])
