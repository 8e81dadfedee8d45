DROP FUNCTION feed.clear_stage;
DROP FUNCTION feed.store_empty;
DROP FUNCTION feed.begin_group;
DROP FUNCTION jobs.complete_tasks;
DROP FUNCTION jobs.rivals;
DROP FUNCTION jobs.begin_stores;
