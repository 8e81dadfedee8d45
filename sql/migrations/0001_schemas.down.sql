-- Drops the schemas; ops only when nothing but the runner's own record was in it and that is
-- gone. A role goes only when no other database of the cluster still uses it.

DROP SCHEMA report;
DROP SCHEMA feed;
DROP SCHEMA jobs;
DROP SCHEMA dealer;

DO $$
DECLARE
    unwanted text;
BEGIN
    EXECUTE format('ALTER DATABASE %I RESET search_path', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM dd_fetcher', current_database());
    REVOKE USAGE ON SCHEMA ops FROM dd_dealer, dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
    BEGIN
        DROP SCHEMA ops;
    EXCEPTION
        WHEN dependent_objects_still_exist THEN
            NULL; -- ops.migration is the runner's
    END;
    FOREACH unwanted IN ARRAY ARRAY['dd_dealer', 'dd_scheduler', 'dd_fetcher', 'dd_analytics', 'dd_reader']
    LOOP
        BEGIN
            EXECUTE format('DROP ROLE IF EXISTS %I', unwanted);
        EXCEPTION
            WHEN dependent_objects_still_exist THEN
                RAISE NOTICE 'role % stays: another database uses it', unwanted;
            WHEN insufficient_privilege OR object_in_use THEN
                RAISE NOTICE 'role % stays: %', unwanted, SQLERRM;
        END;
    END LOOP;
END
$$;
