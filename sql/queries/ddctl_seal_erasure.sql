-- $1 the key of erasures, sealed anew
UPDATE dealer.erasure_key SET secret_key = $1
