-- $1 process: somebody orders it to end. In the trail first, or not at all.
SELECT account.note('process', $1, NULL, NULL)
