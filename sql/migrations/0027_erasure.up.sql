-- Finding, telling and erasing what is stored about one person.
--
-- What was erased comes again with the next call that brings the record, so something has to be
-- remembered: a keyed hash of dealer and prospect, which nobody can turn back by trying numbers. Its key is
-- kept sealed with the master key (dealer.erasure_key); who stores knows it as the setting
-- dd.erasure_key of its session. The row stays for the counts, with the upstream's id, without which
-- the next call would store it as a new one; its personal columns (feeds.def) stay null.
--
-- SQLSTATEs: DD090 the session does not know the key    DD091 nobody like that is stored
--            DD092 more records fit than belong to one person

CREATE TABLE dealer.erasure_key (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret_key text NOT NULL
);
COMMENT ON TABLE dealer.erasure_key IS 'The key of the hashes in feed.erased, sealed; made with the first erasure';
GRANT SELECT, INSERT, UPDATE, DELETE ON dealer.erasure_key TO dd_dealer;
GRANT SELECT (secret_key) ON dealer.erasure_key TO dd_fetcher;
CREATE TRIGGER refuse_retired BEFORE INSERT OR UPDATE ON dealer.erasure_key
    FOR EACH ROW EXECUTE FUNCTION dealer.refuse_retired();

CREATE TABLE feed.erased (
    hash      bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
COMMENT ON TABLE feed.erased IS 'Prospects whose personal data were erased and are not stored again';
COMMENT ON COLUMN feed.erased.hash IS 'Keyed hash of dealer and prospect, or of what a record without them says';
GRANT SELECT ON feed.erased TO dd_fetcher;

CREATE FUNCTION feed.erased_hash(p_key bytea, p_dealer text, p_id text) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(p_key || sha256(p_key || convert_to(p_dealer || E'\n' || p_id, 'UTF8')));
$$;

-- ---- what is erased stays erased ----

CREATE FUNCTION feed.session_key() RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hex text := nullif(current_setting('dd.erasure_key', true), '');
BEGIN
    IF hex IS NULL THEN
        RAISE EXCEPTION 'the key of erasures is not known' USING ERRCODE = 'DD090';
    END IF;
    RETURN decode(hex, 'hex');
END
$$;

-- The id that a record names, as far as it can be told of one that was cut or is no JSON.
CREATE FUNCTION feed.id_in(p_raw text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT btrim(value, E' \t\r\n') FROM jsonb_each_text(p_raw::jsonb)
            WHERE lower(btrim(key, E' \t\r\n')) = 'idprospect' LIMIT 1);
EXCEPTION
    WHEN data_exception OR program_limit_exceeded THEN
        RETURN btrim(replace(substring(p_raw FROM '(?i)"\s*idProspect\s*"\s*:\s*"?([^",}]*)'), '\/', '/'), E' \t\r\n');
END
$$;

-- Staged records whose persons were erased.
CREATE FUNCTION feed.blank_staged() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    known CONSTANT bytea := feed.session_key();
BEGIN
    UPDATE pg_temp.stage_prospect s
    SET nama_lengkap = NULL, no_kontak = NULL, no_ktp = NULL, alamat = NULL, kode_kelurahan = NULL, kode_pos = NULL,
        latitude = NULL, longitude = NULL, alamat_kantor = NULL, kode_kelurahan_kantor = NULL,
        kode_pos_kantor = NULL, kode_pekerjaan = NULL, no_kontak_kantor = NULL, tanggal_prospect_raw = NULL,
        tanggal_appointment_raw = NULL, created_time_raw = NULL, modified_time_raw = NULL
    FROM feed.erased e
    WHERE e.hash = feed.erased_hash(known, s.dealer_id, s.id_prospect);
END
$$;

-- The first that looks at the staged rows once their dealers are held; what was erased before is seen here.
ALTER FUNCTION feed.join_repeats() RENAME TO join_same;
CREATE FUNCTION feed.join_repeats() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM feed.erased) THEN
        PERFORM feed.blank_staged();
    END IF;
    PERFORM feed.join_same();
END
$$;

-- A record that names no prospect, or its call was for several dealers and it names none, is known by what it says.
-- No id has a line end in front.
CREATE FUNCTION feed.erased_content(p_key bytea, p_dealer text, p_raw text) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT feed.erased_hash(p_key, p_dealer, E'\n' || p_raw);
$$;

-- A record to be set aside, without what was erased. One that was cut before its id may be anybody's.
CREATE FUNCTION feed.without_erased(p_key bytea, p_dealer text, p_raw text, p_whole boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named text := feed.id_in(p_raw);
    found bytea;
BEGIN
    IF named IS NULL AND NOT p_whole THEN
        RETURN '{"cut": true}';
    END IF;
    SELECT e.hash INTO found
    FROM (SELECT feed.erased_hash(p_key, d, named) AS hash
          FROM unnest(p_dealer || CASE WHEN p_dealer = '*' THEN ARRAY(SELECT dealer_id::text FROM dealer.dealers) END) d
          UNION ALL
          SELECT feed.erased_content(p_key, p_dealer, p_raw)) known
    JOIN feed.erased e ON e.hash = known.hash
    LIMIT 1;
    RETURN CASE WHEN found IS NULL THEN p_raw
                ELSE format('{"erased": "%s"}', left(encode(found, 'hex'), 16)) END;
END
$$;

ALTER FUNCTION feed.set_aside(timestamptz, bigint, int, text, timestamptz, text[], text[], text[], text[], boolean[])
    RENAME TO put_aside;
CREATE FUNCTION feed.set_aside(p_at timestamptz, p_task bigint, p_epoch int, p_feed text,
                               p_requested_at timestamptz, p_dealers text[], p_reasons text[],
                               p_fields text[], p_raws text[], p_whole boolean[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known bytea;
    raws text[] := p_raws;
    whole boolean[] := p_whole;
BEGIN
    PERFORM feed.hold_quarantine(p_task, p_epoch);
    IF EXISTS (SELECT FROM feed.erased) THEN
        known := feed.session_key();
        SELECT array_agg(t.kept ORDER BY t.place), array_agg(t.whole AND t.kept = t.raw ORDER BY t.place)
        INTO raws, whole
        FROM (SELECT u.*, feed.without_erased(known, u.dealer, u.raw, u.whole) AS kept
              FROM unnest(p_dealers, p_raws, p_whole) WITH ORDINALITY u (dealer, raw, whole, place)) t;
    END IF;
    PERFORM feed.put_aside(p_at, p_task, p_epoch, p_feed, p_requested_at, p_dealers, p_reasons, p_fields, raws, whole);
END
$$;

-- ---- who is meant ----

-- A telephone number by the digits that it has in every spelling: +62 812-9876-4321, 0812 9876 4321.
CREATE FUNCTION feed.phone_digits(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT regexp_replace(regexp_replace(p_text, '\D', '', 'g'), '^(620|62|0)', '');
$$;

-- The prospects: one by dealer and id, or all with a telephone number (also the office's), or with an
-- identity number, of one dealer or all; at most 101.
CREATE FUNCTION feed.prospects_of(p_dealer text, p_id text, p_phone text, p_ktp text) RETURNS SETOF feed.prospect
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    phone CONSTANT text := feed.phone_digits(p_phone);
    ktp CONSTANT text := regexp_replace(p_ktp, '\D', '', 'g');
BEGIN
    IF p_id IS NOT NULL THEN
        RETURN QUERY SELECT p.* FROM feed.prospect p WHERE p.dealer_id = p_dealer AND p.id_prospect = p_id;
    ELSIF p_phone IS NOT NULL THEN
        RETURN QUERY
        SELECT p.*
        FROM feed.prospect p
        WHERE (p_dealer IS NULL OR p.dealer_id = p_dealer)
          AND (translate(p.no_kontak, ' -.()+/', '') LIKE '%' || phone AND feed.phone_digits(p.no_kontak) = phone
               OR translate(p.no_kontak_kantor, ' -.()+/', '') LIKE '%' || phone
                  AND feed.phone_digits(p.no_kontak_kantor) = phone)
        LIMIT 101;
    ELSE
        RETURN QUERY
        SELECT p.*
        FROM feed.prospect p
        WHERE (p_dealer IS NULL OR p.dealer_id = p_dealer) AND translate(p.no_ktp, ' -.()+/', '') = ktp
        LIMIT 101;
    END IF;
END
$$;

-- What is set aside of them: records that name one of the ids, that hold the number that was asked for, or
-- that name no id and hold a number of the prospect. p_dealer null = of any.
CREATE FUNCTION feed.set_aside_of(p_dealer text, p_ids text[], p_phone text, p_ktp text, p_numbers text[])
RETURNS SETOF feed.quarantine
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- Too short, or the same digit throughout: the upstream's word for none.
    numbers CONSTANT text[] := ARRAY(SELECT DISTINCT n FROM unnest(p_numbers) n WHERE n ~ '^\d{9,}$' AND n !~ '^(\d)\1*$');
    asked CONSTANT text[] := ARRAY(SELECT n FROM unnest(ARRAY[feed.phone_digits(p_phone),
                                                              regexp_replace(p_ktp, '\D', '', 'g')]) n WHERE n <> '');
BEGIN
    RETURN QUERY
    SELECT q.*
    FROM feed.quarantine q
    CROSS JOIN LATERAL (SELECT feed.id_in(q.raw) AS id, translate(q.raw, ' -.()+/\', '') AS packed) r
    WHERE (p_dealer IS NULL OR q.dealer_id IN (p_dealer, '*'))
      AND (r.id = ANY (p_ids)
           OR EXISTS (SELECT FROM unnest(asked || CASE WHEN coalesce(r.id, '') = '' THEN numbers END) n
                      WHERE r.packed ~ ('(^|\D)(620|62|0)?' || n || '(\D|$)')));
END
$$;

-- All of one person: ids of prospects and of records set aside, the latter's own ids, and the dealers.
CREATE FUNCTION feed.meant_person(p_dealer text, p_id text, p_phone text, p_ktp text, OUT dealers text[],
                                  OUT prospects jsonb, OUT aside bigint[], OUT named jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids text[];
    numbers text[];
    n bigint;
BEGIN
    SELECT count(*), coalesce(jsonb_agg(jsonb_build_array(p.dealer_id, p.id_prospect)), '[]'),
           coalesce(array_agg(p.id_prospect), '{}'),
           array_agg(feed.phone_digits(p.no_kontak)) || array_agg(regexp_replace(p.no_ktp, '\D', '', 'g'))
    INTO n, prospects, ids, numbers
    FROM feed.prospects_of(p_dealer, p_id, p_phone, p_ktp) p;
    IF n > 100 THEN
        RAISE EXCEPTION 'more than 100 prospects fit' USING ERRCODE = 'DD092';
    END IF;
    IF p_id IS NOT NULL AND n = 0 THEN
        ids := ARRAY[p_id];
    END IF;
    SELECT count(*), coalesce(array_agg(q.id ORDER BY q.id), '{}'),
           coalesce(jsonb_agg(jsonb_build_array(q.dealer_id, feed.id_in(q.raw)))
                        FILTER (WHERE q.dealer_id <> '*' AND feed.id_in(q.raw) <> ''), '[]')
    INTO n, aside, named
    FROM feed.set_aside_of(p_dealer, ids, p_phone, p_ktp, numbers) q;
    IF n > 1000 THEN
        RAISE EXCEPTION 'more than 1000 records that were set aside fit' USING ERRCODE = 'DD092';
    END IF;
    -- A stored version of what is set aside by now.
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(p.dealer_id, p.id_prospect)), '[]') INTO prospects
    FROM jsonb_array_elements(prospects || named) pair
    JOIN feed.prospect p ON p.dealer_id = pair ->> 0 AND p.id_prospect = pair ->> 1;
    SELECT coalesce(array_agg(DISTINCT d ORDER BY d), '{}') INTO dealers
    FROM (SELECT pair ->> 0 AS d FROM jsonb_array_elements(prospects || named) pair) found;
    IF prospects = '[]' AND aside = '{}' THEN
        RAISE EXCEPTION 'nobody like that is stored' USING ERRCODE = 'DD091';
    END IF;
END
$$;

-- ---- found, told, erased; p_key: in hex. For the dealer service, on an administrator's behalf ----

CREATE FUNCTION feed.find_person(p_key text, p_dealer text, p_id text, p_phone text, p_ktp text)
RETURNS TABLE (dealer_id text, id_prospect text, nama_lengkap text, no_kontak text, no_ktp text,
               tanggal_prospect date, units bigint, erased boolean, set_aside bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    meant record;
BEGIN
    SELECT * INTO meant FROM feed.meant_person(p_dealer, p_id, p_phone, p_ktp);
    PERFORM account.note('person', '', NULL, jsonb_build_object('found', jsonb_array_length(meant.prospects),
                                                                'set_aside', cardinality(meant.aside)));
    RETURN QUERY
    SELECT p.dealer_id::text, p.id_prospect, feed.masked(p.nama_lengkap), feed.masked_phone(p.no_kontak),
           feed.masked_number(p.no_ktp), p.tanggal_prospect,
           (SELECT count(*) FROM feed.prospect_unit u WHERE (u.dealer_id, u.id_prospect) = (p.dealer_id, p.id_prospect)),
           EXISTS (SELECT FROM feed.erased e
                   WHERE e.hash = feed.erased_hash(decode(p_key, 'hex'), p.dealer_id, p.id_prospect)),
           cardinality(meant.aside)::bigint
    FROM jsonb_array_elements(meant.prospects) pair
    JOIN feed.prospect p ON p.dealer_id = pair ->> 0 AND p.id_prospect = pair ->> 1
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, cardinality(meant.aside)::bigint
    WHERE meant.prospects = '[]'
    ORDER BY 1, 2;
END
$$;

-- All that is stored, as one document. Entries of the trail: what was shown of the dealer's prospects or of
-- these records, and what was done about this person; their reasons are those that people gave.
CREATE FUNCTION feed.export_person(p_key text, p_dealer text, p_id text, p_phone text, p_ktp text, p_reason text,
                                   OUT document text, OUT prospects bigint, OUT set_aside bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    meant record;
    hashes text[];
BEGIN
    SELECT * INTO meant FROM feed.meant_person(p_dealer, p_id, p_phone, p_ktp);
    hashes := ARRAY(SELECT DISTINCT encode(feed.erased_hash(decode(p_key, 'hex'), pair ->> 0, pair ->> 1), 'hex')
                    FROM jsonb_array_elements(meant.prospects || meant.named) pair);
    document := jsonb_pretty(jsonb_build_object(
        'exported_at', now(),
        'prospects', (SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('units', (
                                 SELECT coalesce(jsonb_agg(to_jsonb(u) ORDER BY u.position), '[]')
                                 FROM feed.prospect_unit u
                                 WHERE (u.dealer_id, u.id_prospect) = (p.dealer_id, p.id_prospect)))), '[]')
                      FROM jsonb_array_elements(meant.prospects) pair
                      JOIN feed.prospect p ON p.dealer_id = pair ->> 0 AND p.id_prospect = pair ->> 1),
        'set_aside', (SELECT coalesce(jsonb_agg(to_jsonb(q) - 'hash' ORDER BY q.id), '[]')
                      FROM feed.quarantine q WHERE q.id = ANY (meant.aside)),
        'trail', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', a.at, 'principal', a.principal, 'role', a.role,
                             'action', a.action, 'kind', a.kind, 'target', a.target, 'after', a.after) ORDER BY a.seq),
                             '[]')
                  FROM account.audit a
                  WHERE a.kind = 'prospect' AND a.target IN (SELECT '*' UNION ALL SELECT unnest(meant.dealers))
                     OR a.kind = 'quarantine' AND a.target IN (SELECT unnest(meant.aside)::text)
                     OR a.kind = 'person' AND a.target = ANY (hashes))));
    prospects := jsonb_array_length(meant.prospects);
    set_aside := cardinality(meant.aside);
    IF octet_length(document) > 4000000 THEN
        RAISE EXCEPTION 'the document is too large' USING ERRCODE = 'DD092';
    END IF;
    PERFORM account.note('person', h, NULL, jsonb_build_object('exported', true, 'reason', p_reason, 'prospects', prospects,
                                                               'set_aside', set_aside))
    FROM unnest(CASE hashes WHEN '{}' THEN ARRAY[''] ELSE hashes END) h;
END
$$;

-- Takes a person's data out of all that is stored, in this one transaction, or counts them alone. The trail
-- holds who, why, how many and the hash. Locks as a store does: dealers, rows, versions.
CREATE FUNCTION feed.erase_person(p_at timestamptz, p_key text, p_dealer text, p_id text, p_phone text, p_ktp text,
                                  p_reason text, p_dry_run boolean,
                                  OUT prospects bigint, OUT units bigint, OUT set_aside bigint, OUT hashes text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET lock_timeout = '20s' AS $$
DECLARE
    meant record;
    known CONSTANT bytea := decode(p_key, 'hex');
BEGIN
    SELECT * INTO meant FROM feed.meant_person(p_dealer, p_id, p_phone, p_ktp);
    IF NOT p_dry_run THEN
        PERFORM feed.hold_dealers('prsp', meant.dealers);
        -- What a store brought until then is meant, too.
        SELECT * INTO meant FROM feed.meant_person(p_dealer, p_id, p_phone, p_ktp);
    END IF;
    hashes := ARRAY(SELECT DISTINCT encode(feed.erased_hash(known, pair ->> 0, pair ->> 1), 'hex')
                    FROM jsonb_array_elements(meant.prospects || meant.named) pair);
    prospects := jsonb_array_length(meant.prospects);
    set_aside := cardinality(meant.aside);
    units := (SELECT count(*) FROM jsonb_array_elements(meant.prospects) pair
              JOIN feed.prospect_unit u ON u.dealer_id = pair ->> 0 AND u.id_prospect = pair ->> 1);
    IF p_dry_run THEN
        RETURN;
    END IF;
    UPDATE feed.prospect p
    SET nama_lengkap = NULL, no_kontak = NULL, no_ktp = NULL, alamat = NULL, kode_kelurahan = NULL, kode_pos = NULL,
        latitude = NULL, longitude = NULL, alamat_kantor = NULL, kode_kelurahan_kantor = NULL,
        kode_pos_kantor = NULL, kode_pekerjaan = NULL, no_kontak_kantor = NULL, tanggal_prospect_raw = NULL,
        tanggal_appointment_raw = NULL, created_time_raw = NULL, modified_time_raw = NULL
    FROM jsonb_array_elements(meant.prospects) pair
    WHERE p.dealer_id = pair ->> 0 AND p.id_prospect = pair ->> 1;
    INSERT INTO feed.erased (hash, erased_at)
    SELECT h, p_at
    FROM feed.quarantine q
    CROSS JOIN LATERAL (VALUES (feed.erased_content(known, q.dealer_id, q.raw)),
                               (CASE WHEN q.dealer_id = '*' AND feed.id_in(q.raw) <> ''
                                     THEN feed.erased_hash(known, '*', feed.id_in(q.raw)) END)) kept (h)
    WHERE q.id = ANY (meant.aside) AND h IS NOT NULL
    ON CONFLICT DO NOTHING;
    UPDATE feed.quarantine q
    SET raw = format('{"erased": %s}', q.id), hash = sha256(convert_to(format('{"erased": %s}', q.id), 'UTF8')),
        whole = false, state = CASE q.state WHEN 'open' THEN 'dismissed' ELSE q.state END,
        settled_at = coalesce(q.settled_at, p_at),
        settled_by = coalesce(q.settled_by, nullif(current_setting('dd.principal', true), ''))
    WHERE q.id = ANY (meant.aside);
    INSERT INTO feed.erased (hash, erased_at) SELECT decode(h, 'hex'), p_at FROM unnest(hashes) h
    ON CONFLICT DO NOTHING;
    UPDATE report.version SET version = version + 1 WHERE dealer_id = ANY (meant.dealers);
    PERFORM pg_notify('dd_data', '');
    PERFORM account.note('person', h, NULL, jsonb_build_object('erased', true, 'reason', p_reason, 'prospects', prospects,
                                                               'units', units, 'set_aside', set_aside))
    FROM unnest(CASE hashes WHEN '{}' THEN ARRAY[''] ELSE hashes END) h;
END
$$;

REVOKE EXECUTE ON FUNCTION feed.erased_hash, feed.erased_content, feed.session_key, feed.id_in, feed.blank_staged,
    feed.join_repeats, feed.without_erased, feed.set_aside, feed.phone_digits, feed.prospects_of, feed.set_aside_of, feed.meant_person,
    feed.find_person, feed.export_person, feed.erase_person FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed.erased_hash, feed.erased_content, feed.session_key, feed.id_in, feed.blank_staged,
    feed.join_repeats, feed.without_erased, feed.set_aside TO dd_fetcher;
GRANT USAGE ON SCHEMA feed TO dd_dealer;
GRANT EXECUTE ON FUNCTION feed.find_person, feed.export_person, feed.erase_person TO dd_dealer;
