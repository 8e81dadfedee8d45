CREATE OR REPLACE FUNCTION jobs.forget_coverage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old_upstream CONSTANT bigint := (SELECT upstream_id FROM dealer.credential WHERE id = OLD.credential_id);
    new_upstream CONSTANT bigint := (SELECT upstream_id FROM dealer.credential WHERE id = NEW.credential_id);
BEGIN
    IF OLD.upstream_dealer_id IS DISTINCT FROM NEW.upstream_dealer_id OR old_upstream IS DISTINCT FROM new_upstream THEN
        PERFORM FROM jobs.task
        WHERE id IN (SELECT task_id FROM jobs.lease WHERE dealer_id IN (NEW.dealer_id, '*'))
        ORDER BY id
        FOR SHARE;
        DELETE FROM jobs.coverage WHERE dealer_id = NEW.dealer_id;
        IF old_upstream IS NOT NULL THEN
            NEW.moved_at := clock_timestamp() + interval '5 seconds';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
DROP FUNCTION jobs.cover;
ALTER FUNCTION jobs.cover_days RENAME TO cover;
DROP FUNCTION jobs.jobs_to_show;
DROP FUNCTION jobs.note_end;
DROP TABLE jobs.last_failure;
