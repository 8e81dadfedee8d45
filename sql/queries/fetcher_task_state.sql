-- What became of a COMMIT that got no answer: the task's state, if $2 is still its epoch.
SELECT state FROM jobs.task WHERE id = $1::bigint AND epoch = $2::int
