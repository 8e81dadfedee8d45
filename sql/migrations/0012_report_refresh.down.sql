DROP FUNCTION report.hold_versions;
DROP FUNCTION report.raise_version;
DROP FUNCTION report.add;
DROP FUNCTION report.refresh;
DROP FUNCTION report.refresh_prospect;
