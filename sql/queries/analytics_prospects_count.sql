-- How many prospects a list is about, $7 at most. $1 dealer or null, $2 first day or null, $3 last day or
-- null, $4 undated ones alone, $5 codes by dimension (JSON), $6 id or null
SELECT report.prospect_matches($1::text, $2::date, $3::date, $4::boolean, coalesce($5::jsonb, '{}'), $6::text, $7::int)
