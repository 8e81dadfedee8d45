-- Leases: given, extended, given back, run out.

-- The storing connection of a fetcher calls this when it is made.
CREATE FUNCTION jobs.register_backend(p_instance uuid, p_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO jobs.fetcher AS f (instance, name, backend_pid, backend_start, seen_at)
    SELECT p_instance, p_name, a.pid, a.backend_start, clock_timestamp()
    FROM pg_stat_activity a
    WHERE a.pid = pg_backend_pid()
    ON CONFLICT (instance) DO UPDATE
    SET name = excluded.name, backend_pid = excluded.backend_pid,
        backend_start = excluded.backend_start, seen_at = excluded.seen_at;
$$;

-- The lane whose turn it is: by priority, then by whose last turn is longest ago; only of
-- p_upstreams, and of dealers (* = a group of them) that are active and have a credential of that
-- upstream.
CREATE FUNCTION jobs.next_lane(p_upstreams bigint[]) RETURNS jobs.lane
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    lane jobs.lane;
BEGIN
    SELECT l.* INTO lane
    FROM jobs.lane l
    WHERE l.queued > 0
      AND l.upstream_id = ANY (p_upstreams)
      AND (l.dealer_id = '*'
           OR EXISTS (SELECT FROM dealer.dealers d
                      JOIN dealer.credential c ON c.id = d.credential_id
                      WHERE d.dealer_id = l.dealer_id AND d.is_active AND c.upstream_id = l.upstream_id))
    ORDER BY l.priority, l.turn
    LIMIT 1;
    RETURN lane;
END
$$;

-- Takes one task of a lane that is in turn; null when another one holds all of them, in which
-- case the lane is counted anew.
CREATE FUNCTION jobs.take_task(p_at timestamptz, p_lane jobs.lane) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    taken bigint;
BEGIN
    UPDATE jobs.task
    SET state = 'leased', epoch = epoch + 1, attempt = attempt + 1, started_at = p_at, not_before = NULL
    WHERE id = (SELECT id FROM jobs.task
                WHERE credential_id = p_lane.credential_id AND dealer_id = p_lane.dealer_id
                  AND priority = p_lane.priority AND state = 'queued' AND ready
                ORDER BY id
                LIMIT 1
                FOR UPDATE SKIP LOCKED)
    RETURNING id INTO taken;
    UPDATE jobs.lane
    SET queued = CASE
            WHEN taken IS NOT NULL THEN queued - 1
            ELSE (SELECT count(*) FROM jobs.task t
                  WHERE t.credential_id = p_lane.credential_id AND t.dealer_id = p_lane.dealer_id
                    AND t.priority = p_lane.priority AND t.state = 'queued' AND t.ready)
        END,
        turn = nextval('jobs.turn'),
        served_at = p_at
    WHERE credential_id = p_lane.credential_id AND dealer_id = p_lane.dealer_id
      AND priority = p_lane.priority;
    RETURN taken;
END
$$;

-- Leases up to p_want tasks to a fetcher. An upstream's row is held while its leases are counted
-- and made, so its concurrency holds over all schedulers.
CREATE FUNCTION jobs.lease_tasks(p_at timestamptz, p_instance uuid, p_want int, p_lease_ms int)
RETURNS TABLE (task_id bigint, epoch int, attempt int, job_id uuid, dealer_id text,
               upstream_dealer_id text, feed text, from_at timestamp, to_at timestamp, base_url text,
               formula text, api_key text, secret_key text, connect_timeout_ms int,
               first_byte_timeout_ms int, total_timeout_ms int, max_body_bytes bigint,
               allow_private boolean, kind text, skew_ms bigint, body_timeout_ms int, dealers text[],
               leased_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    open_upstreams bigint[];
    room int[];
    lane jobs.lane;
    place int;
    taken bigint;
    leased bigint[] := '{}';
BEGIN
    open_upstreams := ARRAY(SELECT id FROM dealer.upstream u
                            WHERE EXISTS (SELECT FROM jobs.lane l WHERE l.upstream_id = u.id AND l.queued > 0));
    IF cardinality(open_upstreams) = 0 THEN
        RETURN;
    END IF;
    PERFORM jobs.hold_upstreams(open_upstreams);
    SELECT array_agg(u.id ORDER BY u.id), array_agg(u.free ORDER BY u.id)
    INTO open_upstreams, room
    FROM (SELECT id, concurrency - (SELECT count(*)::int FROM jobs.lease l WHERE l.upstream_id = u.id) AS free
          FROM dealer.upstream u
          WHERE id = ANY (open_upstreams)) u
    WHERE u.free > 0;
    -- A lane without a free task costs a turn and no lease: the bound keeps that finite.
    FOR turn IN 1 .. 2 * p_want + 8 LOOP
        EXIT WHEN cardinality(leased) >= p_want OR coalesce(cardinality(open_upstreams), 0) = 0;
        lane := jobs.next_lane(open_upstreams);
        EXIT WHEN lane.dealer_id IS NULL;
        taken := jobs.take_task(p_at, lane);
        CONTINUE WHEN taken IS NULL;
        leased := leased || taken;
        place := array_position(open_upstreams, lane.upstream_id);
        room[place] := room[place] - 1;
        IF room[place] = 0 THEN
            open_upstreams[place] := 0; -- full: no upstream has this id
        END IF;
    END LOOP;
    IF cardinality(leased) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO jobs.lease (task_id, job_id, upstream_id, credential_id, dealer_id, epoch, instance, lease_until)
    SELECT id, job_id, upstream_id, credential_id, dealer_id, epoch, p_instance, p_at + make_interval(secs => p_lease_ms / 1000.0)
    FROM jobs.task WHERE id = ANY (leased);
    INSERT INTO jobs.attempt (task_id, number, epoch, instance, started_at)
    SELECT id, attempt, epoch, p_instance, p_at FROM jobs.task WHERE id = ANY (leased);
    PERFORM jobs.start_jobs(p_at, leased);
    -- A task whose dealer has just moved is told to nobody and comes back when its lease runs out.
    RETURN QUERY
    SELECT t.id, t.epoch, t.attempt, t.job_id, t.dealer_id::text,
           CASE WHEN t.dealer_id = '*' THEN '' ELSE coalesce(d.upstream_dealer_id, d.dealer_id) END::text,
           t.feed, t.from_at, t.to_at, u.base_url, u.formula, c.api_key, c.secret_key, u.connect_timeout_ms,
           u.first_byte_timeout_ms, u.total_timeout_ms, u.max_body_bytes, u.allow_private, t.kind,
           coalesce(s.skew_ms, 0), u.body_timeout_ms,
           CASE WHEN t.dealer_id = '*' THEN
               ARRAY(SELECT pair.code
                     FROM jobs.task_dealer p
                     JOIN dealer.dealers m ON m.dealer_id = p.dealer_id
                     CROSS JOIN LATERAL (VALUES (1, m.dealer_id), (2, coalesce(m.upstream_dealer_id, m.dealer_id)))
                         pair (place, code)
                     WHERE p.task_id = t.id
                     ORDER BY m.dealer_id, pair.place)::text[]
           END,
           p_at
    FROM jobs.task t
    LEFT JOIN dealer.dealers d ON d.dealer_id = t.dealer_id
    JOIN dealer.credential c ON c.id = CASE WHEN t.dealer_id = '*' THEN t.credential_id ELSE d.credential_id END
                            AND c.upstream_id = t.upstream_id
    JOIN dealer.upstream u ON u.id = t.upstream_id
    LEFT JOIN jobs.upstream_state s ON s.upstream_id = t.upstream_id
    WHERE t.id = ANY (leased)
    ORDER BY array_position(leased, t.id);
END
$$;

-- The jobs of these tasks are running from now on.
CREATE FUNCTION jobs.start_jobs(p_at timestamptz, p_tasks bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    begun uuid;
BEGIN
    FOR begun IN
        SELECT id FROM jobs.job_record
        WHERE state = 'queued' AND id IN (SELECT job_id FROM jobs.task WHERE task.id = ANY (p_tasks))
        ORDER BY id
        FOR NO KEY UPDATE
    LOOP
        UPDATE jobs.job_record SET state = 'running', started_at = p_at, version = version + 1 WHERE id = begun;
        PERFORM pg_notify('dd_job', begun::text);
    END LOOP;
END
$$;

-- Extends the named leases and no others. A lease row that is locked belongs to a transaction that
-- is completing the task: still held. What the fetcher does with it is kept. Succeeded under this epoch: held as well, nothing is lost.
CREATE FUNCTION jobs.beat(p_at timestamptz, p_instance uuid, p_tasks bigint[], p_epochs int[], p_lease_ms int,
                          p_phases text[] DEFAULT '{}', p_bytes bigint[] DEFAULT '{}', p_rows bigint[] DEFAULT '{}')
RETURNS TABLE (task_id bigint, epoch int, verdict text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    UPDATE jobs.fetcher SET seen_at = p_at WHERE instance = p_instance AND seen_at < p_at - interval '10 seconds';
    RETURN QUERY
    WITH named AS (
        SELECT n.task_id, n.epoch, nullif(n.phase, '') AS phase, n.bytes, n.rows
        FROM unnest(p_tasks, p_epochs, p_phases, p_bytes, p_rows) n (task_id, epoch, phase, bytes, rows)
        WHERE n.task_id IS NOT NULL
    ), free AS (
        SELECT l.task_id, n.phase, n.bytes, n.rows
        FROM jobs.lease l
        JOIN named n ON n.task_id = l.task_id AND n.epoch = l.epoch
        WHERE l.instance = p_instance
        ORDER BY l.task_id
        FOR UPDATE OF l SKIP LOCKED
    ), extended AS (
        UPDATE jobs.lease l
        SET lease_until = p_at + make_interval(secs => p_lease_ms / 1000.0),
            phase = coalesce(free.phase, l.phase),
            phase_at = CASE WHEN free.phase <> l.phase OR l.phase_at IS NULL THEN p_at ELSE l.phase_at END,
            bytes = coalesce(free.bytes, l.bytes),
            rows = coalesce(free.rows, l.rows)
        FROM free
        WHERE l.task_id = free.task_id
    )
    SELECT n.task_id, n.epoch,
           CASE
               WHEN l.task_id IS NOT NULL THEN 'held'
               WHEN t.epoch = n.epoch AND t.state = 'succeeded' THEN 'held'
               WHEN t.epoch = n.epoch AND t.state = 'cancelled' THEN 'cancelled'
               ELSE 'lost'
           END
    FROM named n
    LEFT JOIN jobs.lease l ON l.task_id = n.task_id AND l.epoch = n.epoch AND l.instance = p_instance
    LEFT JOIN jobs.task t ON t.id = n.task_id
    ORDER BY n.task_id;
END
$$;

-- A fetcher that drains gives leases back unused; returns how many were still its own.
CREATE FUNCTION jobs.release_tasks(p_at timestamptz, p_instance uuid, p_tasks bigint[], p_epochs int[])
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given bigint[];
BEGIN
    PERFORM jobs.hold_upstreams(ARRAY(SELECT upstream_id FROM jobs.lease WHERE task_id = ANY (p_tasks)));
    given := ARRAY(SELECT t.id
                   FROM jobs.task t
                   JOIN unnest(p_tasks, p_epochs) n (task_id, epoch) ON n.task_id = t.id AND n.epoch = t.epoch
                   JOIN jobs.lease l ON l.task_id = t.id AND l.epoch = t.epoch AND l.instance = p_instance
                   WHERE t.state = 'leased'
                   ORDER BY t.id
                   FOR UPDATE OF t SKIP LOCKED);
    UPDATE jobs.attempt a
    SET outcome = 'released', finished_at = p_at
    FROM jobs.task t
    WHERE t.id = ANY (given) AND a.task_id = t.id AND a.epoch = t.epoch;
    UPDATE jobs.task SET state = 'queued', attempt = attempt - 1 WHERE id = ANY (given);
    DELETE FROM jobs.lease WHERE task_id = ANY (given);
    IF cardinality(given) > 0 THEN
        PERFORM jobs.queue_ready(given);
    END IF;
    RETURN cardinality(given);
END
$$;

-- The queued tasks of a dealer that went over to another upstream go with it: else nobody would ever
-- lease them. Those in flight end where they began, or come back and follow. Returns how many.
CREATE FUNCTION jobs.follow_dealers() RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held bigint[];
    lane record;
    moved bigint[];
    total int := 0;
BEGIN
    held := ARRAY(SELECT unnest(ARRAY[l.upstream_id, c.upstream_id])
                  FROM jobs.lane l
                  JOIN dealer.dealers d ON d.dealer_id = l.dealer_id
                  JOIN dealer.credential c ON c.id = d.credential_id
                  WHERE l.queued > 0 AND l.upstream_id <> c.upstream_id);
    IF cardinality(held) = 0 THEN
        RETURN 0;
    END IF;
    PERFORM jobs.hold_upstreams(held);
    FOR lane IN
        SELECT l.credential_id, l.dealer_id, l.priority, c.id AS new_credential, c.upstream_id AS new_upstream
        FROM jobs.lane l
        JOIN dealer.dealers d ON d.dealer_id = l.dealer_id
        JOIN dealer.credential c ON c.id = d.credential_id
        WHERE l.queued > 0 AND l.upstream_id <> c.upstream_id
          AND l.upstream_id = ANY (held) AND c.upstream_id = ANY (held)
    LOOP
        DELETE FROM jobs.lane l
        WHERE l.credential_id = lane.credential_id AND l.dealer_id = lane.dealer_id AND l.priority = lane.priority;
        WITH followed AS (
            UPDATE jobs.task t
            SET credential_id = lane.new_credential, upstream_id = lane.new_upstream
            WHERE t.credential_id = lane.credential_id AND t.dealer_id = lane.dealer_id
              AND t.priority = lane.priority AND t.state = 'queued' AND t.ready
            RETURNING t.id
        )
        SELECT coalesce(array_agg(id), '{}') INTO moved FROM followed;
        PERFORM jobs.queue_ready(moved);
        total := total + cardinality(moved);
    END LOOP;
    RETURN total;
END
$$;

-- Retries whose time has come become ready; returns how many. When a dealer moved they wait for the
-- next call: upstreams are held once in a transaction.
CREATE FUNCTION jobs.promote(p_at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    due bigint[];
BEGIN
    IF jobs.follow_dealers() > 0 THEN
        RETURN 0;
    END IF;
    due := ARRAY(SELECT id FROM jobs.task
                 WHERE state = 'queued' AND NOT ready AND not_before <= p_at
                 ORDER BY not_before
                 LIMIT 1000);
    IF cardinality(due) = 0 THEN
        RETURN 0;
    END IF;
    PERFORM jobs.hold_upstreams(ARRAY(SELECT DISTINCT upstream_id FROM jobs.task WHERE id = ANY (due)));
    due := ARRAY(SELECT id FROM jobs.task
                 WHERE id = ANY (due) AND state = 'queued' AND NOT ready
                 ORDER BY id
                 FOR UPDATE SKIP LOCKED);
    UPDATE jobs.task SET ready = true WHERE id = ANY (due);
    IF cardinality(due) > 0 THEN
        PERFORM jobs.queue_ready(due);
    END IF;
    RETURN cardinality(due);
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.register_backend TO dd_fetcher;
GRANT EXECUTE ON FUNCTION jobs.lease_tasks, jobs.beat, jobs.release_tasks, jobs.promote TO dd_scheduler;
