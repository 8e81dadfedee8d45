-- The key of erasures, sealed; no row: nobody was erased yet.
SELECT secret_key FROM dealer.erasure_key
