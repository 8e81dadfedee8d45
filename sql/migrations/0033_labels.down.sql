DROP TRIGGER audit ON dealer.label;
DROP TRIGGER tell_removed ON dealer.label;
DROP TRIGGER tell_changed ON dealer.label;
DROP TRIGGER tell_added ON dealer.label;
DROP FUNCTION report.labels_changed;
DROP INDEX dealer.label_code;
DROP FUNCTION dealer.label_of;
UPDATE dealer.label SET label = 'Pameran (exhibition)'
WHERE upstream_id IS NULL AND list = 'prospect_source' AND code = '0001' AND label = 'Exhibition';
ALTER TABLE dealer.label DROP CONSTRAINT label_check;
ALTER TABLE dealer.label DROP COLUMN indonesian;
COMMENT ON COLUMN dealer.label.list IS NULL;
COMMENT ON COLUMN dealer.label.label IS NULL;
