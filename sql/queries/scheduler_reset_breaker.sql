-- $1 name of an upstream: its breaker is closed, and the trail tells so, since the breaker's own row is no record of
-- what people change; false = there is none of that name.
SELECT r.reset,
       CASE WHEN r.reset THEN account.note('upstream', $1::text, NULL, '{"breaker": "closed"}')::text END AS noted
FROM jobs.reset_breaker($1::text) AS r (reset)
