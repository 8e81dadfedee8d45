-- How many targets are gone; $1 dealer, $2 feed or null = all of them
SELECT jobs.clear_freshness($1::text, $2::text) AS gone
