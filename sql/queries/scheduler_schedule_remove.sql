SELECT jobs.remove_schedule($1::bigint) AS done
