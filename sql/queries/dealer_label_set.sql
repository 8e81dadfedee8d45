-- $1 upstream or null, $2 list, $3 code, $4 label, $5 Indonesian label or null. No row: no such upstream.
INSERT INTO dealer.label (upstream_id, list, code, label, indonesian)
SELECT u.id, $2::text, $3::text, $4::text, $5::text
FROM (SELECT id FROM dealer.upstream WHERE name = $1::text UNION ALL SELECT NULL WHERE $1::text IS NULL) u
ON CONFLICT (upstream_id, list, code) DO UPDATE
SET label = excluded.label, indonesian = excluded.indonesian
RETURNING $1::text AS upstream, list, code, label, indonesian
