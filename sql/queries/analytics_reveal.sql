-- Personal data are about to be shown: $1 dealer or *, $2 why and how much (JSON). In the trail first, or not at all.
SELECT account.note('prospect', $1, NULL, $2::jsonb)
