-- Erases a person's data: $1 to $5 as for dealer_person_find, $6 why, $7 count alone.
SELECT prospects, units, set_aside, hashes FROM feed.erase_person(clock_timestamp(), $1, $2, $3, $4, $5, $6, $7::boolean)
