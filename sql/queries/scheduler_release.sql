-- Gives back what the fetcher $1 holds of $2 (tasks) and $3 (epochs), with which it did $4 (phases, empty = nothing).
SELECT jobs.release_tasks(clock_timestamp(), $1::uuid, $2::bigint[], $3::bigint[]::int[], $4::text[]) AS released
