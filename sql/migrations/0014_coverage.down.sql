DROP FUNCTION jobs.warn_holes;
DROP FUNCTION jobs.coverage_days;
DROP FUNCTION jobs.mark;
DROP FUNCTION jobs.count_days;
DROP FUNCTION jobs.cover;
DROP TABLE jobs.coverage;
