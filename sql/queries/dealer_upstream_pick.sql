-- $1 name of an upstream, or null: any two, to see whether there is only one
SELECT id FROM dealer.upstream WHERE $1::text IS NULL OR name = $1::text LIMIT 2
