-- What a principal limited to some dealers may do with what is theirs alone: schedules, pauses of dealers, re-runs,
-- quarantine. Somebody else's is not found, as if it were not there.

CREATE FUNCTION dealer.sees_all() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN '*' = ANY (dealer.sight());
END
$$;

-- A schedule is seen by who may see each of its dealers.
CREATE FUNCTION jobs.schedule_in_sight(p_all boolean, p_dealers text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN dealer.sees_all() OR NOT p_all AND p_dealers <@ dealer.sight();
END
$$;

CREATE OR REPLACE FUNCTION jobs.check_schedule(p_all boolean, p_dealers text[], p_feeds text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    IF p_all = (cardinality(p_dealers) > 0) THEN
        RAISE EXCEPTION 'a schedule names dealers, or is for all of them' USING ERRCODE = 'DD017';
    END IF;
    IF p_all AND NOT dealer.sees_all() THEN
        RAISE EXCEPTION 'who may see some dealers names them' USING ERRCODE = 'DD081';
    END IF;
    SELECT w INTO wrong FROM unnest(p_dealers) w
    WHERE NOT EXISTS (SELECT FROM dealer.dealers d WHERE d.dealer_id = w) OR NOT dealer.in_sight(w);
    IF FOUND THEN
        RAISE EXCEPTION 'there is no dealer "%"', wrong USING ERRCODE = 'DD010';
    END IF;
    SELECT w INTO wrong FROM unnest(p_feeds) w WHERE NOT EXISTS (SELECT FROM jobs.feed f WHERE f.feed = w);
    IF cardinality(p_feeds) = 0 THEN
        RAISE EXCEPTION 'at least one feed has to be named' USING ERRCODE = 'DD016';
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'there is no feed "%"', wrong USING ERRCODE = 'DD016';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION jobs.change_schedule(p_at timestamptz, p_schedule bigint, p_version bigint, p_name text,
                                     p_kind text, p_cron text, p_zone text, p_jitter int,
                                     p_catch_up text, p_all boolean, p_dealers text[], p_feeds text[],
                                     p_overlap_hours int, p_overlap_policy text, p_active boolean,
                                     p_by text, p_next timestamptz, p_due timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM jobs.check_schedule(p_all, p_dealers, p_feeds);
    UPDATE jobs.schedule
    SET name = p_name, kind = p_kind, cron = p_cron, zone = p_zone, jitter_seconds = p_jitter,
        catch_up = p_catch_up, all_dealers = p_all,
        dealer_ids = ARRAY(SELECT DISTINCT d FROM unnest(p_dealers) d ORDER BY d),
        feeds = ARRAY(SELECT DISTINCT f FROM unnest(p_feeds) f ORDER BY f),
        overlap_hours = p_overlap_hours, overlap_policy = p_overlap_policy, active = p_active,
        paused_by = CASE WHEN p_active THEN NULL WHEN active THEN p_by ELSE paused_by END,
        paused_at = CASE WHEN p_active THEN NULL WHEN active THEN p_at ELSE paused_at END,
        updated_at = p_at, next_at = p_next, due_at = p_due, version = version + 1
    WHERE id = p_schedule AND version = p_version AND jobs.schedule_in_sight(all_dealers, dealer_ids);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT p_active THEN
        UPDATE jobs.tick SET state = 'skipped', reason = 'paused'
        WHERE schedule_id = p_schedule AND state = 'waiting';
    END IF;
    PERFORM pg_notify('dd_schedule', p_schedule::text);
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION jobs.remove_schedule(p_schedule bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM jobs.schedule WHERE id = p_schedule AND jobs.schedule_in_sight(all_dealers, dealer_ids);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM pg_notify('dd_schedule', p_schedule::text);
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION jobs.set_pause(p_at timestamptz, p_scope text, p_target text, p_reason text, p_by text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known boolean := CASE p_scope
        WHEN 'all' THEN p_target = ''
        WHEN 'dealer' THEN dealer.in_sight(p_target) AND EXISTS (SELECT FROM dealer.dealers WHERE dealer_id = p_target)
        WHEN 'feed' THEN EXISTS (SELECT FROM jobs.feed WHERE feed = p_target)
        WHEN 'credential' THEN EXISTS (SELECT FROM dealer.credential WHERE id::text = p_target)
        WHEN 'upstream' THEN EXISTS (SELECT FROM dealer.upstream WHERE name = p_target)
        END;
BEGIN
    IF p_scope <> 'dealer' AND NOT dealer.sees_all() THEN
        RAISE EXCEPTION 'who may see some dealers pauses dealers alone' USING ERRCODE = 'DD081';
    END IF;
    IF known IS NOT TRUE THEN
        RAISE EXCEPTION 'there is no % "%"', p_scope, p_target USING ERRCODE = 'DD031';
    END IF;
    INSERT INTO jobs.pause (scope, target, reason, paused_by, paused_at)
    VALUES (p_scope, p_target, p_reason, p_by, p_at)
    ON CONFLICT (scope, target) DO UPDATE
    SET reason = excluded.reason, paused_by = excluded.paused_by, paused_at = excluded.paused_at;
END
$$;

CREATE OR REPLACE FUNCTION jobs.clear_pause(p_scope text, p_target text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_scope <> 'dealer' AND NOT dealer.sees_all() THEN
        RAISE EXCEPTION 'who may see some dealers pauses dealers alone' USING ERRCODE = 'DD081';
    END IF;
    DELETE FROM jobs.pause WHERE scope = p_scope AND target = p_target AND (scope <> 'dealer' OR dealer.in_sight(target));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM jobs.hold_upstreams(ARRAY(SELECT upstream_id FROM jobs.lane WHERE next_at IS NOT NULL));
    UPDATE jobs.lane SET next_at = NULL WHERE next_at IS NOT NULL;
    PERFORM pg_notify('dd_ready', '');
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION jobs.rerun_windows(p_at timestamptz, p_tasks bigint[], p_job uuid, p_dealers text[], p_feed text,
                                   p_code text, p_from timestamptz, p_to timestamptz, p_cancelled boolean,
                                   p_force boolean)
RETURNS TABLE (dealer_id text, credential_id bigint, feed text, from_at timestamp, to_at timestamp, shared boolean,
               fate text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
    -- Planned for the filters that are given: by the task, by the job, else by what failed alone.
    RETURN QUERY
    WITH chosen AS (
        SELECT t.id, t.feed, t.from_at, t.to_at, t.dealer_id = '*' AS shared
        FROM jobs.task t
        WHERE (t.state = 'failed' AND t.error_code IS NOT NULL
               OR p_cancelled AND t.state = 'cancelled'
                  AND t.job_id = ANY (ARRAY(SELECT j.id FROM jobs.job_record j WHERE j.tasks_cancelled > 0)))
          AND t.kind = 'fetch'
          AND ((SELECT dealer.sees_all()) OR jobs.in_sight(t.job_id))
          AND (p_tasks IS NULL OR t.id = ANY (p_tasks))
          AND (p_job IS NULL OR t.job_id = p_job)
          AND (p_feed IS NULL OR t.feed = p_feed)
          AND (p_code IS NULL OR t.error_code = p_code)
          AND (p_from IS NULL OR t.finished_at >= p_from)
          AND (p_to IS NULL OR t.finished_at <= p_to)
    ), part AS (
        SELECT d.dealer_id, m.credential_id, c.feed,
               greatest(c.from_at, date_trunc('day', p_at AT TIME ZONE u.zone)
                                   - make_interval(days => u.history_days)) AS from_at,
               c.to_at, bool_and(c.shared AND u.group_calls) AS shared, bool_and(m.is_active) AS active
        FROM chosen c
        JOIN jobs.task_dealer d ON d.task_id = c.id
        LEFT JOIN dealer.dealers m ON m.dealer_id = d.dealer_id
        LEFT JOIN dealer.credential k ON k.id = m.credential_id
        LEFT JOIN dealer.upstream u ON u.id = k.upstream_id
        WHERE p_dealers IS NULL OR d.dealer_id = ANY (p_dealers)
        GROUP BY 1, 2, 3, 4, 5
    ), open AS MATERIALIZED (
        SELECT w.dealer_id, w.feed, w.windows
        FROM jobs.open_windows(ARRAY(SELECT DISTINCT dealer_id::text FROM part)) w
        WHERE NOT p_force
    ), known AS (
        SELECT p.*, NOT (p.active IS TRUE AND p.credential_id IS NOT NULL) AS gone,
               CASE WHEN p.from_at <= p.to_at THEN tsrange(p.from_at, p.to_at + interval '1 second') END AS asked,
               coalesce((SELECT range_agg(stored)
                         FROM jobs.coverage v
                         CROSS JOIN LATERAL unnest(v.covered) stored
                         WHERE NOT p_force AND v.dealer_id = p.dealer_id AND v.feed = p.feed
                           AND v.day BETWEEN p.from_at::date AND p.to_at::date), '{}') AS stored,
               coalesce(o.windows, '{}') AS coming
        FROM part p
        LEFT JOIN open o ON o.dealer_id = p.dealer_id AND o.feed = p.feed
    )
    SELECT k.dealer_id::text, k.credential_id, k.feed, k.from_at, k.to_at, k.shared,
           CASE
               WHEN k.gone THEN 'gone'
               WHEN k.asked IS NULL THEN 'lost'
               WHEN k.stored @> k.asked THEN 'stored'
               WHEN k.stored + k.coming @> k.asked THEN 'pending'
               ELSE 'again'
           END
    FROM known k;
END
$$;

CREATE OR REPLACE FUNCTION jobs.rerun(p_at timestamptz, p_new uuid, p_requested_by text, p_tasks bigint[], p_job uuid,
                           p_dealers text[], p_feed text, p_code text, p_from timestamptz, p_to timestamptz,
                           p_cancelled boolean, p_force boolean, p_dry boolean)
RETURNS TABLE (job_id uuid, outcome text, tasks int, lost int, stored int, gone int, pending int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    most_members CONSTANT int := 200; -- of one call: a lease tells no more
    plan record;
    key CONSTANT bytea := sha256(convert_to(concat_ws(E'\x1f', 'rerun',
        ARRAY(SELECT t FROM unnest(p_tasks) t ORDER BY t)::text, coalesce(p_job::text, '-'),
        ARRAY(SELECT d FROM unnest(p_dealers) d ORDER BY d)::text, coalesce(p_feed, '-'), coalesce(p_code, '-'),
        coalesce(extract(epoch FROM p_from)::text, '-'), coalesce(extract(epoch FROM p_to)::text, '-'),
        p_cancelled::text, p_force::text,
        CASE WHEN NOT dealer.sees_all() THEN ARRAY(SELECT s FROM unnest(dealer.sight()) s ORDER BY s)::text END), 'UTF8'));
BEGIN
    SELECT j.id INTO job_id FROM jobs.job_record j
    WHERE j.work_key = key AND j.state IN ('queued', 'running') AND j.cancel_asked_at IS NULL;
    IF FOUND AND NOT p_dry THEN
        outcome := 'existing';
        RETURN NEXT;
        RETURN;
    END IF;
    WITH part AS MATERIALIZED (
        SELECT * FROM jobs.rerun_windows(p_at, p_tasks, p_job, p_dealers, p_feed, p_code, p_from, p_to, p_cancelled,
                                         p_force)
    ), again AS MATERIALIZED (
        SELECT c.*, CASE WHEN c.shared AND count(*) OVER same > 1 THEN min(c.dealer_id) OVER same END AS lead
        FROM (SELECT p.*, (row_number() OVER (PARTITION BY p.shared, p.credential_id, p.feed, p.from_at, p.to_at
                                              ORDER BY p.dealer_id) - 1) / most_members AS part
              FROM part p
              WHERE p.fate = 'again') c
        WINDOW same AS (PARTITION BY c.shared, c.credential_id, c.feed, c.from_at, c.to_at, c.part)
    ), owner AS MATERIALIZED (
        SELECT dealer_id, min(credential_id) AS credential_id, row_number() OVER (ORDER BY dealer_id) AS place
        FROM again GROUP BY dealer_id
    ), feed AS MATERIALIZED (
        SELECT feed, row_number() OVER (ORDER BY feed) AS place FROM again GROUP BY feed
    ), call AS MATERIALIZED (
        SELECT a.lead, a.dealer_id, a.credential_id, a.feed, a.from_at, a.to_at,
               CASE WHEN a.lead IS NULL THEN o.place ELSE -o.place END AS dealer, f.place AS feed_place,
               row_number() OVER (ORDER BY a.dealer_id, a.feed, a.from_at, a.to_at, a.lead) AS place
        FROM again a
        JOIN owner o ON o.dealer_id = a.dealer_id
        JOIN feed f ON f.feed = a.feed
        WHERE a.lead IS NULL OR a.lead = a.dealer_id
    ), member AS (
        SELECT c.place AS call, o.place AS dealer
        FROM call c
        JOIN again a ON a.lead = c.lead AND a.credential_id = c.credential_id AND a.feed = c.feed
                    AND a.from_at = c.from_at AND a.to_at = c.to_at
        JOIN owner o ON o.dealer_id = a.dealer_id
    )
    SELECT (SELECT array_agg(dealer_id ORDER BY place) FROM owner) AS dealers,
           (SELECT array_agg(credential_id ORDER BY place) FROM owner) AS credentials,
           (SELECT array_agg(feed ORDER BY place) FROM feed) AS feeds,
           (SELECT min(from_at) FROM call) AS begins, (SELECT max(to_at) FROM call) AS ends,
           (SELECT array_agg(dealer::int ORDER BY place) FROM call) AS call_dealer,
           (SELECT array_agg(feed_place::int ORDER BY place) FROM call) AS call_feed,
           (SELECT array_agg(extract(epoch FROM from_at)::bigint ORDER BY place) FROM call) AS call_from,
           (SELECT array_agg(extract(epoch FROM to_at)::bigint ORDER BY place) FROM call) AS call_to,
           (SELECT array_agg(call::int ORDER BY call, dealer) FROM member) AS member_call,
           (SELECT array_agg(dealer::int ORDER BY call, dealer) FROM member) AS member_dealer,
           (SELECT count(*) FROM part WHERE fate = 'lost') AS lost,
           (SELECT count(*) FROM part WHERE fate = 'stored') AS stored,
           (SELECT count(*) FROM part WHERE fate = 'gone') AS gone,
           (SELECT count(*) FROM part WHERE fate = 'pending') AS pending
    INTO plan;
    job_id := NULL;
    outcome := 'planned';
    tasks := coalesce(cardinality(plan.call_dealer), 0);
    lost := plan.lost;
    stored := plan.stored;
    gone := plan.gone;
    pending := plan.pending;
    IF tasks > 0 AND NOT p_dry THEN
        SELECT s.job_id, s.outcome INTO job_id, outcome
        FROM jobs.submit(p_at, p_new, 'rerun', NULL, plan.feeds, plan.begins, plan.ends, 1, p_requested_by, key, NULL,
                         NULL, NULL, plan.dealers, plan.credentials, plan.call_dealer, plan.call_feed, plan.call_from,
                         plan.call_to, coalesce(plan.member_call, '{}'), coalesce(plan.member_dealer, '{}')) s;
    END IF;
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION feed.meant(p_ids bigint[], p_dealer text, p_feed text, p_reason text, p_job uuid)
RETURNS SETOF feed.quarantine
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT q.*
    FROM feed.quarantine q
    WHERE (SELECT dealer.sight()) && ARRAY['*', q.dealer_id::text]
      AND (p_ids IS NULL OR q.id = ANY (p_ids))
      AND (p_dealer IS NULL OR q.dealer_id = p_dealer)
      AND (p_feed IS NULL OR q.feed = p_feed)
      AND (p_reason IS NULL OR q.reason = p_reason)
      AND (p_job IS NULL OR q.task_id IN (SELECT id FROM jobs.task WHERE job_id = p_job)
           OR q.last_task_id IN (SELECT id FROM jobs.task WHERE job_id = p_job));
END
$$;

REVOKE EXECUTE ON FUNCTION dealer.sees_all, jobs.schedule_in_sight FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dealer.sees_all TO dd_dealer, dd_scheduler;
GRANT EXECUTE ON FUNCTION jobs.schedule_in_sight TO dd_scheduler;
