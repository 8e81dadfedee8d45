-- Of each dealer and feed the newest call that failed for good, until one succeeds: what a list of dealers tells
-- beside each. A row goes with the next success, so the table is as large as what is broken now, and the end of a
-- call that went well costs a look at an index.

CREATE TABLE jobs.last_failure (
    dealer_id  varchar(10) NOT NULL,
    feed       text NOT NULL,
    job_id     uuid NOT NULL,
    task_id    bigint NOT NULL,
    error_code text NOT NULL,
    failed_at  timestamptz NOT NULL,
    PRIMARY KEY (dealer_id, feed)
) WITH (fillfactor = 70);
COMMENT ON TABLE jobs.last_failure IS 'The newest failed call of a dealer and feed that no success followed; no row = none';
COMMENT ON COLUMN jobs.last_failure.job_id IS 'Its job, which history may have forgotten';

-- Tasks have ended. Rows are taken in the order of their key, after those of coverage. What was asked of another
-- upstream, or under another code there, says nothing: as with coverage.
CREATE FUNCTION jobs.note_end(p_at timestamptz, p_tasks bigint[], p_state text, p_code text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_state = 'succeeded' THEN
        DELETE FROM jobs.last_failure f
        USING (SELECT o.dealer_id, o.feed
               FROM jobs.task t
               JOIN jobs.task_dealer d ON d.task_id = t.id
               JOIN jobs.last_failure o ON o.dealer_id = d.dealer_id AND o.feed = t.feed
               JOIN dealer.dealers m ON m.dealer_id = d.dealer_id
               JOIN dealer.credential k ON k.id = m.credential_id AND k.upstream_id = t.upstream_id
               WHERE t.id = ANY (p_tasks) AND t.kind = 'fetch'
                 AND (m.moved_at IS NULL OR coalesce(t.started_at, p_at) > m.moved_at)
               ORDER BY o.dealer_id, o.feed
               FOR UPDATE OF o) made_good
        WHERE f.dealer_id = made_good.dealer_id AND f.feed = made_good.feed;
    ELSIF p_state = 'failed' THEN
        INSERT INTO jobs.last_failure AS f (dealer_id, feed, job_id, task_id, error_code, failed_at)
        SELECT DISTINCT ON (d.dealer_id, t.feed) d.dealer_id, t.feed, t.job_id, t.id, p_code, p_at
        FROM jobs.task t
        JOIN jobs.task_dealer d ON d.task_id = t.id
        JOIN dealer.dealers m ON m.dealer_id = d.dealer_id
        JOIN dealer.credential k ON k.id = m.credential_id AND k.upstream_id = t.upstream_id
        WHERE t.id = ANY (p_tasks) AND t.kind = 'fetch' AND p_code IS NOT NULL
          AND (m.moved_at IS NULL OR coalesce(t.started_at, p_at) > m.moved_at)
        ORDER BY d.dealer_id, t.feed, t.id
        ON CONFLICT (dealer_id, feed) DO UPDATE
        SET job_id = excluded.job_id, task_id = excluded.task_id, error_code = excluded.error_code,
            failed_at = excluded.failed_at;
    END IF;
END
$$;

-- What the end of tasks means for their dealers: the days that they cover, and whether the last call failed.
ALTER FUNCTION jobs.cover RENAME TO cover_days;
CREATE FUNCTION jobs.cover(p_at timestamptz, p_tasks bigint[], p_state text, p_code text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM jobs.cover_days(p_at, p_tasks, p_state, p_code);
    PERFORM jobs.note_end(p_at, p_tasks, p_state, p_code);
END
$$;

-- A dealer moves: what failed where it was is forgotten, too.
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
        DELETE FROM jobs.last_failure WHERE dealer_id = NEW.dealer_id;
        IF old_upstream IS NOT NULL THEN
            NEW.moved_at := clock_timestamp() + interval '5 seconds';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

-- Which of these jobs may be shown to who asks: those that are not gone, and cover no dealer out of sight.
CREATE FUNCTION jobs.jobs_to_show(p_jobs uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine CONSTANT text[] := dealer.sight();
BEGIN
    RETURN QUERY
    SELECT j.id
    FROM jobs.job_record j
    WHERE j.id = ANY (p_jobs)
      AND ('*' = ANY (mine)
           OR NOT EXISTS (SELECT FROM jobs.job_dealer d WHERE d.job_id = j.id AND d.dealer_id <> ALL (mine)));
END
$$;

-- What is broken now.
INSERT INTO jobs.last_failure (dealer_id, feed, job_id, task_id, error_code, failed_at)
SELECT dealer_id, feed, job_id, task_id, error_code, finished_at
FROM (SELECT DISTINCT ON (d.dealer_id, t.feed)
             d.dealer_id, t.feed, t.job_id, d.task_id, d.state, d.error_code, d.finished_at
      FROM jobs.task_dealer d
      JOIN jobs.task t ON t.id = d.task_id
      JOIN dealer.dealers m ON m.dealer_id = d.dealer_id
      JOIN dealer.credential k ON k.id = m.credential_id AND k.upstream_id = t.upstream_id
      WHERE d.state IN ('succeeded', 'failed') AND d.finished_at IS NOT NULL AND t.kind = 'fetch'
        AND (m.moved_at IS NULL OR coalesce(t.started_at, d.finished_at) > m.moved_at)
      ORDER BY d.dealer_id, t.feed, d.finished_at DESC, d.task_id DESC) newest
WHERE state = 'failed' AND error_code IS NOT NULL;

REVOKE EXECUTE ON FUNCTION jobs.note_end, jobs.cover, jobs.jobs_to_show FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.jobs_to_show TO dd_dealer;
GRANT SELECT ON jobs.last_failure TO dd_dealer, dd_scheduler, dd_analytics, dd_reader;
