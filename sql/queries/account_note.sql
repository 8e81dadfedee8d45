-- $1 kind, $2 target, $3 what came of it (JSON): an entry for what changes no row.
SELECT account.note($1, $2, NULL, $3::jsonb)
