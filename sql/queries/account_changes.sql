-- $1 the last change that is known or null, $2 rows: what came since.
SELECT seq, kind, target FROM account.change WHERE seq > $1::bigint ORDER BY seq LIMIT $2::int
