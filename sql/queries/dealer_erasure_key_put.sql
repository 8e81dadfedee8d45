-- $1 the key of erasures, sealed: the first one counts.
INSERT INTO dealer.erasure_key (secret_key) VALUES ($1) ON CONFLICT DO NOTHING
