-- $1 id, $2 login, $3 name or null, $4 role, $5 all dealers or null, $6 dealers or null, $7 password (argon2id) or null,
-- $8 who.
INSERT INTO account.users (id, login, name, role, all_dealers, dealers, password, password_at, created_by)
VALUES ($1::uuid, $2, coalesce($3, ''), $4, coalesce($5::boolean, false), coalesce($6::text[], '{}'), $7::text,
        CASE WHEN $7::text IS NOT NULL THEN now() END, $8)
