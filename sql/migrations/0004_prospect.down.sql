DROP TABLE feed.quarantine;
DROP TABLE feed.prospect_unit;
DROP TABLE feed.prospect;
