-- One thing done to all jobs that a filter finds: cancelled, or their failed calls run again. Which jobs it is
-- stands in one row from the beginning; they have their turn in steps of bounded size, which any scheduler goes
-- on with. Done again under the same key it is the same row. The audit trail has one entry, that of the row.
--
-- SQLSTATEs: DD021 the key came with another request   DD032 the filter finds other jobs than were expected

CREATE TABLE jobs.bulk (
    id           uuid PRIMARY KEY,
    action       text NOT NULL CHECK (action IN ('rerun', 'cancel')),
    filter       jsonb NOT NULL,
    requested_by text NOT NULL,
    key          text,
    hash         bytea NOT NULL,
    jobs         int NOT NULL,
    more         boolean NOT NULL,
    job_ids      uuid[] NOT NULL,
    looked_at    int NOT NULL DEFAULT 0,
    after_task   bigint NOT NULL DEFAULT 0,
    counted      boolean NOT NULL DEFAULT false,
    accepted     int NOT NULL DEFAULT 0,
    calls        bigint NOT NULL DEFAULT 0,
    ended        int NOT NULL DEFAULT 0,
    cancelling   int NOT NULL DEFAULT 0,
    stored       bigint NOT NULL DEFAULT 0,
    pending      bigint NOT NULL DEFAULT 0,
    lost         bigint NOT NULL DEFAULT 0,
    gone         bigint NOT NULL DEFAULT 0,
    made         uuid[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    went_on_at   timestamptz NOT NULL,
    finished_at  timestamptz
);
CREATE UNIQUE INDEX bulk_key ON jobs.bulk (requested_by, key) WHERE key IS NOT NULL;
CREATE INDEX bulk_created ON jobs.bulk (created_at);
CREATE INDEX bulk_unfinished ON jobs.bulk (due_at) WHERE finished_at IS NULL;
COMMENT ON TABLE jobs.bulk IS 'What was asked of many jobs at once, for a day';
COMMENT ON COLUMN jobs.bulk.key IS 'Idempotency-Key of the request';
COMMENT ON COLUMN jobs.bulk.hash IS 'Digest of the request';
COMMENT ON COLUMN jobs.bulk.job_ids IS 'The jobs, in the order of their turns: the oldest first';
COMMENT ON COLUMN jobs.bulk.looked_at IS 'How many of them had their turn';
COMMENT ON COLUMN jobs.bulk.filter IS 'Without the text, which a person typed and may name a person: that there was one is told';
COMMENT ON COLUMN jobs.bulk.after_task IS 'Up to which call the job whose turn it is had its own, where it has more than fit a step';
COMMENT ON COLUMN jobs.bulk.counted IS 'That job is among accepted';
COMMENT ON COLUMN jobs.bulk.due_at IS 'From when on it may have its next step: later where the last one came to no end';
COMMENT ON COLUMN jobs.bulk.went_on_at IS 'When a step came to its end';
COMMENT ON COLUMN jobs.bulk.finished_at IS 'Where not all jobs had their turn by then it was given up';
COMMENT ON COLUMN jobs.bulk.made IS 'Jobs that run calls again';
CREATE TRIGGER audit AFTER INSERT ON jobs.bulk FOR EACH ROW EXECUTE FUNCTION account.audit_row('bulk', 'id',
    'key,hash,job_ids,looked_at,after_task,counted,accepted,calls,ended,cancelling,stored,pending,lost,gone,made,'
    'created_at,due_at,went_on_at,finished_at');

-- The calls of some jobs that failed for good, as jobs.rerun() takes them.
CREATE FUNCTION jobs.failed_calls(p_jobs uuid[], p_feed text, p_limit int) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(id)
    FROM (SELECT t.id
          FROM jobs.task t
          WHERE t.job_id = ANY (p_jobs) AND t.state = 'failed' AND t.kind = 'fetch'
            AND (p_feed IS NULL OR t.feed = p_feed)
          LIMIT p_limit) failed;
$$;

-- Finds the jobs, and keeps them for their turns unless p_dry. Null = no such filter. outcome: planned, made, or
-- replayed = the key came before, and this is its row. A dry run counts the calls one by one while they are few.
CREATE FUNCTION jobs.begin_bulk(p_at timestamptz, p_id uuid, p_action text, p_by text, p_key text, p_expected int,
                                p_dry boolean, p_dealer text, p_states text[], p_feed text, p_kind text,
                                p_requested_by text, p_schedule bigint, p_from timestamptz, p_to timestamptz,
                                p_text text)
RETURNS TABLE (id uuid, outcome text, jobs int, more boolean, calls bigint, stored bigint, pending bigint,
               lost bigint, gone bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT int := 10000;
    counted_singly CONSTANT int := 2000;
    wanted CONSTANT text[] := CASE p_action WHEN 'cancel' THEN '{queued,running}' ELSE '{failed,partial}' END;
    filter CONSTANT jsonb := jsonb_strip_nulls(jsonb_build_object(
        'dealer_id', p_dealer, 'state', p_states, 'feed', p_feed, 'kind', p_kind, 'requested_by', p_requested_by,
        'schedule_id', p_schedule, 'created_from', p_from, 'created_to', p_to,
        'text', CASE WHEN p_text IS NOT NULL THEN 'given' END));
    digest CONSTANT bytea := sha256(convert_to(concat_ws(E'\x1f', p_action, filter::text, coalesce(p_expected, -1), p_text),
                                               'UTF8'));
    known jobs.bulk;
    chosen uuid[];
    failed bigint[];
BEGIN
    IF p_key IS NOT NULL AND NOT p_dry THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(p_by || E'\x1f' || p_key, 40));
        SELECT * INTO known FROM jobs.bulk b
        WHERE b.requested_by = p_by AND b.key = p_key AND b.created_at > p_at - interval '1 day';
        IF FOUND AND known.hash <> digest THEN
            RAISE EXCEPTION 'this key came before with another request' USING ERRCODE = 'DD021';
        END IF;
        IF FOUND THEN
            id := known.id;
            outcome := 'replayed';
            RETURN NEXT;
            RETURN;
        END IF;
        DELETE FROM jobs.bulk b WHERE b.requested_by = p_by AND b.key = p_key;
    END IF;
    SELECT array_agg(j.id ORDER BY j.id DESC) INTO chosen
    FROM jobs.find_jobs(p_dealer, ARRAY(SELECT unnest(wanted) INTERSECT SELECT unnest(coalesce(p_states, wanted))), p_feed,
                        p_kind, p_requested_by, p_schedule, p_from, p_to, p_text, NULL, 4 * most) f
    JOIN jobs.job_record j ON j.id = f
    WHERE p_action = 'cancel' OR j.tasks_failed > 0;
    chosen := coalesce(chosen, '{}');
    more := cardinality(chosen) > most;
    chosen := chosen[: most];
    jobs := cardinality(chosen);
    IF NOT p_dry AND abs(jobs - p_expected) > greatest(5, p_expected / 10) THEN
        RAISE EXCEPTION 'the filter finds % jobs by now, % were expected', jobs, p_expected USING ERRCODE = 'DD032';
    END IF;
    IF p_dry THEN
        outcome := 'planned';
        calls := 0;
        IF p_action = 'rerun' AND jobs > 0 THEN
            SELECT sum(j.tasks_failed) INTO calls FROM jobs.job_record j WHERE j.id = ANY (chosen);
            failed := CASE WHEN calls <= counted_singly THEN jobs.failed_calls(chosen, p_feed, counted_singly) END;
        END IF;
        IF failed IS NOT NULL THEN
            SELECT r.tasks, r.stored, r.pending, r.lost, r.gone INTO calls, stored, pending, lost, gone
            FROM jobs.rerun(p_at, NULL, p_by, failed, NULL, CASE WHEN p_dealer IS NOT NULL THEN ARRAY[p_dealer] END,
                            NULL, NULL, NULL, NULL, false, false, true) r;
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO jobs.bulk (id, action, filter, requested_by, key, hash, jobs, more, job_ids, created_at, due_at,
                           went_on_at, finished_at)
    VALUES (p_id, p_action, filter, p_by, p_key, digest, jobs, more, ARRAY(SELECT f FROM unnest(chosen) f ORDER BY f), p_at,
            p_at, p_at, CASE WHEN jobs = 0 THEN p_at END);
    id := p_id;
    outcome := 'made';
    RETURN NEXT;
END
$$;

-- Which has its step now; null = none. It is put off before the step, not after: one whose step comes to no end lets
-- the others go on, and is tried again by and by. What another scheduler has in hand is left to it.
CREATE FUNCTION jobs.next_bulk(p_at timestamptz) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE jobs.bulk b SET due_at = p_at + interval '30 seconds'
    FROM (SELECT n.id FROM jobs.bulk n
          WHERE n.finished_at IS NULL AND n.due_at <= p_at
          ORDER BY n.due_at
          LIMIT 1
          FOR NO KEY UPDATE SKIP LOCKED) next
    WHERE b.id = next.id
    RETURNING b.id;
$$;

-- The next failed calls of a job after one of them, as many as make p_calls calls when each dealer has its own again;
-- one at least. ended: the job has no more of them.
CREATE FUNCTION jobs.next_failed_calls(p_job uuid, p_feed text, p_after bigint, p_calls int)
RETURNS TABLE (ids bigint[], calls bigint, ended boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(f.id ORDER BY f.id) FILTER (WHERE f.fits), coalesce(max(f.upto) FILTER (WHERE f.fits), 0),
           coalesce(bool_and(f.fits), true)
    FROM (SELECT m.id, m.upto, m.upto <= p_calls OR m.place = 1 AS fits
          FROM (SELECT t.id, row_number() OVER (ORDER BY t.id) AS place,
                       sum((SELECT count(*) FROM jobs.task_dealer d WHERE d.task_id = t.id)) OVER (ORDER BY t.id) AS upto
                FROM (SELECT id FROM jobs.task
                      WHERE job_id = p_job AND id > p_after AND state = 'failed' AND kind = 'fetch'
                        AND (p_feed IS NULL OR feed = p_feed)
                      ORDER BY id
                      LIMIT p_calls + 1) t) m) f;
$$;

-- One step of p_id: up to p_jobs jobs, and of their failed calls up to p_calls, have their turn; a job that has more
-- of them has several steps. p_new: id of the job that runs calls again. What did not go on for an hour is given up:
-- nobody waits for it any more. False: there was nothing to do, or another scheduler does it.
CREATE FUNCTION jobs.step_bulk(p_at timestamptz, p_id uuid, p_new uuid, p_jobs int, p_calls int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    it jobs.bulk;
    last int; -- place of the last job that may have its turn
    one uuid;
    job record;
    part record;
    failed bigint[] := '{}';
    room int := p_calls;
    fresh int := 0; -- jobs with calls in this step that are not among accepted
    again record;
BEGIN
    SELECT * INTO it FROM jobs.bulk b WHERE b.id = p_id AND b.finished_at IS NULL FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF it.went_on_at < p_at - interval '1 hour' THEN
        UPDATE jobs.bulk SET finished_at = p_at WHERE id = it.id;
        RETURN true;
    END IF;
    last := least(it.looked_at + p_jobs, it.jobs);
    -- The entry of the audit trail is that of the row: not one for each job.
    PERFORM set_config('dd.principal', '', true);
    IF it.action = 'cancel' THEN
        FOREACH one IN ARRAY it.job_ids[it.looked_at + 1 : last] LOOP
            SELECT j.state, j.cancel_asked_at INTO job FROM jobs.job_record j WHERE j.id = one FOR NO KEY UPDATE;
            IF NOT FOUND OR job.state NOT IN ('queued', 'running') THEN
                it.ended := it.ended + 1;
            ELSIF job.cancel_asked_at IS NOT NULL THEN
                it.cancelling := it.cancelling + 1;
            ELSE
                PERFORM jobs.cancel_job(p_at, one, it.requested_by);
                it.accepted := it.accepted + 1;
            END IF;
        END LOOP;
        it.looked_at := last;
    ELSE
        WHILE it.looked_at < last AND room > 0 LOOP
            SELECT * INTO part
            FROM jobs.next_failed_calls(it.job_ids[it.looked_at + 1], it.filter ->> 'feed', it.after_task, room);
            -- What is one call for many dealers goes with the next step rather than beyond this one.
            EXIT WHEN part.calls > room AND failed <> '{}';
            IF part.ids IS NOT NULL THEN
                fresh := fresh + (NOT it.counted)::int;
                it.counted := true;
                failed := failed || part.ids;
                room := room - part.calls;
            END IF;
            IF NOT part.ended THEN
                it.after_task := part.ids[cardinality(part.ids)];
                EXIT;
            END IF;
            it.looked_at := it.looked_at + 1;
            it.after_task := 0;
            it.counted := false;
        END LOOP;
        IF failed <> '{}' THEN
            SELECT * INTO again
            FROM jobs.rerun(p_at, p_new, it.requested_by, failed, NULL,
                            CASE WHEN it.filter ? 'dealer_id' THEN ARRAY[it.filter ->> 'dealer_id'] END,
                            NULL, NULL, NULL, NULL, false, false, false);
            it.calls := it.calls + coalesce(again.tasks, 0);
            it.stored := it.stored + coalesce(again.stored, 0);
            it.pending := it.pending + coalesce(again.pending, 0);
            it.lost := it.lost + coalesce(again.lost, 0);
            it.gone := it.gone + coalesce(again.gone, 0);
            IF again.job_id IS NOT NULL THEN
                it.accepted := it.accepted + fresh;
                it.made := it.made || again.job_id;
            ELSE
                it.counted := it.counted AND fresh = 0;
            END IF;
        END IF;
    END IF;
    UPDATE jobs.bulk b
    SET looked_at = it.looked_at, after_task = it.after_task, counted = it.counted, accepted = it.accepted,
        calls = it.calls, ended = it.ended, cancelling = it.cancelling, stored = it.stored, pending = it.pending,
        lost = it.lost, gone = it.gone, made = it.made, due_at = p_at, went_on_at = p_at,
        finished_at = CASE WHEN it.looked_at = it.jobs THEN p_at END
    WHERE b.id = it.id;
    RETURN true;
END
$$;

-- Removes keys and what was asked of many jobs, older than a day, 500 at a time; returns how many.
CREATE OR REPLACE FUNCTION jobs.forget_keys(p_at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int;
    m int;
BEGIN
    DELETE FROM jobs.idempotency
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM jobs.idempotency
                            WHERE created_at <= p_at - interval '1 day'
                            ORDER BY created_at LIMIT 500 FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS n = ROW_COUNT;
    DELETE FROM jobs.bulk
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM jobs.bulk
                            WHERE created_at <= p_at - interval '1 day'
                            ORDER BY created_at LIMIT 500 FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS m = ROW_COUNT;
    RETURN n + m;
END
$$;

REVOKE EXECUTE ON FUNCTION jobs.failed_calls, jobs.next_failed_calls, jobs.begin_bulk, jobs.next_bulk, jobs.step_bulk
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.begin_bulk, jobs.next_bulk, jobs.step_bulk TO dd_scheduler;
GRANT SELECT ON jobs.bulk TO dd_scheduler, dd_analytics, dd_reader;
