-- $1 code of a dealer, whose row stays locked; null columns: it has no credential
SELECT c.upstream_id, encode(c.fingerprint, 'hex') AS fingerprint, c.api_key, c.secret_key, c.key_hint
FROM dealer.dealers d
LEFT JOIN dealer.credential c ON c.id = d.credential_id
WHERE d.dealer_id = $1
FOR UPDATE OF d
