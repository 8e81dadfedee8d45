-- Who changed an upstream last is kept with it, as of feeds and settings.
ALTER TABLE dealer.upstream ADD COLUMN changed_by text;
COMMENT ON COLUMN dealer.upstream.changed_by IS 'Who added or changed it last; null = before this was kept';
DROP TRIGGER audit ON dealer.upstream;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON dealer.upstream
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('upstream', 'name', 'changed_by');
