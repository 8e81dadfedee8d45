DROP FUNCTION feed.store_prospect;
DROP FUNCTION feed.merge_prospect;
DROP FUNCTION feed.hold_dealers;
DROP FUNCTION feed.write_prospect;
DROP FUNCTION feed.pick_units;
DROP FUNCTION feed.pick_prospect;
DROP FUNCTION feed.create_stage;
