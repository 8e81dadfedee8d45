-- How long the statements that follow may take on this connection. $1 ms
SELECT set_config('statement_timeout', $1::int::text, false)
