-- Removes a schedule with its ticks; $1 id
SELECT jobs.remove_schedule($1::bigint) AS done
