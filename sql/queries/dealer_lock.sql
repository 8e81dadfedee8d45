-- $1 code of a dealer, whose row stays locked; null columns: it has no credential. The etag is that of
-- dealer_get and dealer_list: xmin names the transaction that wrote a row.
SELECT c.upstream_id, encode(c.fingerprint, 'hex') AS fingerprint, c.api_key, c.secret_key, c.key_hint,
       left(md5(concat_ws(' ', d.xmin, c.xmin, u.name, u.simulated, u.zone)), 16) AS etag
FROM dealer.dealers d
LEFT JOIN dealer.credential c ON c.id = d.credential_id
LEFT JOIN dealer.upstream u ON u.id = c.upstream_id
WHERE d.dealer_id = $1
FOR UPDATE OF d
