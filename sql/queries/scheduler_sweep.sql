-- Deletes at most $2 rows of the kind $1 that are older than its setting.
SELECT jobs.sweep(clock_timestamp(), $1::text, $2::int)
