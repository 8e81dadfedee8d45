-- Jobs and their tasks. Only the functions of this schema change these tables.
--
-- Locks: a storing transaction holds its task row and, last and briefly, the job row. All that
-- a scheduler does often (lease, beat, reap) must go on while such a transaction hangs, so what
-- it writes lies in rows of its own: jobs.lease for the end of a lease, jobs.lane for the queue.
-- For the same reason the job's row does not count queued and leased tasks: the view jobs.job
-- derives them from the few rows of jobs.lease.
--
-- Tasks and what hangs on them name their owner without a foreign key: checking each row of a large job
-- took as long as writing it. jobs.submit() writes them with their job, jobs.sweep_jobs() removes them
-- before it.

-- The feeds that can be asked for, and how often a call of each is tried.
CREATE TABLE jobs.feed (
    feed             text PRIMARY KEY,
    max_attempts     int CHECK (max_attempts BETWEEN 1 AND 100),
    retry_base_ms    int CHECK (retry_base_ms >= 1),
    retry_cap_ms     int CHECK (retry_cap_ms >= 1),
    deadline_minutes int CHECK (deadline_minutes >= 1)
);
COMMENT ON TABLE jobs.feed IS 'Feeds and their retry policy; null = the scheduler''s setting';
COMMENT ON COLUMN jobs.feed.max_attempts IS 'Tries of a task in all';
COMMENT ON COLUMN jobs.feed.deadline_minutes IS 'From a task''s first lease: after that a failed try is the last; one that a pause or a refusal holds back still comes';
INSERT INTO jobs.feed (feed) VALUES ('prsp');

CREATE TABLE jobs.job_record (
    id               uuid PRIMARY KEY,
    kind             text NOT NULL DEFAULT 'manual'
                     CHECK (kind IN ('manual', 'rerun', 'schedule', 'freshness', 'backfill', 'replay')),
    schedule_id      bigint,
    work_key         bytea,
    cancel_asked_at  timestamptz,
    cancel_asked_by  text,
    feeds            text[] NOT NULL,
    from_at          timestamp NOT NULL,
    to_at            timestamp NOT NULL,
    priority         smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
    requested_by     text NOT NULL,
    state            text NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled')),
    tasks_total      int NOT NULL,
    tasks_succeeded  int NOT NULL DEFAULT 0,
    tasks_failed     int NOT NULL DEFAULT 0,
    tasks_cancelled  int NOT NULL DEFAULT 0,
    rows_read        bigint NOT NULL DEFAULT 0,
    rows_new         bigint NOT NULL DEFAULT 0,
    rows_changed     bigint NOT NULL DEFAULT 0,
    rows_same        bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    error_code       text,
    error_text       text,
    version          bigint NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz,
    CHECK (tasks_succeeded + tasks_failed + tasks_cancelled <= tasks_total)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX job_record_work ON jobs.job_record (work_key) WHERE state IN ('queued', 'running');
CREATE INDEX job_record_cancelling ON jobs.job_record (id)
    WHERE cancel_asked_at IS NOT NULL AND state IN ('queued', 'running');
CREATE INDEX job_record_created ON jobs.job_record (created_at DESC, id DESC);
CREATE INDEX job_record_open ON jobs.job_record (created_at DESC, id DESC) WHERE state IN ('queued', 'running');
CREATE INDEX job_record_finished ON jobs.job_record (finished_at DESC, id DESC) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE jobs.job_record IS 'What somebody asked for; read it as the view jobs.job';
COMMENT ON COLUMN jobs.job_record.kind IS 'What made it: a person, a re-run, a schedule, a freshness target, the filling of holes, a replay of quarantine';
COMMENT ON COLUMN jobs.job_record.work_key IS 'Digest of dealers, feeds, window and slices: the same work is not accepted twice while it is unfinished';
COMMENT ON COLUMN jobs.job_record.cancel_asked_at IS 'Since then none of its tasks is leased, and all are being cancelled';
COMMENT ON COLUMN jobs.job_record.from_at IS 'First second of the window, the upstream''s wall clock';
COMMENT ON COLUMN jobs.job_record.to_at IS 'Last second of the window, the upstream''s wall clock';
COMMENT ON COLUMN jobs.job_record.priority IS '0 manual, 1 retry, 2 scheduled, 3 backfill; lower goes first';
COMMENT ON COLUMN jobs.job_record.rows_read IS 'Records in the answers, repeated parents merged = new + changed + same';
COMMENT ON COLUMN jobs.job_record.version IS 'Raised by each change of this row; not by a lease alone';
COMMENT ON COLUMN jobs.job_record.error_code IS 'Of the task that failed last';

CREATE TABLE jobs.job_dealer (
    dealer_id varchar(10) NOT NULL,
    job_id    uuid NOT NULL REFERENCES jobs.job_record (id) ON DELETE CASCADE,
    PRIMARY KEY (dealer_id, job_id)
);
CREATE INDEX job_dealer_job ON jobs.job_dealer (job_id);
COMMENT ON TABLE jobs.job_dealer IS 'The dealers that a job covers';

-- A job is seen by who may see each of its dealers.
CREATE FUNCTION jobs.in_sight(p_job uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine CONSTANT text[] := dealer.sight();
BEGIN
    RETURN '*' = ANY (mine)
        OR NOT EXISTS (SELECT FROM jobs.job_dealer d WHERE d.job_id = p_job AND d.dealer_id <> ALL (mine));
END
$$;

REVOKE EXECUTE ON FUNCTION jobs.in_sight FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.in_sight TO dd_scheduler;

CREATE TABLE jobs.task (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id           uuid NOT NULL,
    upstream_id      bigint NOT NULL,
    credential_id    bigint NOT NULL,
    dealer_id        varchar(10) NOT NULL,
    feed             text NOT NULL,
    from_at          timestamp NOT NULL,
    to_at            timestamp NOT NULL,
    priority         smallint NOT NULL,
    state            text NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'leased', 'succeeded', 'failed', 'cancelled')),
    kind             text NOT NULL DEFAULT 'fetch' CHECK (kind IN ('fetch', 'replay')),
    ready            boolean NOT NULL DEFAULT true,
    not_before       timestamptz,
    deadline_at      timestamptz,
    attempt          int NOT NULL DEFAULT 0,
    losses           int NOT NULL DEFAULT 0,
    epoch            int NOT NULL DEFAULT 0,
    error_code       text,
    error_text       text,
    rows_read        bigint NOT NULL DEFAULT 0,
    rows_new         bigint NOT NULL DEFAULT 0,
    rows_changed     bigint NOT NULL DEFAULT 0,
    rows_same        bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    bytes            bigint NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz
) WITH (fillfactor = 80);
-- No index knows `state`: the end of a task then touches no index at all.
CREATE INDEX task_turn ON jobs.task (credential_id, dealer_id, priority, id) WHERE ready;
CREATE INDEX task_retry ON jobs.task (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX task_job ON jobs.task (job_id, id);
COMMENT ON TABLE jobs.task IS 'One call to the upstream';
COMMENT ON COLUMN jobs.task.credential_id IS 'Its dealers'' when it was made: jobs.submit() looks once a dealer, for a foreign key would look 50,000 times in a large job';
COMMENT ON COLUMN jobs.task.upstream_id IS 'The credential''s';
COMMENT ON COLUMN jobs.task.dealer_id IS 'The dealer asked for; * = all dealers of jobs.task_dealer in one call';
COMMENT ON COLUMN jobs.task.kind IS 'fetch = a call; replay = stores quarantined records anew, without a call';
COMMENT ON COLUMN jobs.task.deadline_at IS 'A try that fails after that is the last; counted from the first lease, set by the first failure';
COMMENT ON COLUMN jobs.task.from_at IS 'First second asked for, the upstream''s wall clock';
COMMENT ON COLUMN jobs.task.to_at IS 'Last second asked for, the upstream''s wall clock';
COMMENT ON COLUMN jobs.task.ready IS 'It stands in its lane: queued, and no retry that waits for not_before';
COMMENT ON COLUMN jobs.task.attempt IS 'Attempts begun, without those given back';
COMMENT ON COLUMN jobs.task.losses IS 'Leases that ran out';
COMMENT ON COLUMN jobs.task.epoch IS 'Raised by each lease; whoever holds an older one is fenced';
COMMENT ON COLUMN jobs.task.bytes IS 'Size of the answer, bytes';

CREATE TABLE jobs.task_dealer (
    dealer_id        varchar(10) NOT NULL,
    task_id          bigint NOT NULL,
    job_id           uuid NOT NULL,
    state            text NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'succeeded', 'failed', 'cancelled')),
    rows_read        bigint NOT NULL DEFAULT 0,
    rows_new         bigint NOT NULL DEFAULT 0,
    rows_changed     bigint NOT NULL DEFAULT 0,
    rows_same        bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    day_rows         bigint[],
    error_code       text,
    error_text       text,
    finished_at      timestamptz,
    PRIMARY KEY (dealer_id, task_id)
) WITH (fillfactor = 80);
CREATE INDEX task_dealer_task ON jobs.task_dealer (task_id);
CREATE INDEX task_dealer_job ON jobs.task_dealer (job_id, dealer_id);
COMMENT ON TABLE jobs.task_dealer IS 'A task''s outcome per dealer; a call may cover several dealers of a credential';
COMMENT ON COLUMN jobs.task_dealer.state IS 'queued until the task has ended';
COMMENT ON COLUMN jobs.task_dealer.day_rows IS 'Records by day of change, from the first day of the window on; null = not counted';

CREATE TABLE jobs.lease (
    task_id       bigint PRIMARY KEY,
    job_id        uuid NOT NULL,
    upstream_id   bigint NOT NULL,
    credential_id bigint NOT NULL,
    dealer_id     varchar(10) NOT NULL,
    epoch         int NOT NULL,
    instance      uuid NOT NULL,
    lease_until   timestamptz NOT NULL,
    call          boolean NOT NULL DEFAULT true,
    phase         text NOT NULL DEFAULT 'queued'
                  CHECK (phase IN ('queued', 'dns', 'connect', 'waiting', 'receiving', 'parsing', 'storing')),
    phase_at      timestamptz,
    bytes         bigint NOT NULL DEFAULT 0,
    rows          bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX lease_job ON jobs.lease (job_id);
CREATE INDEX lease_flight ON jobs.lease (upstream_id, credential_id, dealer_id);
COMMENT ON TABLE jobs.lease IS 'Tasks in flight; apart from jobs.task so that a beat never waits for a storing transaction';
COMMENT ON COLUMN jobs.lease.instance IS 'The fetcher process that holds it';
COMMENT ON COLUMN jobs.lease.call IS 'False = a replay, which takes no room at the upstream';
COMMENT ON COLUMN jobs.lease.phase IS 'What the fetcher does with it, as its last beat told';
COMMENT ON COLUMN jobs.lease.bytes IS 'Received so far';
COMMENT ON COLUMN jobs.lease.rows IS 'Parsed so far';

CREATE TABLE jobs.fetcher (
    instance      uuid PRIMARY KEY,
    name          text NOT NULL,
    backend_pid   int NOT NULL,
    backend_start timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL
);
COMMENT ON TABLE jobs.fetcher IS 'The storing connection of each fetcher: the reaper ends it when its leases have run out';

-- What storing connections counted for a large job, which would else wait for one another at its row:
-- a row for each of them, added to the job's when it ends.
CREATE TABLE jobs.tally (
    job_id           uuid REFERENCES jobs.job_record (id) ON DELETE CASCADE,
    backend          int,
    tasks            int NOT NULL,
    rows_read        bigint NOT NULL,
    rows_new         bigint NOT NULL,
    rows_changed     bigint NOT NULL,
    rows_same        bigint NOT NULL,
    rows_quarantined bigint NOT NULL,
    PRIMARY KEY (job_id, backend)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE jobs.tally IS 'Successes of a large job that its row does not count yet, by the backend that stored them';

-- A lease takes one number and counts on from there.
CREATE SEQUENCE jobs.turn INCREMENT BY 1024;
CREATE TABLE jobs.lane (
    credential_id bigint NOT NULL,
    dealer_id     varchar(10) NOT NULL,
    priority      smallint NOT NULL,
    upstream_id   bigint NOT NULL,
    queued        int NOT NULL DEFAULT 0 CHECK (queued >= 0),
    turn          bigint NOT NULL DEFAULT 0,
    next_at       timestamptz,
    served_at     timestamptz,
    PRIMARY KEY (credential_id, dealer_id, priority)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX lane_turn ON jobs.lane (priority, turn) WHERE queued > 0;
CREATE INDEX lane_waiting ON jobs.lane (upstream_id) WHERE queued > 0;
COMMENT ON TABLE jobs.lane IS 'The queue of a credential, dealer and priority: lanes take turns';
COMMENT ON COLUMN jobs.lane.priority IS 'Of its tasks; -1 = replays, which are no calls';
COMMENT ON COLUMN jobs.lane.queued IS 'Its tasks that are queued and ready';
COMMENT ON COLUMN jobs.lane.next_at IS 'Not served before; null = at once';
COMMENT ON COLUMN jobs.lane.turn IS 'Number of the turn that served it last: unlike served_at never equal for two lanes';

CREATE TABLE jobs.upstream_state (
    upstream_id bigint PRIMARY KEY REFERENCES dealer.upstream (id) ON DELETE CASCADE,
    failures    int NOT NULL DEFAULT 0,
    open_until  timestamptz,
    opened      int NOT NULL DEFAULT 0,
    tokens      double precision,
    tokens_at   timestamptz,
    starved     boolean NOT NULL DEFAULT false,
    passed      int NOT NULL DEFAULT 0,
    skew_ms     bigint,
    skew_at     timestamptz
) WITH (fillfactor = 50);
COMMENT ON TABLE jobs.upstream_state IS 'What all fetchers together know of an upstream; changed by who holds the upstream''s row';
COMMENT ON COLUMN jobs.upstream_state.failures IS 'Failed calls in a row';
COMMENT ON COLUMN jobs.upstream_state.open_until IS 'The breaker is open until then, and half open after; null = closed';
COMMENT ON COLUMN jobs.upstream_state.opened IS 'How often it opened without a success in between: each time it stays open longer';
COMMENT ON COLUMN jobs.upstream_state.tokens IS 'Content of the token bucket at tokens_at; null = full';
COMMENT ON COLUMN jobs.upstream_state.starved IS 'The last lease found it full: the end of a call wakes those who wait';
COMMENT ON COLUMN jobs.upstream_state.passed IS 'Calls leased over the heads of lower priorities that wait; see jobs.take_passed()';
COMMENT ON COLUMN jobs.upstream_state.skew_ms IS 'Its clock minus the fetcher''s, as last corrected';

CREATE TABLE jobs.upstream_success (
    upstream_id bigint NOT NULL
);
COMMENT ON TABLE jobs.upstream_success IS 'Successes at upstreams whose state somebody held; see jobs.note_success()';

CREATE TABLE jobs.credential_state (
    credential_id bigint PRIMARY KEY REFERENCES dealer.credential (id) ON DELETE CASCADE,
    quota_day     date,
    calls         int NOT NULL DEFAULT 0,
    blocked_until timestamptz,
    blocked_code  text,
    flagged_at    timestamptz,
    flag_code     text,
    flag_text     text
) WITH (fillfactor = 50);
COMMENT ON TABLE jobs.credential_state IS 'Quota used and refusals of a credential';
COMMENT ON COLUMN jobs.credential_state.quota_day IS 'The day, in the upstream''s zone, that `calls` counts';
COMMENT ON COLUMN jobs.credential_state.blocked_until IS 'No call before: 429 with Retry-After, or the quota is used up';
COMMENT ON COLUMN jobs.credential_state.flagged_at IS 'Refused by the upstream: no call until it is changed or cleared';

CREATE TABLE jobs.pause (
    scope     text NOT NULL CHECK (scope IN ('all', 'dealer', 'feed', 'credential', 'upstream')),
    target    text NOT NULL,
    reason    text,
    paused_by text NOT NULL,
    paused_at timestamptz NOT NULL,
    PRIMARY KEY (scope, target)
);
COMMENT ON TABLE jobs.pause IS 'What is not leased until somebody resumes it';
COMMENT ON COLUMN jobs.pause.target IS 'Dealer code, feed, credential number or upstream name; empty for all';

CREATE TABLE jobs.attempt (
    task_id       bigint NOT NULL,
    number        int NOT NULL,
    epoch         int NOT NULL,
    instance      uuid NOT NULL,
    outcome       text NOT NULL DEFAULT 'leased'
                  CHECK (outcome IN ('leased', 'succeeded', 'failed', 'lost', 'released', 'cancelled')),
    error_code    text,
    error_text    text,
    http_status   int,
    bytes         bigint NOT NULL DEFAULT 0,
    rows_read     bigint NOT NULL DEFAULT 0,
    dns_ms        int,
    connect_ms    int,
    first_byte_ms int,
    total_ms      int,
    skew_ms       bigint,
    body_head     text,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    PRIMARY KEY (task_id, epoch)
) WITH (fillfactor = 80);
COMMENT ON TABLE jobs.attempt IS 'Each lease of a task and what came of it';
COMMENT ON COLUMN jobs.attempt.outcome IS 'lost = the lease ran out, released = given back unused';
COMMENT ON COLUMN jobs.attempt.bytes IS 'Size of the answer, bytes';
COMMENT ON COLUMN jobs.attempt.dns_ms IS 'From start to name resolved, ms';
COMMENT ON COLUMN jobs.attempt.connect_ms IS 'From start to connected, ms';
COMMENT ON COLUMN jobs.attempt.first_byte_ms IS 'From start to first byte, ms';
COMMENT ON COLUMN jobs.attempt.total_ms IS 'Whole call, ms';
COMMENT ON COLUMN jobs.attempt.skew_ms IS 'The upstream''s clock minus ours, where the call had to correct it';
COMMENT ON COLUMN jobs.attempt.body_head IS 'The first bytes of a refused answer';

CREATE VIEW jobs.job AS
SELECT j.id,
       j.kind,
       j.schedule_id,
       j.cancel_asked_at,
       j.feeds,
       j.from_at,
       j.to_at,
       j.priority,
       j.requested_by,
       j.state,
       j.tasks_total,
       j.tasks_total - j.tasks_succeeded - j.tasks_failed - j.tasks_cancelled - s.tasks - l.leased AS tasks_queued,
       l.leased AS tasks_leased,
       j.tasks_succeeded + s.tasks AS tasks_succeeded,
       j.tasks_failed,
       j.tasks_cancelled,
       j.rows_read + s.rows_read AS rows_read,
       j.rows_new + s.rows_new AS rows_new,
       j.rows_changed + s.rows_changed AS rows_changed,
       j.rows_same + s.rows_same AS rows_same,
       j.rows_quarantined + s.rows_quarantined AS rows_quarantined,
       j.error_code,
       j.error_text,
       j.version + s.tasks AS version,
       j.created_at,
       j.started_at,
       j.finished_at
FROM jobs.job_record j
CROSS JOIN LATERAL (SELECT count(*)::int AS leased FROM jobs.lease WHERE lease.job_id = j.id) l
CROSS JOIN LATERAL (SELECT coalesce(sum(t.tasks), 0)::int AS tasks,
                           coalesce(sum(t.rows_read), 0)::bigint AS rows_read,
                           coalesce(sum(t.rows_new), 0)::bigint AS rows_new,
                           coalesce(sum(t.rows_changed), 0)::bigint AS rows_changed,
                           coalesce(sum(t.rows_same), 0)::bigint AS rows_same,
                           coalesce(sum(t.rows_quarantined), 0)::bigint AS rows_quarantined
                    FROM jobs.tally t
                    WHERE t.job_id = j.id) s;
COMMENT ON VIEW jobs.job IS 'Jobs with all their counters';
COMMENT ON COLUMN jobs.job.tasks_queued IS 'Also retries that wait for their time';

-- A job as it is told: each column is a field of the message.
CREATE VIEW jobs.job_told AS
SELECT j.id,
       (SELECT array_agg(d.dealer_id ORDER BY d.dealer_id) FROM jobs.job_dealer d WHERE d.job_id = j.id) AS dealer_ids,
       j.feeds,
       to_char(j.from_at, 'YYYY-MM-DD HH24:MI:SS') AS "from",
       to_char(j.to_at, 'YYYY-MM-DD HH24:MI:SS') AS "to",
       j.priority,
       j.requested_by,
       j.state,
       j.tasks_total,
       j.tasks_queued,
       j.tasks_leased,
       j.tasks_succeeded,
       j.tasks_failed,
       j.tasks_cancelled,
       j.rows_read,
       j.rows_new,
       j.rows_changed,
       j.rows_same,
       j.rows_quarantined,
       j.error_code,
       j.error_text,
       (extract(epoch FROM j.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM j.started_at) * 1000)::bigint AS started_at,
       (extract(epoch FROM j.finished_at) * 1000)::bigint AS finished_at,
       j.kind,
       j.schedule_id,
       j.cancel_asked_at IS NOT NULL AND j.state IN ('queued', 'running') AS cancelling,
       j.version
FROM jobs.job j;
COMMENT ON VIEW jobs.job_told IS 'Jobs in the words of the bus: times in ms since 1970, windows as text';
