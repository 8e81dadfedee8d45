-- $1 the last link that was verified, $2 how many to go on with: whether those are whole, and where the chain is broken
-- first. Fewer links than asked for: the chain ends here.
SELECT v.why IS NULL AS whole, l.links, coalesce(l.last, $1) AS last, coalesce(encode(l.head, 'hex'), '') AS head,
       CASE WHEN v.why IS NOT NULL THEN coalesce(v.n, 0) END AS broken_at, v.why
FROM (
    SELECT count(*) AS links, max(n) AS last, (array_agg(hash ORDER BY n DESC))[1] AS head
    FROM (SELECT n, hash FROM account.audit_link WHERE n > $1 ORDER BY n LIMIT $2) part
) l
LEFT JOIN (SELECT n, why FROM account.verify_audit($1, $2::int) LIMIT 1) v ON true
