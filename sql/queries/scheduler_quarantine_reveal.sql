-- $1 id, $2 what is noted (JSON): its content is about to be shown.
SELECT account.note('quarantine', $1, NULL, $2::jsonb)
