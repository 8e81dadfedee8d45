-- $1 login, $2 name, $3 role, $4 all dealers, $5 dealers, $6 active, $7 password (argon2id): null = as it was. $8: only
-- if the password is still this (argon2id), or null.
UPDATE account.users
SET name = coalesce($2::text, name), role = coalesce($3::text, role), all_dealers = coalesce($4::boolean, all_dealers),
    dealers = coalesce($5::text[], dealers), is_active = coalesce($6::boolean, is_active),
    password = coalesce($7::text, password), password_at = CASE WHEN $7::text IS NULL THEN password_at ELSE now() END,
    updated_at = now()
WHERE lower(login) = lower($1::text) AND ($8::text IS NULL OR password = $8::text)
RETURNING id
