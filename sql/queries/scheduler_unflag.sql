-- Credential $1 is used again; false when there is none.
SELECT jobs.unflag($1::bigint) AS found
