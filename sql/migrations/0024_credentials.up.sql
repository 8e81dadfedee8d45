-- The master key may be changed while everything runs: each sealed text names the key that opens it, and a
-- key that is being given up seals nothing any more. What people see of a stored API key: how it ends. And
-- calls that only test a connection.
--
-- SQLSTATE DD080: a text is sealed with a key that is given up.

ALTER TABLE dealer.credential ADD COLUMN key_hint text CHECK (length(key_hint) <= 2);
COMMENT ON COLUMN dealer.credential.key_hint IS 'The last two characters of the API key; null = it is short, or was set before';
GRANT SELECT (key_hint) ON dealer.credential TO dd_scheduler, dd_analytics, dd_reader;

CREATE TABLE dealer.retired_key (
    id         text PRIMARY KEY,
    retired_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dealer.retired_key IS 'Master keys that seal nothing any more; what they sealed is being sealed anew';
COMMENT ON COLUMN dealer.retired_key.id IS 'As sealed texts name it, before the colon';
GRANT SELECT, INSERT, UPDATE, DELETE ON dealer.retired_key TO dd_dealer;
GRANT SELECT ON dealer.retired_key TO dd_scheduler, dd_fetcher, dd_analytics, dd_reader;
CREATE TRIGGER audit AFTER INSERT OR DELETE ON dealer.retired_key
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('master_key', 'id', '');

-- Whoever writes sealed texts holds the lock to the end of its transaction. So once retire_keys() has had
-- it alone, everything that a retired key has sealed is there to be seen, and nothing more will come.
CREATE FUNCTION dealer.refuse_retired() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(25700, 24);
    IF EXISTS (SELECT
               FROM jsonb_each_text(to_jsonb(NEW)) fresh
               JOIN dealer.retired_key k ON k.id = split_part(fresh.value, ':', 1)
               WHERE fresh.key IN ('api_key', 'secret_key', 'api_token')
                 AND (TG_OP = 'INSERT' OR fresh.value IS DISTINCT FROM to_jsonb(OLD) ->> fresh.key)) THEN
        RAISE EXCEPTION 'sealed with a master key that is given up' USING ERRCODE = 'DD080';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_retired BEFORE INSERT ON dealer.credential
    FOR EACH ROW EXECUTE FUNCTION dealer.refuse_retired();
CREATE TRIGGER refuse_retired_change BEFORE UPDATE ON dealer.credential
    FOR EACH ROW
    WHEN ((NEW.api_key, NEW.secret_key) IS DISTINCT FROM (OLD.api_key, OLD.secret_key))
    EXECUTE FUNCTION dealer.refuse_retired();
CREATE TRIGGER refuse_retired BEFORE INSERT ON dealer.dealers
    FOR EACH ROW EXECUTE FUNCTION dealer.refuse_retired();
CREATE TRIGGER refuse_retired_change BEFORE UPDATE ON dealer.dealers
    FOR EACH ROW
    WHEN ((NEW.api_key, NEW.secret_key, NEW.api_token) IS DISTINCT FROM (OLD.api_key, OLD.secret_key, OLD.api_token))
    EXECUTE FUNCTION dealer.refuse_retired();

-- From its end on these seal nothing any more. A key that was given up does not come back: whoever has it
-- in front has an old file.
CREATE FUNCTION dealer.retire_keys(p_current text, p_retired text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(25700, 24);
    IF EXISTS (SELECT FROM dealer.retired_key WHERE id = p_current) THEN
        RAISE EXCEPTION 'master key % is given up', p_current USING ERRCODE = 'DD080';
    END IF;
    INSERT INTO dealer.retired_key (id)
    SELECT k FROM unnest(p_retired) k WHERE k <> p_current
    ON CONFLICT DO NOTHING;
END
$$;

-- Sealing anew changes nothing that anybody would have to be told.
DROP TRIGGER tell_changed ON dealer.dealers;
CREATE TRIGGER tell_changed BEFORE INSERT OR UPDATE ON dealer.dealers
    FOR EACH ROW
    WHEN (current_setting('dd.resealing', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION dealer.tell_changed();

-- The same key and secret under another master key. When the change of keys let the key be stored once
-- more (two processes, of which one had not heard of it), the dealers move to that row, and this one
-- stays for the calls that name it. True: they moved.
CREATE FUNCTION dealer.reseal_credential(p_id bigint, p_fingerprint bytea, p_api_key text, p_secret_key text)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    twin bigint;
BEGIN
    PERFORM set_config('dd.resealing', 'on', true);
    SELECT t.id INTO twin
    FROM dealer.credential c
    JOIN dealer.credential t ON t.upstream_id = c.upstream_id AND t.fingerprint = p_fingerprint AND t.id <> c.id
    WHERE c.id = p_id;
    IF twin IS NOT NULL THEN
        UPDATE dealer.dealers SET credential_id = twin WHERE credential_id = p_id;
    END IF;
    UPDATE dealer.credential
    SET api_key = p_api_key, secret_key = p_secret_key,
        fingerprint = CASE WHEN twin IS NULL THEN p_fingerprint
                           ELSE decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex') END
    WHERE id = p_id;
    RETURN twin IS NOT NULL;
END
$$;

CREATE FUNCTION dealer.reseal_dealer(p_dealer_id text, p_api_key text, p_api_token text, p_secret_key text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('dd.resealing', 'on', true);
    UPDATE dealer.dealers SET api_key = p_api_key, api_token = p_api_token, secret_key = p_secret_key
    WHERE dealer_id = p_dealer_id;
END
$$;

REVOKE EXECUTE ON FUNCTION dealer.refuse_retired, dealer.retire_keys, dealer.reseal_credential, dealer.reseal_dealer
    FROM PUBLIC;

-- A call that tests a dealer's connection and stores nothing: whether it may be made now, and with what; it
-- is counted at once, as any other. p_fingerprints: of an API key that is tested instead of the stored one, by
-- which it may be known all the same; null = the stored one. waits_for: why it must not be made (the words of
-- jobs.lanes); null = it may. A dealer that is inactive or whose key is flagged may be tested: that is what
-- a test is for. No row: there is no such dealer.
CREATE FUNCTION jobs.begin_probe(p_at timestamptz, p_dealer text, p_upstream text, p_fingerprints text[], p_feed text,
                                 p_day date)
RETURNS TABLE (dealer_id text, upstream text, upstream_dealer_id text, feed text, day date, base_url text, formula text,
               api_key text, secret_key text, allow_private boolean, connect_timeout_ms int,
               first_byte_timeout_ms int, body_timeout_ms int, total_timeout_ms int, skew_ms bigint,
               credential_id bigint, waits_for text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who record;
    u record;
    stored record;
    counted bigint;
    held text;
BEGIN
    SELECT d.dealer_id, coalesce(d.upstream_dealer_id, d.dealer_id) AS code, d.credential_id INTO who
    FROM dealer.dealers d
    WHERE d.dealer_id = p_dealer;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT c.id, c.upstream_id, c.api_key, c.secret_key INTO stored
    FROM dealer.credential c
    WHERE c.id = who.credential_id;
    SELECT x.* INTO u
    FROM dealer.upstream x
    WHERE CASE WHEN p_upstream IS NOT NULL THEN x.name = p_upstream
               WHEN stored.id IS NOT NULL THEN x.id = stored.upstream_id
               ELSE (SELECT count(*) FROM dealer.upstream) = 1 END;
    IF u.id IS NULL THEN
        RETURN QUERY SELECT who.dealer_id::text, NULL::text, who.code::text, p_feed, p_day, NULL::text, NULL::text,
                            NULL::text, NULL::text, NULL::boolean, NULL::int, NULL::int, NULL::int, NULL::int,
                            NULL::bigint, NULL::bigint, 'no_upstream';
        RETURN;
    END IF;
    IF p_fingerprints IS NULL THEN
        counted := CASE WHEN stored.upstream_id = u.id THEN stored.id END;
    ELSE
        SELECT c.id INTO counted
        FROM dealer.credential c
        WHERE c.upstream_id = u.id AND c.fingerprint IN (SELECT decode(f, 'hex') FROM unnest(p_fingerprints) f);
    END IF;
    PERFORM jobs.hold_upstreams(ARRAY[u.id]);
    SELECT CASE
               WHEN EXISTS (SELECT FROM jobs.pause p
                            WHERE (p.scope, p.target) IN (('all', ''), ('upstream', u.name), ('feed', p_feed),
                                                          ('dealer', p_dealer), ('credential', counted::text)))
                   THEN 'paused'
               WHEN s.open_until > p_at THEN 'breaker_open'
               WHEN k.blocked_until > p_at
                   THEN CASE k.blocked_code WHEN 'upstream.quota' THEN 'quota' ELSE 'blocked' END
               WHEN jobs.quota_left(p_at, u.zone, u.quota, 0, k.quota_day, k.calls) <= 0 THEN 'quota'
               WHEN (SELECT r.room FROM jobs.upstream_room(p_at, ARRAY[u.id]) r) <= 0 THEN 'busy'
           END
    INTO held
    FROM (SELECT u.id AS id) x
    LEFT JOIN jobs.upstream_state s ON s.upstream_id = x.id
    LEFT JOIN jobs.credential_state k ON k.credential_id = counted;
    IF held IS NULL THEN
        UPDATE jobs.upstream_state s
        SET tokens = jobs.tokens_at(p_at, u.burst, u.calls_per_minute, s.tokens, s.tokens_at) - 1, tokens_at = p_at
        WHERE s.upstream_id = u.id AND u.calls_per_minute IS NOT NULL;
        PERFORM jobs.count_probe(p_at, counted, 1);
    END IF;
    RETURN QUERY
    SELECT who.dealer_id::text, u.name, who.code::text, p_feed, coalesce(p_day, (p_at AT TIME ZONE u.zone)::date - 1),
           u.base_url, u.formula, stored.api_key, stored.secret_key, u.allow_private, u.connect_timeout_ms,
           u.first_byte_timeout_ms, u.body_timeout_ms, u.total_timeout_ms,
           coalesce((SELECT s.skew_ms FROM jobs.upstream_state s WHERE s.upstream_id = u.id), 0), counted, held;
END
$$;

-- So many calls of a test, in the quota of a credential that is stored.
CREATE FUNCTION jobs.count_probe(p_at timestamptz, p_credential bigint, p_calls int) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO jobs.credential_state AS s (credential_id, quota_day, calls)
    SELECT c.id, (p_at AT TIME ZONE u.zone)::date, p_calls
    FROM dealer.credential c
    JOIN dealer.upstream u ON u.id = c.upstream_id
    WHERE c.id = p_credential
    ON CONFLICT (credential_id) DO UPDATE
    SET quota_day = excluded.quota_day,
        calls = CASE WHEN s.quota_day = excluded.quota_day THEN s.calls ELSE 0 END + excluded.calls;
$$;
REVOKE EXECUTE ON FUNCTION jobs.begin_probe, jobs.count_probe FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.begin_probe, jobs.count_probe TO dd_dealer;
GRANT USAGE ON SCHEMA jobs TO dd_dealer;
