DROP FUNCTION report.prospect_matches;
DROP FUNCTION report.prospect_keys;
DROP FUNCTION report.prospect_fetched;
DROP FUNCTION report.prospect_days;
DROP INDEX feed.prospect_fetched;
