DROP FUNCTION jobs.warn_holes;
DROP FUNCTION jobs.coverage_days;
DROP FUNCTION jobs.mark;
DROP FUNCTION jobs.count_days;
DROP TRIGGER forget_coverage ON dealer.dealers;
DROP FUNCTION jobs.forget_coverage;
DROP FUNCTION jobs.cover;
DROP TABLE jobs.coverage;
