-- Dealers, the upstreams that hold their data, and the credentials to ask for them.

CREATE TABLE dealer.upstream (
    id                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                   text NOT NULL UNIQUE CHECK (name <> ''),
    base_url               text NOT NULL,
    formula                text NOT NULL DEFAULT 'concat' CHECK (formula IN ('concat', 'colon')),
    zone                   text NOT NULL DEFAULT 'Asia/Jakarta',
    max_days               int NOT NULL DEFAULT 7 CHECK (max_days BETWEEN 1 AND 366),
    history_days           int NOT NULL DEFAULT 30 CHECK (history_days >= 1),
    quota                  int CHECK (quota >= 0),
    quota_reserve          int NOT NULL DEFAULT 20 CHECK (quota_reserve BETWEEN 0 AND 100),
    concurrency            int NOT NULL DEFAULT 8 CHECK (concurrency BETWEEN 1 AND 10000),
    credential_concurrency int CHECK (credential_concurrency BETWEEN 1 AND 10000),
    dealer_concurrency     int CHECK (dealer_concurrency BETWEEN 1 AND 10000),
    calls_per_minute       int CHECK (calls_per_minute BETWEEN 1 AND 1000000),
    burst                  int NOT NULL DEFAULT 10 CHECK (burst BETWEEN 1 AND 10000),
    breaker_failures       int NOT NULL DEFAULT 10 CHECK (breaker_failures BETWEEN 1 AND 10000),
    breaker_seconds        int NOT NULL DEFAULT 30 CHECK (breaker_seconds BETWEEN 1 AND 86400),
    group_calls            boolean NOT NULL DEFAULT false,
    overlap_hours          int NOT NULL DEFAULT 24 CHECK (overlap_hours BETWEEN 0 AND 168),
    connect_timeout_ms     int NOT NULL DEFAULT 5000 CHECK (connect_timeout_ms > 0),
    first_byte_timeout_ms  int NOT NULL DEFAULT 30000 CHECK (first_byte_timeout_ms > 0),
    body_timeout_ms        int NOT NULL DEFAULT 15000 CHECK (body_timeout_ms > 0),
    total_timeout_ms       int NOT NULL DEFAULT 60000 CHECK (total_timeout_ms > 0),
    max_body_bytes         bigint NOT NULL DEFAULT 67108864 CHECK (max_body_bytes > 0),
    allow_private          boolean NOT NULL DEFAULT false,
    simulated              boolean NOT NULL DEFAULT false,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dealer.upstream IS 'A main dealer''s DGI web service';
COMMENT ON COLUMN dealer.upstream.formula IS 'How the token joins its parts: concat = key secret time, colon = with colons';
COMMENT ON COLUMN dealer.upstream.zone IS 'IANA zone of its wall-clock times';
COMMENT ON COLUMN dealer.upstream.max_days IS 'Longest window of one call, days';
COMMENT ON COLUMN dealer.upstream.history_days IS 'It holds nothing older than this, days before the call';
COMMENT ON COLUMN dealer.upstream.quota IS 'Calls that it grants a credential a day; null = not known';
COMMENT ON COLUMN dealer.upstream.concurrency IS 'Calls in flight over all fetchers';
COMMENT ON COLUMN dealer.upstream.quota_reserve IS 'Part of the quota that only manual work may use, percent';
COMMENT ON COLUMN dealer.upstream.credential_concurrency IS 'Calls in flight with one credential; null = no limit of its own';
COMMENT ON COLUMN dealer.upstream.dealer_concurrency IS 'Calls in flight for one dealer; null = no limit of its own';
COMMENT ON COLUMN dealer.upstream.calls_per_minute IS 'How fast its token bucket fills; null = no limit';
COMMENT ON COLUMN dealer.upstream.burst IS 'Size of the token bucket, calls';
COMMENT ON COLUMN dealer.upstream.breaker_failures IS 'Failed calls in a row that open its circuit breaker';
COMMENT ON COLUMN dealer.upstream.breaker_seconds IS 'How long the breaker stays open before one call probes';
COMMENT ON COLUMN dealer.upstream.group_calls IS 'One call fetches all dealers of a credential';
COMMENT ON COLUMN dealer.upstream.overlap_hours IS 'How far before its mark an incremental fetch begins';
COMMENT ON COLUMN dealer.upstream.body_timeout_ms IS 'Longest silence within an answer, ms';
COMMENT ON COLUMN dealer.upstream.connect_timeout_ms IS 'Until connected, ms';
COMMENT ON COLUMN dealer.upstream.first_byte_timeout_ms IS 'From sent request to first byte, ms';
COMMENT ON COLUMN dealer.upstream.total_timeout_ms IS 'Whole call, ms';
COMMENT ON COLUMN dealer.upstream.max_body_bytes IS 'Largest answer taken, bytes';
COMMENT ON COLUMN dealer.upstream.allow_private IS 'Its address may lie in a private or loopback range';
COMMENT ON COLUMN dealer.upstream.simulated IS 'Its data are made up: labelled, and never part of "all dealers"';

CREATE TABLE dealer.credential (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upstream_id bigint NOT NULL REFERENCES dealer.upstream (id),
    fingerprint bytea NOT NULL,
    api_key     text NOT NULL,
    secret_key  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (upstream_id, fingerprint)
);
COMMENT ON TABLE dealer.credential IS 'A key pair for an upstream; one often serves a whole dealer group';
COMMENT ON COLUMN dealer.credential.fingerprint IS 'HMAC of the API key: finds an equal key without opening any';
COMMENT ON COLUMN dealer.credential.api_key IS 'Sealed with the master key';
COMMENT ON COLUMN dealer.credential.secret_key IS 'Sealed with the master key';

CREATE TABLE dealer.dealers (
    id                 uuid NOT NULL DEFAULT gen_random_uuid(),
    dealer_id          varchar(10) NOT NULL,
    dealer_name        varchar(255) NOT NULL,
    api_key            varchar(255),
    api_token          varchar(255),
    secret_key         varchar(255),
    is_active          boolean DEFAULT true,
    created_at         timestamp DEFAULT (now() AT TIME ZONE 'UTC'),
    updated_at         timestamp DEFAULT (now() AT TIME ZONE 'UTC'),
    credential_id      bigint REFERENCES dealer.credential (id),
    upstream_dealer_id varchar(10),
    moved_at           timestamptz,
    CONSTRAINT dealers_pkey PRIMARY KEY (id),
    CONSTRAINT dealers_dealer_id_key UNIQUE (dealer_id)
);
CREATE INDEX dealers_credential ON dealer.dealers (credential_id);
COMMENT ON TABLE dealer.dealers IS 'The dealers whose data are fetched';
COMMENT ON COLUMN dealer.dealers.dealer_id IS 'Our code of the dealer, text with leading zeros';
COMMENT ON COLUMN dealer.dealers.api_key IS 'Sealed with the master key';
COMMENT ON COLUMN dealer.dealers.api_token IS 'Sealed with the master key';
COMMENT ON COLUMN dealer.dealers.secret_key IS 'Sealed with the master key';
COMMENT ON COLUMN dealer.dealers.is_active IS 'Tasks of an inactive dealer are not leased';
COMMENT ON COLUMN dealer.dealers.created_at IS 'UTC';
COMMENT ON COLUMN dealer.dealers.updated_at IS 'UTC';
COMMENT ON COLUMN dealer.dealers.credential_id IS 'The key pair that fetches it; null = cannot be fetched';
COMMENT ON COLUMN dealer.dealers.upstream_dealer_id IS 'The upstream''s code of the dealer; null = the same as dealer_id';
COMMENT ON COLUMN dealer.dealers.moved_at IS 'Calls that began before may have asked for another code, or another upstream; null = none';

CREATE FUNCTION dealer.tell_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := now() AT TIME ZONE 'UTC';
    END IF;
    PERFORM pg_notify('dd_dealer', NEW.dealer_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER tell_changed BEFORE INSERT OR UPDATE ON dealer.dealers
    FOR EACH ROW EXECUTE FUNCTION dealer.tell_changed();

-- The dealers that whoever asks may see (sql/queries/process_on_behalf.sql); {*} = all, as it is for a process
-- that works for itself.
CREATE FUNCTION dealer.sight() RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(nullif(current_setting('dd.dealers', true), '')::text[], '{*}');
END
$$;

CREATE FUNCTION dealer.in_sight(p_dealer text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN dealer.sight() && ARRAY['*', p_dealer];
END
$$;

REVOKE EXECUTE ON FUNCTION dealer.sight, dealer.in_sight FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dealer.sight, dealer.in_sight TO dd_dealer, dd_scheduler, dd_analytics;

CREATE TABLE dealer.label (
    upstream_id bigint REFERENCES dealer.upstream (id) ON DELETE CASCADE,
    list        text NOT NULL,
    code        text NOT NULL,
    label       text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (upstream_id, list, code)
);
COMMENT ON TABLE dealer.label IS 'What the codes mean; an upstream''s own row goes before the official one';
COMMENT ON COLUMN dealer.label.upstream_id IS 'Null = the official list';

INSERT INTO dealer.label (list, code, label) VALUES
    ('prospect_source', '0001', 'Pameran (exhibition)'),
    ('prospect_source', '0002', 'Showroom event'),
    ('prospect_source', '0003', 'Roadshow'),
    ('prospect_source', '0004', 'Walk in'),
    ('prospect_source', '0005', 'Customer RO H1'),
    ('prospect_source', '0006', 'Customer RO H23'),
    ('prospect_source', '0007', 'Website'),
    ('prospect_source', '0008', 'Social media'),
    ('prospect_source', '0009', 'External parties (leasing, insurance)'),
    ('prospect_source', '0010', 'Mobile apps MD/dealer'),
    ('prospect_source', '0011', 'Referral'),
    ('prospect_source', '0012', 'Contact center'),
    ('prospect_source', '9999', 'Others'),
    ('follow_up_method', '1', 'SMS (WA/Line)'),
    ('follow_up_method', '2', 'Call'),
    ('follow_up_method', '3', 'Visit'),
    ('follow_up_method', '4', 'Direct touch'),
    ('test_ride', '1', 'Yes'),
    ('test_ride', '0', 'No'),
    ('follow_up_state', '1', 'Planned'),
    ('follow_up_state', '2', 'Done'),
    ('prospect_status', '1', 'Low'),
    ('prospect_status', '2', 'Medium'),
    ('prospect_status', '3', 'Hot'),
    ('prospect_status', '4', 'Deal'),
    ('prospect_status', '5', 'Not deal');
