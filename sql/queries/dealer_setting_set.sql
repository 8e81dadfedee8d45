-- $1 name, $2 value, $3 who. No row: there is no such setting.
UPDATE dealer.setting
SET value = $2::bigint, changed_at = now(), changed_by = $3::text
WHERE name = $1::text
RETURNING name, value, usual, least, most, doc,
          (extract(epoch FROM changed_at) * 1000)::bigint AS changed_at, changed_by
