-- Pauses $1 (scope) $2 (target) for reason $3 on behalf of $4.
SELECT jobs.set_pause(clock_timestamp(), $1::text, $2::text, $3::text, $4::text)
