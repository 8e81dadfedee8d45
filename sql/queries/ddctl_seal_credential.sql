-- $1 credential, $2 fingerprint in hex, $3 API key, $4 secret (sealed anew)
SELECT dealer.reseal_credential($1::bigint, decode($2, 'hex'), $3, $4) AS moved
