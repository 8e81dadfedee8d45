-- All that is stored about a person, and the note that it was told: $1 to $5 as for dealer_person_find, $6 why.
SELECT document, prospects, set_aside FROM feed.export_person($1, $2, $3, $4, $5, $6)
