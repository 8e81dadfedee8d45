-- The master key may be changed while everything runs: each sealed text names the key that opens it, and a
-- key that is being given up seals nothing any more. What people see of a stored API key: how it ends.
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
