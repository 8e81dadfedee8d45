DROP TABLE report.version;
DROP TABLE report.day_count;
