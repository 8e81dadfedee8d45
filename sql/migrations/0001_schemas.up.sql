-- Schemas, one per owner, and the roles that the services work as.
--
-- Roles belong to the whole cluster and several databases may share it, so each is made only
-- when it is absent, and a race with another database's migration is harmless. The services
-- connect with the owner's login and `options=-c role=dd_x`: the login is made a member.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['dd_dealer', 'dd_scheduler', 'dd_fetcher', 'dd_analytics', 'dd_reader']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- another database's migration made it first
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'the database user % may not create the role %', current_user, wanted
                        USING ERRCODE = 'insufficient_privilege',
                              HINT = format('As a superuser, run: ALTER ROLE %I CREATEROLE', current_user);
            END;
        END IF;
        IF NOT pg_has_role(current_user, wanted, 'member') THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            EXCEPTION
                WHEN unique_violation THEN
                    NULL; -- granted at the same moment by another database's migration
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'the database user % may not become a member of the role %', current_user, wanted
                        USING ERRCODE = 'insufficient_privilege',
                              HINT = format('As a superuser, run: GRANT %I TO %I', wanted, current_user);
            END;
        END IF;
    END LOOP;
END
$$;

CREATE SCHEMA dealer;
CREATE SCHEMA jobs;
CREATE SCHEMA feed;
CREATE SCHEMA report;
-- The migration runner keeps its own record in ops and so may have made it already.
CREATE SCHEMA IF NOT EXISTS ops;

COMMENT ON SCHEMA dealer IS 'Dealers, upstreams, credentials, code labels';
COMMENT ON SCHEMA jobs IS 'Jobs, tasks, leases, attempts: changed by functions alone';
COMMENT ON SCHEMA feed IS 'Rows as fetched, one table per feed and child list';
COMMENT ON SCHEMA report IS 'Rollups for the dashboards, kept by the storing transaction';
COMMENT ON SCHEMA ops IS 'Running processes and applied migrations';

GRANT USAGE ON SCHEMA dealer TO dd_dealer, dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
GRANT USAGE ON SCHEMA jobs TO dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
GRANT USAGE ON SCHEMA feed TO dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
GRANT USAGE ON SCHEMA report TO dd_fetcher, dd_analytics, dd_reader;
GRANT USAGE ON SCHEMA ops TO dd_dealer, dd_scheduler, dd_fetcher, dd_analytics, dd_reader;

-- `SELECT * FROM dealers` in psql; and the right to make the staging tables, also where an
-- administrator took it from PUBLIC.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = "$user", public, dealer, feed, jobs, report, ops',
                   current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO dd_fetcher', current_database());
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the database user % must own the database %', current_user, current_database()
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('As a superuser, run: ALTER DATABASE %I OWNER TO %I',
                                current_database(), current_user);
END
$$;
