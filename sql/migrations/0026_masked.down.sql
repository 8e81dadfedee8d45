REVOKE SELECT ON feed.quarantine, jobs.quarantine_told FROM dd_analytics, dd_reader;
GRANT SELECT ON feed.quarantine, jobs.quarantine_told TO dd_analytics, dd_reader;
REVOKE EXECUTE ON FUNCTION account.note FROM dd_scheduler;
REVOKE USAGE ON SCHEMA account FROM dd_scheduler;
DROP FUNCTION feed.masked_number, feed.masked_phone;
