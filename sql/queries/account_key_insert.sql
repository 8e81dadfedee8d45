-- $1 id, $2 hash of the key (hex), $3 name, $4 role, $5 all dealers or null, $6 dealers or null, $7 expires (ms) or null,
-- $8 who.
INSERT INTO account.api_key (id, secret_hash, name, role, all_dealers, dealers, expires_at, created_by)
VALUES ($1, decode($2, 'hex'), $3, $4, coalesce($5::boolean, false), coalesce($6::text[], '{}'),
        to_timestamp($7::bigint / 1000.0), $8)
RETURNING id, name, role, all_dealers, dealers, (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at,
          created_by, (extract(epoch FROM created_at) * 1000)::bigint AS created_at
