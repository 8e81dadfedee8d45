DROP FUNCTION jobs.cover;
ALTER FUNCTION jobs.cover_days RENAME TO cover;
DROP FUNCTION jobs.jobs_to_show;
DROP FUNCTION jobs.note_end;
DROP TABLE jobs.last_failure;
