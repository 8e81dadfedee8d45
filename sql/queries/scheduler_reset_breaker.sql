-- $1 name of an upstream: its breaker is closed; false = there is none of that name.
SELECT jobs.reset_breaker($1::text) AS reset
