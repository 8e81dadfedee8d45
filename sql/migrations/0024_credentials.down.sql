REVOKE USAGE ON SCHEMA jobs FROM dd_dealer;
DROP FUNCTION jobs.begin_probe;
DROP FUNCTION jobs.count_probe;
DROP FUNCTION dealer.reseal_dealer;
DROP FUNCTION dealer.reseal_credential;
DROP TRIGGER tell_changed ON dealer.dealers;
CREATE TRIGGER tell_changed BEFORE INSERT OR UPDATE ON dealer.dealers
    FOR EACH ROW EXECUTE FUNCTION dealer.tell_changed();
DROP FUNCTION dealer.retire_keys;
DROP TRIGGER refuse_retired_change ON dealer.dealers;
DROP TRIGGER refuse_retired ON dealer.dealers;
DROP TRIGGER refuse_retired_change ON dealer.credential;
DROP TRIGGER refuse_retired ON dealer.credential;
DROP FUNCTION dealer.refuse_retired;
DROP TABLE dealer.retired_key;
ALTER TABLE dealer.credential DROP COLUMN key_hint;
