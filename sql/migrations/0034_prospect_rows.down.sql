DROP FUNCTION report.prospect_matches;
DROP FUNCTION report.prospect_keys;
DROP FUNCTION report.prospect_days;
