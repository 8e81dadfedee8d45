DROP TRIGGER audit ON dealer.upstream;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON dealer.upstream
    FOR EACH ROW EXECUTE FUNCTION account.audit_row('upstream', 'name', '');
ALTER TABLE dealer.upstream DROP COLUMN changed_by;
