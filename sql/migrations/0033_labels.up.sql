-- What codes mean, in English and Indonesian, for people to change: built in for all, or for one upstream.

ALTER TABLE dealer.label ADD COLUMN indonesian text;
ALTER TABLE dealer.label ADD CHECK (list <> '' AND length(list) <= 32 AND length(code) <= 200 AND length(label) <= 255
                                    AND length(indonesian) <= 255);
COMMENT ON COLUMN dealer.label.list IS
    'prospect_status, prospect_source, follow_up_method, follow_up_state, test_ride, unit_type, sales_person, district, occupation ...';
COMMENT ON COLUMN dealer.label.label IS 'In English, or in the one language there is';
COMMENT ON COLUMN dealer.label.indonesian IS 'In Indonesian; null = the same';

UPDATE dealer.label l
SET label = n.label, indonesian = n.indonesian
FROM (VALUES
    ('prospect_source', '0001', 'Exhibition', 'Pameran'),
    ('prospect_source', '0002', 'Showroom event', 'Acara showroom'),
    ('prospect_source', '0003', 'Roadshow', 'Roadshow'),
    ('prospect_source', '0004', 'Walk in', 'Datang langsung'),
    ('prospect_source', '0005', 'Customer RO H1', 'Pelanggan RO H1'),
    ('prospect_source', '0006', 'Customer RO H23', 'Pelanggan RO H23'),
    ('prospect_source', '0007', 'Website', 'Situs web'),
    ('prospect_source', '0008', 'Social media', 'Media sosial'),
    ('prospect_source', '0009', 'External parties (leasing, insurance)', 'Pihak luar (leasing, asuransi)'),
    ('prospect_source', '0010', 'Mobile apps MD/dealer', 'Aplikasi MD/dealer'),
    ('prospect_source', '0011', 'Referral', 'Referensi'),
    ('prospect_source', '0012', 'Contact center', 'Pusat kontak'),
    ('prospect_source', '9999', 'Others', 'Lainnya'),
    ('follow_up_method', '1', 'SMS (WA/Line)', 'SMS (WA/Line)'),
    ('follow_up_method', '2', 'Call', 'Telepon'),
    ('follow_up_method', '3', 'Visit', 'Kunjungan'),
    ('follow_up_method', '4', 'Direct touch', 'Tatap muka'),
    ('test_ride', '1', 'Yes', 'Ya'),
    ('test_ride', '0', 'No', 'Tidak'),
    ('follow_up_state', '1', 'Planned', 'Direncanakan'),
    ('follow_up_state', '2', 'Done', 'Selesai'),
    ('prospect_status', '1', 'Low', 'Rendah'),
    ('prospect_status', '2', 'Medium', 'Sedang'),
    ('prospect_status', '3', 'Hot', 'Panas'),
    ('prospect_status', '4', 'Deal', 'Jadi beli'),
    ('prospect_status', '5', 'Not deal', 'Tidak jadi')) n (list, code, label, indonesian)
WHERE l.upstream_id IS NULL AND l.list = n.list AND l.code = n.code;

-- The one look-up of labels: an upstream's own goes before the built-in one; null = not known.
CREATE FUNCTION dealer.label_of(p_upstream bigint, p_list text, p_code text, p_lang text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE WHEN p_lang = 'id' THEN coalesce(l.indonesian, l.label) ELSE l.label END
            FROM dealer.label l
            WHERE l.list = p_list AND l.code = p_code AND (l.upstream_id = p_upstream OR l.upstream_id IS NULL)
            ORDER BY l.upstream_id NULLS LAST
            LIMIT 1);
END
$$;
CREATE INDEX label_code ON dealer.label (list, code);

-- What dealers show has changed: their versions rise, so that caches follow and pages look again. A built-in
-- label is shown by all.
CREATE FUNCTION report.labels_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_all CONSTANT boolean := EXISTS (SELECT FROM written WHERE upstream_id IS NULL);
    of_some CONSTANT bigint[] := ARRAY(SELECT DISTINCT upstream_id FROM written WHERE upstream_id IS NOT NULL);
BEGIN
    IF NOT of_all AND of_some = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM FROM report.version v
    WHERE of_all OR v.dealer_id IN (SELECT d.dealer_id FROM report.dealer d WHERE d.upstream_id = ANY (of_some))
    ORDER BY v.dealer_id
    FOR NO KEY UPDATE;
    UPDATE report.version v
    SET version = v.version + 1
    WHERE of_all OR v.dealer_id IN (SELECT d.dealer_id FROM report.dealer d WHERE d.upstream_id = ANY (of_some));
    PERFORM pg_notify('dd_data', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_added AFTER INSERT ON dealer.label REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION report.labels_changed();
CREATE TRIGGER tell_changed AFTER UPDATE ON dealer.label REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION report.labels_changed();
CREATE TRIGGER tell_removed AFTER DELETE ON dealer.label REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION report.labels_changed();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON dealer.label
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('label', 'code', '');

REVOKE EXECUTE ON FUNCTION dealer.label_of, report.labels_changed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dealer.label_of TO dd_dealer, dd_analytics;
