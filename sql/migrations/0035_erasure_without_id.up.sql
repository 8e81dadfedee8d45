-- What was erased of quarantine stays away also where the record names no prospect, or its call was for several
-- dealers and it names none: then by a keyed hash of what it says, and of its id for any dealer. Until now the next
-- call set it aside again, with all that it holds.

-- No id has a line end in front.
CREATE FUNCTION feed.erased_content(p_key bytea, p_dealer text, p_raw text) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT feed.erased_hash(p_key, p_dealer, E'\n' || p_raw);
$$;

-- A record to be set aside, without what was erased. One that was cut before its id may be anybody's.
CREATE OR REPLACE FUNCTION feed.without_erased(p_key bytea, p_dealer text, p_raw text, p_whole boolean) RETURNS text
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

-- Takes a person's data out of all that is stored, in this one transaction, or counts them alone. The trail
-- holds who, why, how many and the hash. Locks as a store does: dealers, rows, versions.
CREATE OR REPLACE FUNCTION feed.erase_person(p_at timestamptz, p_key text, p_dealer text, p_id text, p_phone text, p_ktp text,
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

REVOKE EXECUTE ON FUNCTION feed.erased_content FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed.erased_content TO dd_fetcher;
