-- $1 name of an upstream, or null: any two, to see whether there is only one; a simulated one only if there is no other
SELECT u.id
FROM dealer.upstream u
WHERE u.name = $1::text
   OR ($1::text IS NULL AND (NOT u.simulated OR NOT EXISTS (SELECT FROM dealer.upstream r WHERE NOT r.simulated)))
LIMIT 2
