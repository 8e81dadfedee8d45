-- The offsets of a time zone in ms, from 40 days ago until six years from now: the first row is what holds
-- at the beginning, each further one a change. No row, or SQLSTATE 22023: there is no zone of the name $1.
-- The long list of names (0.1 s) is read only for what PostgreSQL takes as a zone at all.
WITH zone AS (
    SELECT name FROM pg_catalog.pg_timezone_names WHERE name = $1::text AND now() AT TIME ZONE $1::text IS NOT NULL
), day AS (
    SELECT z.name, d.at, (d.at AT TIME ZONE z.name) - (d.at AT TIME ZONE 'UTC') AS ahead,
           lead((d.at AT TIME ZONE z.name) - (d.at AT TIME ZONE 'UTC')) OVER (ORDER BY d.at) AS after
    FROM zone z
    CROSS JOIN generate_series(date_trunc('day', now()) - interval '40 days',
                               now() + interval '6 years', interval '1 day') d (at)
), change AS (
    SELECT min(d.at) AS at, (array_agg(d.ahead ORDER BY d.at))[1] AS ahead
    FROM day d
    HAVING count(*) > 0
    UNION ALL
    SELECT m.at, d.after
    FROM day d
    CROSS JOIN LATERAL (
        SELECT g.at
        FROM generate_series(d.at + interval '1 minute', d.at + interval '1 day', interval '1 minute') g (at)
        WHERE (g.at AT TIME ZONE d.name) - (g.at AT TIME ZONE 'UTC') <> d.ahead
        ORDER BY g.at
        LIMIT 1
    ) m
    WHERE d.after <> d.ahead
)
SELECT (extract(epoch FROM at) * 1000)::bigint AS at_ms, (extract(epoch FROM ahead) * 1000)::bigint AS offset_ms
FROM change
ORDER BY at
LIMIT 64
