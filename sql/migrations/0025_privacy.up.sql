-- The third wall around personal data: who asks sees the rows of its own dealers (dd.dealers), and nobody any
-- while nothing is set. The service that shows figures has no right at all to what it never shows.

CREATE FUNCTION feed.rows_in_sight() RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN nullif(current_setting('dd.dealers', true), '')::text[];
END
$$;

-- A name as who need not know it sees it: the first letter of each word.
CREATE FUNCTION feed.masked(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT regexp_replace(p_text, '(\S)\S*', '\1***', 'g');
$$;

REVOKE EXECUTE ON FUNCTION feed.rows_in_sight, feed.masked FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed.rows_in_sight TO dd_analytics, dd_reader;
GRANT EXECUTE ON FUNCTION feed.masked TO dd_analytics;

ALTER TABLE feed.prospect ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed.prospect_unit ENABLE ROW LEVEL SECURITY;
CREATE POLICY stores ON feed.prospect TO dd_fetcher USING (true) WITH CHECK (true);
CREATE POLICY stores ON feed.prospect_unit TO dd_fetcher USING (true) WITH CHECK (true);
CREATE POLICY sight ON feed.prospect FOR SELECT TO dd_analytics, dd_reader
    USING (ARRAY['*', dealer_id::text] && (SELECT feed.rows_in_sight()));
CREATE POLICY sight ON feed.prospect_unit FOR SELECT TO dd_analytics, dd_reader
    USING (ARRAY['*', dealer_id::text] && (SELECT feed.rows_in_sight()));

REVOKE SELECT ON feed.prospect FROM dd_analytics;
GRANT SELECT (dealer_id, id_prospect, nama_lengkap, tanggal_prospect, day, status_prospect, sumber_prospect,
              status_follow_up_prospecting, metode_follow_up, id_sales_people, kode_kecamatan, created_time,
              modified_time, requested_at, fetched_at, task_id, epoch)
    ON feed.prospect TO dd_analytics;
