DROP FUNCTION feed.find_prospects;
