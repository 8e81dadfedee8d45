-- $1 code of a dealer, $2 API key, $3 token, $4 secret (sealed anew, or null)
SELECT dealer.reseal_dealer($1, $2, $3, $4)
