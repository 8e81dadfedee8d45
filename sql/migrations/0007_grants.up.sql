-- Who may read and write which table. Functions carry their own grants.

-- The owner of a schema writes it.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dealer TO dd_dealer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA feed TO dd_fetcher;

-- Every process keeps its row.
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.process TO dd_dealer, dd_scheduler, dd_fetcher, dd_analytics;
GRANT SELECT ON ops.process TO dd_reader;

-- What others see of a dealer: never the sealed columns.
GRANT SELECT (id, dealer_id, dealer_name, is_active, created_at, updated_at, credential_id, upstream_dealer_id,
              moved_at)
    ON dealer.dealers TO dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
GRANT SELECT (id, upstream_id, created_at, updated_at)
    ON dealer.credential TO dd_scheduler, dd_analytics, dd_reader;
GRANT SELECT ON dealer.upstream, dealer.label TO dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
-- Sealed keys reach the fetcher with a lease, by jobs.lease_tasks() alone.

-- The jobs schema is read directly and changed by its functions.
GRANT SELECT ON ALL TABLES IN SCHEMA jobs TO dd_scheduler, dd_analytics, dd_reader;
GRANT SELECT ON jobs.task, jobs.task_dealer TO dd_fetcher;

GRANT SELECT ON feed.quarantine TO dd_scheduler;
GRANT SELECT ON ALL TABLES IN SCHEMA feed TO dd_analytics, dd_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA report TO dd_analytics, dd_reader;
