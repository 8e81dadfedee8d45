-- The number of the last change.
SELECT coalesce(max(seq), 0) AS seq FROM account.change
