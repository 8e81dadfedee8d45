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

-- What a token bucket holds; null = there is none.
CREATE FUNCTION jobs.tokens_at(p_at timestamptz, p_burst int, p_per_minute int, p_tokens double precision,
                               p_tokens_at timestamptz) RETURNS double precision
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE WHEN p_per_minute IS NOT NULL THEN
        least(p_burst, coalesce(p_tokens + greatest(extract(epoch FROM p_at - p_tokens_at), 0) * p_per_minute / 60.0,
                                p_burst))
    END;
END
$$;

-- What is left of a quota on the upstream's day beyond a reserve of so many percent; null = no quota.
CREATE FUNCTION jobs.quota_left(p_at timestamptz, p_zone text, p_quota int, p_reserve int, p_day date, p_calls int)
RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN p_quota - (p_quota::bigint * p_reserve + 99) / 100
           - CASE WHEN p_day = (p_at AT TIME ZONE p_zone)::date THEN p_calls ELSE 0 END;
END
$$;

-- What follows is plpgsql for its plans: those of SQL functions are made anew for each call.

-- How many calls each of these upstreams takes now: its concurrency, the tokens in its bucket and its
-- breaker allow them. Half open it takes one, and only when none is in flight: so a probe that is given
-- back or lost leaves no trace.
CREATE FUNCTION jobs.upstream_room(p_at timestamptz, p_upstreams bigint[])
RETURNS TABLE (upstream_id bigint, room int)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT u.id,
           least(u.concurrency - f.n,
                 floor(jobs.tokens_at(p_at, u.burst, u.calls_per_minute, s.tokens, s.tokens_at))::int,
                 CASE WHEN s.open_until > p_at THEN 0 WHEN s.open_until IS NOT NULL THEN 1 - f.n END)
    FROM dealer.upstream u
    LEFT JOIN jobs.upstream_state s ON s.upstream_id = u.id
    CROSS JOIN LATERAL (SELECT count(*)::int AS n FROM jobs.lease l WHERE l.upstream_id = u.id AND l.call) f
    WHERE u.id = ANY (p_upstreams);
END
$$;

-- The lanes in which calls wait, why one is not served for now (null = it is, in its turn), with whose
-- credential, and how many calls that credential and its dealer have room for (null = any number).
-- A dealer that got another key of the same upstream is called with the new one. p_credentials: only the
-- lanes of these; null = all.
CREATE FUNCTION jobs.lanes(p_at timestamptz, p_credentials bigint[] DEFAULT NULL)
RETURNS TABLE (credential_id bigint, dealer_id varchar(10), priority smallint, upstream_id bigint, queued int,
               turn bigint, next_at timestamptz, caller bigint, waits_for text, credential_room int, dealer_room int)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH paused AS MATERIALIZED (
        SELECT coalesce(bool_or(p.scope = 'all'), false) AS everything,
               array_agg(p.target) FILTER (WHERE p.scope = 'upstream') AS upstreams,
               array_agg(p.target) FILTER (WHERE p.scope = 'dealer') AS dealers,
               array_agg(p.target) FILTER (WHERE p.scope = 'credential') AS credentials
        FROM jobs.pause p
    ), flight AS MATERIALIZED (
        SELECT f.upstream_id, f.credential_id, f.dealer_id, count(*)::int AS n
        FROM jobs.lease f
        WHERE f.call
        GROUP BY 1, 2, 3
    ), by_credential AS MATERIALIZED (
        SELECT f.credential_id, sum(f.n)::int AS n FROM flight f GROUP BY 1
    ), by_dealer AS MATERIALIZED (
        SELECT f.dealer_id, sum(f.n)::int AS n FROM flight f GROUP BY 1
    )
    SELECT l.credential_id, l.dealer_id, l.priority, l.upstream_id, l.queued, l.turn, l.next_at, c.id,
           CASE
               WHEN p.everything OR u.name = ANY (p.upstreams) OR l.dealer_id = ANY (p.dealers)
                    OR c.id::text = ANY (p.credentials) THEN 'paused'
               WHEN l.dealer_id <> '*' AND d.is_active IS NOT TRUE THEN 'dealer_inactive'
               WHEN c.id IS NULL THEN 'no_credential'
               WHEN s.open_until > p_at THEN 'breaker_open'
               WHEN k.flagged_at >= c.updated_at THEN 'credential_flagged'
               WHEN k.blocked_until > p_at THEN CASE k.blocked_code WHEN 'upstream.quota' THEN 'quota' ELSE 'blocked' END
               WHEN q.quota_left <= 0 THEN 'quota'
           END,
           least(u.credential_concurrency - coalesce(bc.n, 0), q.quota_left)::int,
           CASE WHEN l.dealer_id <> '*' THEN u.dealer_concurrency - coalesce(bd.n, 0) END
    FROM jobs.lane l
    JOIN dealer.upstream u ON u.id = l.upstream_id
    CROSS JOIN paused p
    LEFT JOIN dealer.dealers d ON d.dealer_id = l.dealer_id
    LEFT JOIN dealer.credential c ON c.id = CASE WHEN l.dealer_id = '*' THEN l.credential_id ELSE d.credential_id END
                                 AND c.upstream_id = l.upstream_id
    LEFT JOIN jobs.upstream_state s ON s.upstream_id = l.upstream_id
    LEFT JOIN jobs.credential_state k ON k.credential_id = c.id
    LEFT JOIN by_credential bc ON bc.credential_id = c.id
    LEFT JOIN by_dealer bd ON bd.dealer_id = l.dealer_id
    CROSS JOIN LATERAL (
        SELECT jobs.quota_left(p_at, u.zone, u.quota, CASE WHEN l.priority = 0 THEN 0 ELSE u.quota_reserve END,
                               k.quota_day, k.calls) AS quota_left) q
    WHERE l.queued > 0 AND l.priority >= 0 AND (p_credentials IS NULL OR l.credential_id = ANY (p_credentials));
END
$$;

-- Whose turn it is: up to p_want places in order. By priority; within one every lane gets a first place
-- before any gets a second one, and those whose last turn is longest ago begin. No dealer, credential
-- or upstream gets more than it has room for. Bounded: a lane gets no more than its share twice over,
-- the caller asks again for what is left. p_below: only lanes below this priority, as if all had one.
CREATE FUNCTION jobs.turns(p_at timestamptz, p_upstreams bigint[], p_want int, p_below smallint)
RETURNS TABLE (credential_id bigint, dealer_id varchar(10), priority smallint, caller bigint, k int, place int)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH lane AS (
        SELECT l.*, r.room,
               row_number() OVER (PARTITION BY l.caller ORDER BY l.rank, l.turn, l.dealer_id) AS of_caller,
               row_number() OVER (PARTITION BY l.upstream_id ORDER BY l.rank, l.turn, l.dealer_id) AS of_upstream
        FROM (SELECT x.*, CASE WHEN p_below IS NULL THEN x.priority ELSE 0 END AS rank FROM jobs.lanes(p_at) x) l
        JOIN jobs.upstream_room(p_at, p_upstreams) r ON r.upstream_id = l.upstream_id
        WHERE l.waits_for IS NULL AND r.room > 0 AND (p_below IS NULL OR l.priority > p_below)
          AND (l.next_at IS NULL OR l.next_at <= p_at)
          AND (l.credential_room IS NULL OR l.credential_room > 0)
          AND (l.dealer_room IS NULL OR l.dealer_room > 0)
    ), near AS (
        SELECT lane.*, count(*) OVER (ORDER BY lane.rank) AS rivals
        FROM lane
        WHERE (lane.credential_room IS NULL OR lane.of_caller <= lane.credential_room)
          AND lane.of_upstream <= lane.room
        ORDER BY lane.rank, lane.turn, lane.dealer_id
        LIMIT p_want
    ), slot AS (
        SELECT near.*, g.k
        FROM near
        CROSS JOIN LATERAL generate_series(1, least(near.queued, 2 * ceil(p_want::numeric / near.rivals), near.room,
                                                    near.credential_room, near.dealer_room)::int) g (k)
    ), in_dealer AS (
        SELECT slot.*, row_number() OVER (PARTITION BY slot.dealer_id ORDER BY slot.rank, slot.k, slot.turn) AS n
        FROM slot
    ), in_credential AS (
        SELECT i.*, row_number() OVER (PARTITION BY i.caller ORDER BY i.rank, i.k, i.turn, i.dealer_id) AS m
        FROM in_dealer i
        WHERE i.dealer_room IS NULL OR i.n <= i.dealer_room
    ), in_upstream AS (
        SELECT i.*, row_number() OVER (PARTITION BY i.upstream_id ORDER BY i.rank, i.k, i.turn, i.dealer_id) AS o
        FROM in_credential i
        WHERE i.credential_room IS NULL OR i.m <= i.credential_room
    )
    SELECT i.credential_id, i.dealer_id, i.priority, i.caller, i.k,
           (row_number() OVER (ORDER BY i.rank, i.k, i.turn, i.dealer_id))::int
    FROM in_upstream i
    WHERE i.o <= i.room
    ORDER BY i.rank, i.k, i.turn, i.dealer_id
    LIMIT p_want;
END
$$;

-- Takes the tasks of the lanes whose turn it is, in the order of their places; null when there is none
-- left to take. Tasks of a feed that is paused, of a group in which a dealer is, and of a job that is
-- being cancelled stay. A lane that yields nothing is counted anew and rests for a second.
CREATE FUNCTION jobs.take_tasks(p_at timestamptz, p_instance uuid, p_upstreams bigint[], p_want int, p_lease_ms int,
                                p_below smallint DEFAULT NULL) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    feeds text[] := ARRAY(SELECT target FROM jobs.pause WHERE scope = 'feed');
    dealers text[] := ARRAY(SELECT target FROM jobs.pause WHERE scope = 'dealer');
    cancelling uuid[] := ARRAY(SELECT id FROM jobs.job_record
                               WHERE cancel_asked_at IS NOT NULL AND state IN ('queued', 'running'));
    base bigint := nextval('jobs.turn');
    taken bigint[];
BEGIN
    WITH chosen AS MATERIALIZED (
        SELECT t.credential_id, t.dealer_id, t.priority, t.caller, count(*) AS n, min(t.place) AS first,
               max(t.place) AS last
        FROM jobs.turns(p_at, p_upstreams, p_want, p_below) t
        GROUP BY 1, 2, 3, 4
    ), picked AS MATERIALIZED (
        SELECT t.id, c.credential_id, c.dealer_id, c.priority, c.caller, c.first,
               row_number() OVER (PARTITION BY c.credential_id, c.dealer_id, c.priority ORDER BY t.id) AS k
        FROM chosen c
        CROSS JOIN LATERAL (
            SELECT q.id
            FROM jobs.task q
            WHERE q.credential_id = c.credential_id AND q.dealer_id = c.dealer_id AND q.priority = c.priority
              AND q.ready AND q.state = 'queued'
              AND q.feed <> ALL (feeds) AND q.job_id <> ALL (cancelling)
              AND (q.dealer_id <> '*' OR dealers = '{}'
                   OR NOT EXISTS (SELECT FROM jobs.task_dealer m WHERE m.task_id = q.id AND m.dealer_id = ANY (dealers)))
            ORDER BY q.id
            LIMIT c.n
            FOR UPDATE SKIP LOCKED) t
    ), leased AS (
        UPDATE jobs.task t
        SET state = 'leased', ready = false, epoch = t.epoch + 1, attempt = t.attempt + 1, started_at = p_at,
            not_before = NULL, credential_id = p.caller
        FROM picked p
        -- Named twice: how many were picked is unknown to the planner, which would read the whole table.
        WHERE t.id = p.id AND t.id = ANY (ARRAY(SELECT id FROM picked))
        RETURNING t.id, t.job_id, t.upstream_id, t.credential_id, t.dealer_id, t.epoch, t.attempt, t.kind,
                  t.priority, p.k, p.first
    ), lease AS (
        INSERT INTO jobs.lease (task_id, job_id, upstream_id, credential_id, dealer_id, epoch, instance, lease_until)
        SELECT id, job_id, upstream_id, credential_id, dealer_id, epoch, p_instance,
               p_at + make_interval(secs => p_lease_ms / 1000.0)
        FROM leased
    ), attempt AS (
        INSERT INTO jobs.attempt (task_id, number, epoch, instance, started_at)
        SELECT id, attempt, epoch, p_instance, p_at FROM leased ORDER BY priority, k, first
    ), served AS (
        UPDATE jobs.lane l
        SET queued = CASE
                WHEN n.taken > 0 THEN l.queued - n.taken
                ELSE (SELECT count(*) FROM jobs.task q
                      WHERE q.credential_id = l.credential_id AND q.dealer_id = l.dealer_id
                        AND q.priority = l.priority AND q.ready AND q.state = 'queued')
            END,
            next_at = CASE WHEN n.taken > 0 THEN NULL ELSE p_at + interval '1 second' END,
            turn = base + c.last,
            served_at = p_at
        FROM chosen c
        CROSS JOIN LATERAL (SELECT count(*) AS taken FROM picked p
                            WHERE p.credential_id = c.credential_id AND p.dealer_id = c.dealer_id
                              AND p.priority = c.priority) n
        WHERE l.credential_id = c.credential_id AND l.dealer_id = c.dealer_id AND l.priority = c.priority
    ), counted AS (
        INSERT INTO jobs.credential_state AS s (credential_id, quota_day, calls)
        SELECT t.credential_id, (p_at AT TIME ZONE u.zone)::date, count(*)
        FROM leased t
        JOIN dealer.upstream u ON u.id = t.upstream_id
        WHERE t.kind = 'fetch'
        GROUP BY 1, 2
        ORDER BY 1
        ON CONFLICT (credential_id) DO UPDATE
        SET quota_day = excluded.quota_day,
            calls = CASE WHEN s.quota_day = excluded.quota_day THEN s.calls ELSE 0 END + excluded.calls
    ), spent AS (
        UPDATE jobs.upstream_state s
        SET tokens = jobs.tokens_at(p_at, u.burst, u.calls_per_minute, s.tokens, s.tokens_at) - n.calls, tokens_at = p_at
        FROM dealer.upstream u,
             (SELECT upstream_id, count(*) AS calls FROM leased WHERE kind = 'fetch' GROUP BY 1) n
        WHERE u.id = s.upstream_id AND n.upstream_id = s.upstream_id AND u.calls_per_minute IS NOT NULL
    )
    SELECT CASE WHEN EXISTS (SELECT FROM chosen) THEN
               ARRAY(SELECT l.id FROM leased l ORDER BY l.priority, l.k, l.first)
           END
    INTO taken;
    RETURN taken;
END
$$;

-- These tasks were leased; counts those that others wait below.
CREATE FUNCTION jobs.note_passed(p_tasks bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM jobs.lane WHERE priority > 0 AND queued > 0) THEN
        RETURN;
    END IF;
    UPDATE jobs.upstream_state s
    SET passed = least(s.passed + n.calls, 64)
    FROM (SELECT g.upstream_id, sum(g.calls) AS calls
          FROM (SELECT t.upstream_id, t.priority, count(*) AS calls
                FROM jobs.task t
                WHERE t.id = ANY (p_tasks) AND t.kind = 'fetch'
                GROUP BY 1, 2) g
          WHERE EXISTS (SELECT FROM jobs.lane l
                        WHERE l.priority > g.priority AND l.queued > 0 AND l.upstream_id = g.upstream_id)
          GROUP BY 1) n
    WHERE s.upstream_id = n.upstream_id;
END
$$;

-- Priority alone would let a steady stream starve all that stands below it. So for each seven calls that
-- passed over somebody, one is taken from below, from whoever waits longest. Where nobody there can be
-- served the claim is dropped; where there is only no room now, it is kept.
CREATE FUNCTION jobs.take_passed(p_at timestamptz, p_instance uuid, p_upstreams bigint[], p_want int, p_lease_ms int)
RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    due record;
    top smallint;
    more bigint[];
    taken bigint[] := '{}';
BEGIN
    FOR due IN
        SELECT upstream_id AS id, passed / 7 AS calls FROM jobs.upstream_state
        WHERE upstream_id = ANY (p_upstreams) AND passed >= 7
        ORDER BY upstream_id
    LOOP
        EXIT WHEN cardinality(taken) >= p_want;
        SELECT min(priority) INTO top FROM jobs.lane WHERE upstream_id = due.id AND queued > 0 AND priority >= 0;
        more := jobs.take_tasks(p_at, p_instance, ARRAY[due.id], least(due.calls, p_want - cardinality(taken)),
                                p_lease_ms, top);
        UPDATE jobs.upstream_state
        SET passed = CASE WHEN more IS NULL THEN 0 ELSE passed - 7 * cardinality(more) END
        WHERE upstream_id = due.id
          AND (more <> '{}' OR more IS NULL AND NOT EXISTS (
                   SELECT FROM jobs.lanes(p_at) l
                   WHERE l.upstream_id = due.id AND l.priority > top AND l.waits_for IS NULL));
        taken := taken || coalesce(more, '{}');
    END LOOP;
    RETURN taken;
END
$$;

-- Leases up to p_want tasks to a fetcher. An upstream's row is held while its leases are counted and
-- made, so its manners hold over all schedulers. An upstream whose state a hanging transaction holds
-- is left out. Leases come and go fast, and a plain index scan, unlike one by bitmap, remembers which are gone.
CREATE FUNCTION jobs.lease_tasks(p_at timestamptz, p_instance uuid, p_want int, p_lease_ms int)
RETURNS TABLE (task_id bigint, epoch int, attempt int, job_id uuid, dealer_id text,
               upstream_dealer_id text, feed text, from_at timestamp, to_at timestamp, base_url text,
               formula text, api_key text, secret_key text, connect_timeout_ms int,
               first_byte_timeout_ms int, total_timeout_ms int, max_body_bytes bigint,
               allow_private boolean, kind text, skew_ms bigint, body_timeout_ms int, dealers text[],
               leased_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    upstreams bigint[] := ARRAY(SELECT id FROM dealer.upstream u
                                WHERE EXISTS (SELECT FROM jobs.lane l WHERE l.upstream_id = u.id AND l.queued > 0));
    more bigint[];
    leased bigint[] := '{}';
BEGIN
    IF cardinality(upstreams) = 0 THEN
        RETURN;
    END IF;
    PERFORM jobs.hold_upstreams(upstreams);
    IF EXISTS (SELECT FROM jobs.lane l WHERE l.priority < 0 AND l.queued > 0) THEN
        leased := jobs.take_replays(p_at, p_instance, upstreams, p_want, p_lease_ms);
    END IF;
    INSERT INTO jobs.upstream_state (upstream_id)
    SELECT u FROM unnest(upstreams) u
    WHERE NOT EXISTS (SELECT FROM jobs.upstream_state s WHERE s.upstream_id = u);
    upstreams := ARRAY(SELECT upstream_id FROM jobs.upstream_state
                       WHERE upstream_id = ANY (upstreams) ORDER BY upstream_id FOR UPDATE SKIP LOCKED);
    PERFORM jobs.take_successes(upstreams);
    IF EXISTS (SELECT FROM jobs.upstream_state WHERE upstream_id = ANY (upstreams) AND passed >= 7) THEN
        leased := leased || jobs.take_passed(p_at, p_instance, upstreams, p_want - cardinality(leased), p_lease_ms);
    END IF;
    FOR round IN 1 .. 8 LOOP
        EXIT WHEN cardinality(leased) >= p_want;
        more := jobs.take_tasks(p_at, p_instance, upstreams, p_want - cardinality(leased), p_lease_ms);
        EXIT WHEN more IS NULL;
        leased := leased || more;
        PERFORM jobs.note_passed(more);
    END LOOP;
    PERFORM jobs.note_starved(p_at, upstreams, cardinality(leased) < p_want);
    IF cardinality(leased) = 0 THEN
        RETURN;
    END IF;
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

-- Remembers whether somebody waits for room at these upstreams: what could be served was left because
-- they, a credential or a dealer were full.
CREATE FUNCTION jobs.note_starved(p_at timestamptz, p_upstreams bigint[], p_short boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    waiting bigint[] := '{}';
BEGIN
    IF p_short THEN
        waiting := ARRAY(SELECT DISTINCT l.upstream_id FROM jobs.lanes(p_at) l WHERE l.waits_for IS NULL);
    END IF;
    UPDATE jobs.upstream_state
    SET starved = NOT starved
    WHERE upstream_id = ANY (p_upstreams) AND starved <> (upstream_id = ANY (waiting));
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
-- is completing the task: still held. So is one that succeeded under this epoch: nothing is lost. What the
-- fetcher does with the task is kept.
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    due bigint[];
BEGIN
    IF jobs.follow_dealers() > 0 THEN
        RETURN 0;
    END IF;
    due := ARRAY(SELECT id FROM jobs.task
                 WHERE not_before <= p_at AND state = 'queued' AND NOT ready
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
    UPDATE jobs.task SET ready = true, not_before = NULL WHERE id = ANY (due);
    IF cardinality(due) > 0 THEN
        PERFORM jobs.queue_ready(due);
    END IF;
    RETURN cardinality(due);
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.register_backend TO dd_fetcher;
GRANT EXECUTE ON FUNCTION jobs.lease_tasks, jobs.beat, jobs.promote TO dd_scheduler;
