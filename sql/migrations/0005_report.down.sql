DROP SEQUENCE report.told_ms;
DROP TABLE report.version;
DROP TABLE report.day_count;
