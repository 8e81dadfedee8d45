-- Prospects by name or telephone number, for those who look at figures.
--
-- Analytics answers, so that the dashboard needs nobody else; but it has no right to telephone numbers, and
-- looks for nobody without an entry of the trail. So this runs as the owner, tells keys alone, and notes in the
-- same transaction: who looked, why, by what and how many were found, never what was typed.
--
-- SQLSTATEs: DD093 this principal looked too often

-- By dealer, the latest day first; p_most at most and one more, which says that there are more. There is no
-- index of names or numbers, which each store would have to keep: rows are read until the time is over, then
-- whole is false.
CREATE FUNCTION feed.find_prospects(p_dealer text, p_name text, p_phone text, p_reason text, p_most int,
                                    OUT dealers text[], OUT ids text[], OUT whole boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
SET enable_seqscan = off SET enable_sort = off SET enable_bitmapscan = off AS $$
DECLARE
    most_an_hour CONSTANT int := 120;
    give_up timestamptz;
    who CONSTANT text := nullif(current_setting('dd.principal', true), '');
    words CONSTANT text[] := ARRAY(SELECT '%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%'
                                   FROM regexp_split_to_table(lower(btrim(p_name)), '\s+') w);
    phone CONSTANT text := feed.phone_digits(p_phone);
    dealer text;
    k record;
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION 'nobody looks for people without a name' USING ERRCODE = 'DD081';
    END IF;
    -- Of one principal one at a time, so that none passes the limit beside another.
    IF NOT pg_try_advisory_xact_lock(hashtextextended('feed.find_prospects ' || who, 0)) THEN
        RAISE EXCEPTION 'another search is under way' USING ERRCODE = 'lock_not_available';
    END IF;
    give_up := clock_timestamp() + interval '1 second';
    IF (SELECT count(*) FROM account.audit a
        WHERE a.at > clock_timestamp() - interval '1 hour' AND a.principal = who AND a.action = 'prospect.find')
       >= most_an_hour THEN
        RAISE EXCEPTION 'too many searches in the last hour' USING ERRCODE = 'DD093';
    END IF;
    dealers := '{}';
    ids := '{}';
    whole := true;
    <<every_dealer>>
    FOR dealer IN SELECT d.dealer_id FROM dealer.dealers d
                  WHERE (p_dealer IS NULL OR d.dealer_id = p_dealer)
                    AND ARRAY['*', d.dealer_id::text] && feed.rows_in_sight()
                  ORDER BY d.dealer_id
    LOOP
        -- Once the time is over every row fits, so that the next one ends it.
        FOR k IN SELECT p.id_prospect, clock_timestamp() > give_up AS late
                 FROM feed.prospect p
                 WHERE p.dealer_id = dealer
                   AND (clock_timestamp() > give_up
                        OR CASE WHEN phone IS NULL THEN lower(p.nama_lengkap) LIKE ALL (words)
                                ELSE translate(p.no_kontak, ' -.()+/', '') LIKE '%' || phone
                                     AND feed.phone_digits(p.no_kontak) = phone
                                     OR translate(p.no_kontak_kantor, ' -.()+/', '') LIKE '%' || phone
                                     AND feed.phone_digits(p.no_kontak_kantor) = phone
                           END)
                 ORDER BY p.day DESC, p.id_prospect DESC
                 LIMIT p_most + 1 - cardinality(ids)
        LOOP
            whole := NOT k.late;
            EXIT every_dealer WHEN k.late;
            dealers := dealers || dealer;
            ids := ids || k.id_prospect;
        END LOOP;
        EXIT WHEN cardinality(ids) > p_most;
    END LOOP;
    PERFORM account.note('prospect', coalesce(p_dealer, '*'), NULL,
                         jsonb_build_object('looked_for', CASE WHEN phone IS NULL THEN 'name' ELSE 'phone' END,
                                            'found', least(cardinality(ids), p_most), 'reason', p_reason));
END
$$;

REVOKE EXECUTE ON FUNCTION feed.find_prospects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed.find_prospects TO dd_analytics;
