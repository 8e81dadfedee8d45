-- Accepts a job; the number of its tasks. $4, $5: the window on the upstream's wall clock, both ends
-- included; $6: minutes of one call's window, null = a day.
SELECT jobs.submit(clock_timestamp(), $1::uuid, $2::text[], $3::text[], $4::timestamp, $5::timestamp,
                   $6::int, $7::int, $8::text) AS tasks
