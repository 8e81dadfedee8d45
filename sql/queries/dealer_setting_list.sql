-- The business settings whose name begins with $1; null = all.
SELECT name, value, usual, least, most, doc,
       (extract(epoch FROM changed_at) * 1000)::bigint AS changed_at, changed_by
FROM dealer.setting
WHERE $1::text IS NULL OR starts_with(name, $1::text)
ORDER BY name
