-- $1 codes: the place of the first that no dealer has, from 0; no row: all are known.
SELECT (n.place - 1)::int AS place
FROM unnest($1::text[]) WITH ORDINALITY n (code, place)
WHERE NOT EXISTS (SELECT FROM dealer.dealers d WHERE d.dealer_id = n.code)
ORDER BY n.place
LIMIT 1
