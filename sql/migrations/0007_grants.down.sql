REVOKE ALL ON ALL TABLES IN SCHEMA dealer, jobs, feed, report
    FROM dd_dealer, dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
REVOKE ALL ON ops.process FROM dd_dealer, dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
