-- A process ($1 instance, $2 name) that starts removes what its name left behind, and rows of
-- processes that nobody has seen for a day. Rows that another process removes just now are skipped.
DELETE FROM ops.process
WHERE instance IN (
    SELECT instance FROM ops.process
    WHERE instance <> $1::uuid AND (name = $2 OR seen_at < now() - interval '1 day')
    FOR UPDATE SKIP LOCKED)
