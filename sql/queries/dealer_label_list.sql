-- Labels by list and code, the built-in one before those of upstreams. $1 list or null, $2 upstream, empty
-- for built-in ones, or null, $3 cursor or null, $4 limit
SELECT u.name AS upstream, l.list, l.code, l.label, l.indonesian,
       concat_ws(chr(31), l.list, l.code, coalesce(u.name, '')) AS cursor
FROM dealer.label l
LEFT JOIN dealer.upstream u ON u.id = l.upstream_id
WHERE ($1::text IS NULL OR l.list = $1::text)
  AND ($2::text IS NULL OR coalesce(u.name, '') = $2::text)
  AND ($3::text IS NULL
       OR (l.list COLLATE "C", l.code COLLATE "C", coalesce(u.name, '') COLLATE "C")
          > (split_part($3::text, chr(31), 1), split_part($3::text, chr(31), 2), split_part($3::text, chr(31), 3)))
ORDER BY l.list COLLATE "C", l.code COLLATE "C", coalesce(u.name, '') COLLATE "C"
LIMIT $4::int
