-- $1 the key of erasures in hex: this session knows it from now on.
SELECT set_config('dd.erasure_key', $1, false)
