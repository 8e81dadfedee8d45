-- The rows behind a figure: filtered, sorted by date, status or sales person, a page at a time.
--
-- Pages are found by the rollups, which tell on which days a code occurs at all: so there is no index for
-- each filter and sort, which every store would have to keep.

-- The days, by dealer and code of p_dimension, on which rows may be that have all of p_codes (dimension ->
-- code): SQL of a query with the parameters $1 dealer or null, $2 $3 first and last day, $4 p_codes,
-- $5 $6 $7 dealer, code and day to go on from, or null. Dimensions are words of the statement that asks.
CREATE FUNCTION report.prospect_days(p_dimension text, p_dealer text, p_codes jsonb, p_on boolean, p_up boolean)
RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    way CONSTANT text := CASE WHEN p_up THEN 'ASC' ELSE 'DESC' END;
    wanted text := format('SELECT c.dealer_id::text AS dealer_id, c.code, c.day FROM report.day_count c
                          WHERE c.feed = ''prsp'' AND c.dimension = %L AND c.day BETWEEN $2 AND $3', p_dimension);
    key text;
BEGIN
    IF p_dealer IS NOT NULL THEN
        wanted := wanted || ' AND c.dealer_id = $1';
    END IF;
    IF p_dimension = 'total' THEN
        wanted := wanted || ' AND c.code = ''''';
    END IF;
    FOR key IN SELECT jsonb_object_keys(p_codes) LOOP
        wanted := wanted || CASE
            WHEN key = p_dimension THEN format(' AND c.code COLLATE "C" = $4 ->> %L', key)
            ELSE format(' AND EXISTS (SELECT FROM report.day_count f
                                      WHERE f.dealer_id = c.dealer_id AND f.dimension = %L AND f.dimension <> ''total''
                                        AND f.code COLLATE "C" = $4 ->> %L AND f.day = c.day)', key, key)
        END;
    END LOOP;
    IF p_on THEN
        wanted := wanted || format(' AND (c.dealer_id, c.code COLLATE "C", c.day) %s ($5, $6, $7)',
                                 CASE WHEN p_up THEN '>=' ELSE '<=' END);
    END IF;
    RETURN wanted || format(' ORDER BY c.dealer_id %1$s, c.code COLLATE "C" %1$s, c.day %1$s', way);
END
$$;

-- Keys of a page of prospects in their order: by dealer, then p_sort, then day and id; p_up = ascending.
-- p_codes: dimension of the rollups -> the code that rows must have. p_after: where to go on: dealer, value
-- that is sorted by, day, id. value: what is sorted by. p_end: then it gives up, and says so by a row without
-- a place.
CREATE FUNCTION report.prospect_keys(p_dealer text, p_from date, p_to date, p_undated boolean, p_codes jsonb, p_id text,
                                     p_sort text, p_up boolean, p_after text[], p_limit int, p_skip int,
                                     p_end timestamptz DEFAULT NULL)
RETURNS TABLE (place bigint, dealer_id text, id_prospect text, value text, day date)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_sort = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    dimension CONSTANT text := CASE p_sort WHEN 'status' THEN 'status' WHEN 'sales' THEN 'sales' ELSE 'total' END;
    status CONSTANT text := p_codes ->> 'status';
    source CONSTANT text := p_codes ->> 'source';
    unit CONSTANT text := p_codes ->> 'unit';
    method CONSTANT text := p_codes ->> 'method';
    state CONSTANT text := p_codes ->> 'follow_up';
    sales CONSTANT text := p_codes ->> 'sales';
    district CONSTANT text := p_codes ->> 'district';
    -- Undated ones are in no range that ends.
    first_day CONSTANT date := CASE WHEN p_undated THEN '-infinity'
                                    ELSE coalesce(p_from, CASE WHEN p_to IS NULL THEN '-infinity' ELSE '4713-01-01 BC' END::date)
                               END;
    last_day CONSTANT date := CASE WHEN p_undated THEN '-infinity' ELSE coalesce(p_to, 'infinity') END;
    after_dealer CONSTANT text := p_after[1];
    after_value CONSTANT text := p_after[2];
    after_day CONSTANT date := p_after[3];
    after_id CONSTANT text := p_after[4];
    seen bigint := 0;
    at record;
    k record;
    page refcursor;
    its_status text;
    its_sales text;
    from_id text;
BEGIN
    -- One of each dealer at most.
    IF p_id IS NOT NULL THEN
        RETURN QUERY
            SELECT row_number() OVER () + p_skip, f.dealer_id, f.id_prospect, f.value, f.day
            FROM (SELECT p.dealer_id::text AS dealer_id, p.id_prospect,
                         CASE p_sort WHEN 'status' THEN coalesce(p.status_prospect, '')
                                     WHEN 'sales' THEN coalesce(p.id_sales_people, '') ELSE '' END AS value,
                         p.day
                  FROM feed.prospect p
                  WHERE p.id_prospect = p_id AND p.day BETWEEN first_day AND last_day
                    AND p.dealer_id = ANY (ARRAY(SELECT d.dealer_id FROM report.dealer d
                                                 WHERE p_dealer IS NULL OR d.dealer_id = p_dealer))
                    AND (status IS NULL OR coalesce(p.status_prospect, '') = status)
                    AND (source IS NULL OR coalesce(p.sumber_prospect, '') = source)
                    AND (method IS NULL OR coalesce(p.metode_follow_up, '') = method)
                    AND (state IS NULL OR coalesce(p.status_follow_up_prospecting, '') = state)
                    AND (sales IS NULL OR coalesce(p.id_sales_people, '') = sales)
                    AND (district IS NULL OR coalesce(p.kode_kecamatan, '') = district)
                    AND (unit IS NULL OR EXISTS (SELECT FROM feed.prospect_unit u
                                                 WHERE u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect
                                                   AND coalesce(u.kode_tipe_unit, '') = unit))
                    AND (after_dealer IS NULL OR CASE WHEN p_up THEN p.dealer_id > after_dealer
                                                      ELSE p.dealer_id < after_dealer END)
                  ORDER BY CASE WHEN p_up THEN p.dealer_id END, p.dealer_id DESC
                  OFFSET p_skip LIMIT p_limit) f;
        RETURN;
    END IF;
    FOR at IN EXECUTE report.prospect_days(dimension, p_dealer, p_codes, p_after IS NOT NULL, p_up)
        USING p_dealer, first_day, last_day, p_codes, after_dealer, after_value, after_day
    LOOP
        its_status := CASE WHEN dimension = 'status' THEN at.code ELSE status END;
        its_sales := CASE WHEN dimension = 'sales' THEN at.code ELSE sales END;
        from_id := CASE WHEN (at.dealer_id, at.code, at.day) = (after_dealer, after_value, after_day) THEN after_id END;
        -- A statement for each way: it is planned once.
        IF p_up THEN
            OPEN page FOR
                SELECT p.id_prospect
                FROM feed.prospect p
                WHERE p.dealer_id = at.dealer_id AND p.day = at.day
                  AND (its_status IS NULL OR coalesce(p.status_prospect, '') = its_status)
                  AND (source IS NULL OR coalesce(p.sumber_prospect, '') = source)
                  AND (method IS NULL OR coalesce(p.metode_follow_up, '') = method)
                  AND (state IS NULL OR coalesce(p.status_follow_up_prospecting, '') = state)
                  AND (its_sales IS NULL OR coalesce(p.id_sales_people, '') = its_sales)
                  AND (district IS NULL OR coalesce(p.kode_kecamatan, '') = district)
                  AND (unit IS NULL OR EXISTS (SELECT FROM feed.prospect_unit u
                                               WHERE u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect
                                                 AND coalesce(u.kode_tipe_unit, '') = unit))
                  AND (from_id IS NULL OR p.id_prospect > from_id)
                ORDER BY p.dealer_id ASC, p.day ASC, p.id_prospect ASC
                LIMIT p_limit + p_skip - seen;
        ELSE
            OPEN page FOR
                SELECT p.id_prospect
                FROM feed.prospect p
                WHERE p.dealer_id = at.dealer_id AND p.day = at.day
                  AND (its_status IS NULL OR coalesce(p.status_prospect, '') = its_status)
                  AND (source IS NULL OR coalesce(p.sumber_prospect, '') = source)
                  AND (method IS NULL OR coalesce(p.metode_follow_up, '') = method)
                  AND (state IS NULL OR coalesce(p.status_follow_up_prospecting, '') = state)
                  AND (its_sales IS NULL OR coalesce(p.id_sales_people, '') = its_sales)
                  AND (district IS NULL OR coalesce(p.kode_kecamatan, '') = district)
                  AND (unit IS NULL OR EXISTS (SELECT FROM feed.prospect_unit u
                                               WHERE u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect
                                                 AND coalesce(u.kode_tipe_unit, '') = unit))
                  AND (from_id IS NULL OR p.id_prospect < from_id)
                ORDER BY p.dealer_id DESC, p.day DESC, p.id_prospect DESC
                LIMIT p_limit + p_skip - seen;
        END IF;
        LOOP
            FETCH page INTO k;
            EXIT WHEN NOT FOUND;
            seen := seen + 1;
            CONTINUE WHEN seen <= p_skip;
            place := seen;
            dealer_id := at.dealer_id;
            id_prospect := k.id_prospect;
            value := at.code;
            day := at.day;
            RETURN NEXT;
        END LOOP;
        CLOSE page;
        EXIT WHEN seen >= p_limit + p_skip;
        IF clock_timestamp() > p_end THEN
            place := NULL;
            RETURN NEXT;
            EXIT;
        END IF;
    END LOOP;
END
$$;

-- How many there are, p_most at most; null = counting them would take too long. Of one code, or of none, the
-- rollups know.
CREATE FUNCTION report.prospect_matches(p_dealer text, p_from date, p_to date, p_undated boolean, p_codes jsonb, p_id text,
                                        p_most int) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    keys CONSTANT text[] := ARRAY(SELECT jsonb_object_keys(p_codes));
BEGIN
    IF p_id IS NULL AND cardinality(keys) <= 1 AND keys <> '{unit}' AND p_dealer IS NOT NULL THEN
        RETURN least(p_most, coalesce((
            SELECT sum(c.n)
            FROM report.day_count c
            WHERE c.dealer_id = p_dealer AND c.feed = 'prsp' AND c.dimension = coalesce(keys[1], 'total')
              AND (keys = '{}' OR c.code = p_codes ->> keys[1])
              AND CASE WHEN p_undated THEN c.day = '-infinity'
                       ELSE c.day >= coalesce(p_from, CASE WHEN p_to IS NULL THEN '-infinity' ELSE '4713-01-01 BC' END::date)
                            AND c.day <= coalesce(p_to, 'infinity') END), 0));
    END IF;
    RETURN (SELECT CASE WHEN count(*) = count(k.place) THEN count(*) END
            FROM report.prospect_keys(p_dealer, p_from, p_to, p_undated, p_codes, p_id, 'date', false, NULL, p_most, 0,
                                      clock_timestamp() + interval '500 ms') k);
END
$$;

REVOKE EXECUTE ON FUNCTION report.prospect_days, report.prospect_keys, report.prospect_matches FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report.prospect_days, report.prospect_keys, report.prospect_matches TO dd_analytics;
