-- Resumes $1 (scope) $2 (target); false when it was not paused.
SELECT jobs.clear_pause($1::text, $2::text) AS resumed
