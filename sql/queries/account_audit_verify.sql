-- Whether the chain is whole, and where it is broken first.
SELECT v.why IS NULL AS whole, coalesce(h.n, 0) AS links, coalesce(encode(h.hash, 'hex'), '') AS head,
       CASE WHEN v.why IS NOT NULL THEN coalesce(v.n, 0) END AS broken_at, v.why
FROM (SELECT) one
LEFT JOIN (SELECT n, hash FROM account.audit_link ORDER BY n DESC LIMIT 1) h ON true
LEFT JOIN (SELECT n, why FROM account.verify_audit() LIMIT 1) v ON true
