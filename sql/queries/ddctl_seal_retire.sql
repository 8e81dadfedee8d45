-- From now on the master keys $2 seal nothing, and $1 does.
SELECT dealer.retire_keys($1, $2::text[])
