-- $1 dealer, $2 active, $3 true = of one dealer alone, $4 id to go on after: each or null; $5 to leave out,
-- $6 limit
SELECT *
FROM jobs.schedule_told
WHERE jobs.schedule_in_sight(all_dealers, dealer_ids)
  AND ($1::text IS NULL OR dealer_ids @> ARRAY[$1::text])
  AND ($2::boolean IS NULL OR active = $2::boolean)
  AND ($3::boolean IS NOT TRUE OR cardinality(dealer_ids) = 1)
  AND ($4::bigint IS NULL OR id > $4::bigint)
ORDER BY id
OFFSET coalesce($5::int, 0)
LIMIT $6::int
