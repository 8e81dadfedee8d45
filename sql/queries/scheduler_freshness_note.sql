-- $1 dealers, $2 feed, $3 job
SELECT jobs.note_freshness($1::text[], $2::text, $3::uuid)
