-- $1 upstream or null, $2 list, $3 code. No row: there is none.
DELETE FROM dealer.label
WHERE list = $2::text AND code = $3::text
  AND upstream_id IS NOT DISTINCT FROM (SELECT id FROM dealer.upstream WHERE name = $1::text)
  AND ($1::text IS NULL) = (upstream_id IS NULL)
RETURNING code
