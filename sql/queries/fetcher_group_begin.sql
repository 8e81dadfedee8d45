-- Begins to store several answers of a feed: $1 feed, then arrays of tasks and epochs, and of the tasks
-- whose answers hold records.
SELECT feed.begin_group($1::text, $2::bigint[], $3::int[], $4::bigint[])
