-- What is over goes: a bounded number at once; $1 rows.
WITH sessions AS (
    DELETE FROM account.session WHERE id IN (SELECT id FROM account.session
                                             WHERE expires_at < now() - interval '30 days' LIMIT $1::int)
), links AS (
    DELETE FROM account.link WHERE token_hash IN (SELECT token_hash FROM account.link
                                                  WHERE expires_at < now() - interval '1 day' LIMIT $1::int)
), failures AS (
    DELETE FROM account.sign_in WHERE login IN (SELECT login FROM account.sign_in
                                                WHERE failed_at < now() - interval '1 day' LIMIT $1::int)
)
DELETE FROM account.change WHERE seq IN (SELECT seq FROM account.change
                                         WHERE at < now() - interval '1 day' ORDER BY seq LIMIT $1::int)
