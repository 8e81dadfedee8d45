-- One schedule; $1 id
SELECT * FROM jobs.schedule_told WHERE id = $1::bigint AND jobs.schedule_in_sight(all_dealers, dealer_ids)
