-- The audit trail: who changed what, from where, with what before and after.
--
-- A service says on whose behalf it works by settings of the transaction (dd.principal ...), sent in the
-- same flight as the change. Triggers on the tables write the entries, so each stands in the transaction
-- that it tells of, or nowhere; what a process does for itself (a scheduler that leases) leaves none.
-- At the end of the transaction its entries become one link of a hash chain: an entry that is changed,
-- taken out or put in later breaks it. Nobody but this function may write here.
--
-- Secrets stand as hashes, and personal data not at all: of changes to many rows the number alone.

-- A number of our own for each transaction: those of PostgreSQL begin anew in a restored cluster.
CREATE SEQUENCE account.audit_tx;
CREATE TABLE account.audit (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tx         bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    principal  text NOT NULL,
    role       text NOT NULL,
    address    text NOT NULL,
    request_id text NOT NULL,
    action     text NOT NULL,
    kind       text NOT NULL,
    target     text NOT NULL,
    before     jsonb,
    after      jsonb
);
CREATE INDEX audit_of_tx ON account.audit (tx);
CREATE INDEX audit_principal ON account.audit (principal, seq);
CREATE INDEX audit_target ON account.audit (kind, target, seq);
CREATE INDEX audit_at ON account.audit (at);
COMMENT ON TABLE account.audit IS 'What people changed';
COMMENT ON COLUMN account.audit.action IS 'The message that asked for it';
COMMENT ON COLUMN account.audit.kind IS 'What was changed: dealer, user, job ...';
COMMENT ON COLUMN account.audit.before IS 'The values that changed, as they were; null = it is new';
COMMENT ON COLUMN account.audit.after IS 'The values that changed, as they are; null = it is gone';

CREATE TABLE account.audit_link (
    n       bigint PRIMARY KEY,
    tx      bigint NOT NULL UNIQUE,
    entries int NOT NULL,
    hash    bytea NOT NULL
);
COMMENT ON TABLE account.audit_link IS 'The chain: one link for each transaction with entries, in the order of commits';
COMMENT ON COLUMN account.audit_link.hash IS 'SHA-256 of the hash before and of the entries';

-- What a link's hash is made from.
CREATE FUNCTION account.audit_hash(p_before bytea, p_n bigint, p_tx bigint, OUT hash bytea, OUT entries int)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(coalesce(p_before, '') || convert_to(p_n || E'\n' || string_agg(
               jsonb_build_array(a.seq, extract(epoch FROM a.at)::text, a.principal, a.role, a.address, a.request_id,
                                 a.action, a.kind, a.target, a.before, a.after)::text,
               E'\n' ORDER BY a.seq), 'UTF8')),
           count(*)::int
    FROM account.audit a
    WHERE a.tx = p_tx;
$$;

-- At the end of a transaction, once for all its entries.
CREATE FUNCTION account.chain_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
    link record;
BEGIN
    IF EXISTS (SELECT FROM account.audit_link WHERE tx = NEW.tx) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('account.audit', 0));
    SELECT l.n, l.hash INTO last FROM account.audit_link l ORDER BY l.n DESC LIMIT 1;
    SELECT * INTO link FROM account.audit_hash(last.hash, coalesce(last.n, 0) + 1, NEW.tx);
    INSERT INTO account.audit_link (n, tx, entries, hash)
    VALUES (coalesce(last.n, 0) + 1, NEW.tx, link.entries, link.hash);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER chain AFTER INSERT ON account.audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION account.chain_audit();

-- Entries stay as they are.
CREATE FUNCTION account.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON account.audit
    FOR EACH STATEMENT EXECUTE FUNCTION account.refuse_change();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON account.audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION account.refuse_change();

-- Where the chain is broken: the first link that does not fit, and entries without one. No row: it is whole.
CREATE FUNCTION account.verify_audit(p_after bigint DEFAULT 0)
RETURNS TABLE (n bigint, tx bigint, why text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    link record;
    made record;
    last bytea := (SELECT l.hash FROM account.audit_link l WHERE l.n = p_after);
    expected bigint := p_after + 1;
BEGIN
    FOR link IN SELECT l.n, l.tx, l.entries, l.hash FROM account.audit_link l WHERE l.n > p_after ORDER BY l.n LOOP
        SELECT * INTO made FROM account.audit_hash(last, link.n, link.tx);
        IF link.n <> expected THEN
            RETURN QUERY SELECT expected, NULL::bigint, 'a link is missing';
            RETURN;
        ELSIF made.entries <> link.entries THEN
            RETURN QUERY SELECT link.n, link.tx, format('%s entries, of %s', made.entries, link.entries);
            RETURN;
        ELSIF made.hash <> link.hash THEN
            RETURN QUERY SELECT link.n, link.tx, 'the entries are not those that were written';
            RETURN;
        END IF;
        last := link.hash;
        expected := expected + 1;
    END LOOP;
    RETURN QUERY
    SELECT NULL::bigint, a.tx, 'an entry without a link'
    FROM account.audit a
    WHERE NOT EXISTS (SELECT FROM account.audit_link l WHERE l.tx = a.tx)
    LIMIT 1;
END
$$;

-- Adds an entry, if this is done on somebody's behalf.
CREATE FUNCTION account.note(p_kind text, p_target text, p_before jsonb, p_after jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('dd.principal', true), '') = '' THEN
        RETURN;
    END IF;
    IF coalesce(current_setting('dd.audit_tx', true), '') = '' THEN
        PERFORM set_config('dd.audit_tx', nextval('account.audit_tx')::text, true);
    END IF;
    INSERT INTO account.audit (tx, principal, role, address, request_id, action, kind, target, before, after)
    VALUES (current_setting('dd.audit_tx')::bigint, current_setting('dd.principal'), coalesce(current_setting('dd.role', true), ''),
            coalesce(current_setting('dd.address', true), ''), coalesce(current_setting('dd.request', true), ''),
            coalesce(current_setting('dd.action', true), ''), p_kind, p_target, p_before, p_after);
END
$$;

-- A row as the trail tells it: secrets hashed.
CREATE FUNCTION account.without_secrets(p_row jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_object_agg(key, CASE
               WHEN value <> 'null' AND key IN ('api_key', 'secret_key', 'api_token', 'password', 'token_hash',
                                                'secret_hash', 'fingerprint')
               THEN to_jsonb('sha256:' || encode(substr(sha256(convert_to(value::text, 'UTF8')), 1, 8), 'hex'))
               ELSE value
           END)
    FROM jsonb_each(p_row);
$$;

-- A row was written: arguments: kind, column that names the target, columns that do not count.
CREATE FUNCTION account.audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    target text := coalesce(after, before) ->> TG_ARGV[1];
    unimportant text[] := string_to_array(TG_ARGV[2], ',') || ARRAY['updated_at'];
BEGIN
    IF coalesce(current_setting('dd.principal', true), '') = '' THEN
        RETURN NULL;
    END IF;
    before := before - unimportant;
    after := after - unimportant;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, after -> b.key)
        INTO before, after
        FROM jsonb_each(before) b
        WHERE b.value IS DISTINCT FROM after -> b.key;
        IF before IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM account.note(TG_ARGV[0], target, account.without_secrets(before), account.without_secrets(after));
    RETURN NULL;
END
$$;

-- Many rows were written: how many is told.
CREATE FUNCTION account.audit_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint := (SELECT count(*) FROM written);
BEGIN
    IF n > 0 THEN
        PERFORM account.note(TG_ARGV[0], '', NULL, jsonb_build_object('rows', n));
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON dealer.dealers
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('dealer', 'dealer_id', 'moved_at');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON dealer.upstream
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('upstream', 'name', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON dealer.credential
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('credential', 'id', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON dealer.setting
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('setting', 'name', 'changed_at,changed_by');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF cancel_asked_at ON jobs.job_record
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('job', 'id', 'version,work_key');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON jobs.schedule
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('schedule', 'id', 'version');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON jobs.pause
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('pause', 'target', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON jobs.freshness
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('freshness', 'dealer_id', '');
CREATE TRIGGER audit AFTER UPDATE OF flagged_at, blocked_until ON jobs.credential_state
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('credential', 'credential_id', 'calls,quota_day');
CREATE TRIGGER audit AFTER UPDATE ON feed.quarantine REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION account.audit_count('quarantine');
CREATE TRIGGER audit AFTER UPDATE ON feed.drift REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION account.audit_count('drift');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON account.users
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('user', 'login', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF ended_at ON account.session
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('session', 'id', 'seen_at');
CREATE TRIGGER audit AFTER INSERT ON account.link
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('link', 'user_id', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF name, role, all_dealers, dealers, expires_at, revoked_at, successor
    ON account.api_key
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('key', 'id', 'used_at');

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA account FROM PUBLIC;
-- What leaves no row is noted by the service itself.
GRANT USAGE ON SCHEMA account TO dd_dealer, dd_analytics;
GRANT EXECUTE ON FUNCTION account.note TO dd_dealer, dd_account, dd_analytics;
GRANT EXECUTE ON FUNCTION account.verify_audit TO dd_account;
GRANT SELECT ON account.audit, account.audit_link TO dd_account;
