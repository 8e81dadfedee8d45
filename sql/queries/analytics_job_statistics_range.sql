-- The days that statistics are about: up to today where it is latest, 30 days if none are given.
-- $1 first day or null, $2 last day or null
SELECT coalesce($1::date, l.day - 29)::text AS "from", l.day::text AS "to"
FROM (SELECT coalesce($2::date,
                      (SELECT max(clock_timestamp() AT TIME ZONE zone)::date FROM dealer.upstream),
                      (clock_timestamp() AT TIME ZONE 'UTC')::date) AS day) l
