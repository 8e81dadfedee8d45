-- Many labels at once; of a code that comes twice the last. What says the same already is not written.
-- $1 upstream or null, $2 lists, $3 codes, $4 labels, $5 Indonesian labels, empty for none. No row: no such
-- upstream.
WITH target AS (
    SELECT id FROM dealer.upstream WHERE name = $1::text UNION ALL SELECT NULL WHERE $1::text IS NULL
), given AS (
    SELECT DISTINCT ON (list, code) list, code, label, nullif(indonesian, '') AS indonesian
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY g (list, code, label, indonesian, line)
    ORDER BY list, code, line DESC
), written AS (
    INSERT INTO dealer.label AS l (upstream_id, list, code, label, indonesian)
    SELECT t.id, g.list, g.code, g.label, g.indonesian FROM target t CROSS JOIN given g
    ON CONFLICT (upstream_id, list, code) DO UPDATE
    SET label = excluded.label, indonesian = excluded.indonesian
    WHERE (l.label, l.indonesian) IS DISTINCT FROM (excluded.label, excluded.indonesian)
    RETURNING xmax = 0 AS added
)
SELECT cardinality($2::text[]) AS rows,
       (SELECT count(*) FROM written WHERE added) AS added,
       (SELECT count(*) FROM written WHERE NOT added) AS changed
FROM target
