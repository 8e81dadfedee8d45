-- $1 id. The only statement that reads a record's content for people.
SELECT * FROM jobs.quarantine_told WHERE id = $1::bigint AND dealer.in_sight(dealer_id)
