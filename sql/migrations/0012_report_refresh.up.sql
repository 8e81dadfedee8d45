-- Keeping the rollups: the storing transaction adds its new records, names the days of those that changed,
-- and exactly these are counted anew. It holds the advisory lock of dealer and feed, so none is counted
-- twice at once.

CREATE FUNCTION report.refresh_prospect(p_dealer text, p_days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
BEGIN
    WITH parent AS MATERIALIZED (
        SELECT CASE
                   WHEN grouping(status_prospect) = 0 THEN 'status'
                   WHEN grouping(sumber_prospect) = 0 THEN 'source'
                   WHEN grouping(status_follow_up_prospecting) = 0 THEN 'follow_up'
                   ELSE 'total'
               END AS dimension,
               day,
               coalesce(status_prospect, sumber_prospect, status_follow_up_prospecting, '') AS code,
               count(*) AS n
        FROM feed.prospect
        WHERE dealer_id = p_dealer AND day = ANY (p_days)
        GROUP BY GROUPING SETS ((day), (day, status_prospect), (day, sumber_prospect),
                                (day, status_follow_up_prospecting))
    ), fresh AS MATERIALIZED (
        SELECT dimension, day, code, sum(n) AS n FROM parent GROUP BY dimension, day, code
        UNION ALL
        SELECT 'unit', p.day, coalesce(u.kode_tipe_unit, ''), count(*)
        FROM feed.prospect p
        JOIN feed.prospect_unit u ON u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect
        WHERE p.dealer_id = p_dealer AND p.day = ANY (p_days)
        GROUP BY p.day, coalesce(u.kode_tipe_unit, '')
    ), gone AS (
        DELETE FROM report.day_count c
        WHERE c.dealer_id = p_dealer AND c.feed = 'prsp' AND c.day = ANY (p_days)
          AND NOT EXISTS (SELECT FROM fresh f
                          WHERE f.dimension = c.dimension AND f.day = c.day AND f.code = c.code)
    )
    INSERT INTO report.day_count AS c (dealer_id, feed, dimension, day, code, n)
    SELECT p_dealer, 'prsp', dimension, day, code, n FROM fresh
    ORDER BY dimension, day, code
    ON CONFLICT (dealer_id, feed, dimension, day, code) DO UPDATE
    SET n = excluded.n
    WHERE c.n <> excluded.n;
END
$$;

CREATE FUNCTION report.refresh(p_dealer text, p_feed text, p_days date[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_feed = 'prsp' THEN
        PERFORM report.refresh_prospect(p_dealer, p_days);
    ELSE
        RAISE EXCEPTION 'there is no feed "%"', p_feed USING ERRCODE = 'DD016';
    END IF;
END
$$;

-- Adds so many new rows, by dealer, dimension, day and code. The caller holds the advisory locks of the
-- dealers and the feed.
CREATE FUNCTION report.add(p_feed text, p_dealers text[], p_dimensions text[], p_days date[], p_codes text[],
                           p_n bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO report.day_count AS c (dealer_id, feed, dimension, day, code, n)
    SELECT dealer_id, p_feed, dimension, day, code, n
    FROM unnest(p_dealers, p_dimensions, p_days, p_codes, p_n) a (dealer_id, dimension, day, code, n)
    ORDER BY dealer_id, dimension, day, code
    ON CONFLICT (dealer_id, feed, dimension, day, code) DO UPDATE
    SET n = c.n + excluded.n;
END
$$;

-- A store for the dealer: also one that changed no row makes the figures fresher. Commits that notify wait
-- for one another, over their fsync: so of all stores within 40 ms one tells dd_data. Whoever was told
-- looks again until nothing has changed.
CREATE FUNCTION report.raise_version(p_dealer text, p_data_as_of timestamp, p_fetched_at timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_ms CONSTANT bigint := extract(epoch FROM p_fetched_at) * 1000;
BEGIN
    INSERT INTO report.version AS v (dealer_id, version, data_as_of, fetched_at)
    VALUES (p_dealer, 1, p_data_as_of, p_fetched_at)
    ON CONFLICT (dealer_id) DO UPDATE
    SET version = v.version + 1,
        data_as_of = greatest(v.data_as_of, excluded.data_as_of),
        fetched_at = greatest(v.fetched_at, excluded.fetched_at);
    IF (SELECT last_value FROM report.told_ms) NOT BETWEEN now_ms - 40 AND now_ms THEN
        PERFORM setval('report.told_ms', now_ms), pg_notify('dd_data', '');
    END IF;
END
$$;

-- Holds the versions of these dealers until the transaction ends, in the order of their codes.
CREATE FUNCTION report.hold_versions(p_dealers text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO report.version (dealer_id, version, fetched_at)
    SELECT d, 0, '-infinity' FROM unnest(p_dealers) d
    WHERE NOT EXISTS (SELECT FROM report.version v WHERE v.dealer_id = d)
    ORDER BY d
    ON CONFLICT DO NOTHING;
    PERFORM FROM report.version WHERE dealer_id = ANY (p_dealers) ORDER BY dealer_id FOR NO KEY UPDATE;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA report FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report.add, report.refresh, report.raise_version, report.hold_versions TO dd_fetcher;
