-- For the transaction at hand: on whose behalf it works. $1 principal, $2 role, $3 address, $4 request,
-- $5 message, $6 the dealers that it may see as an array, {*} = all.
SELECT set_config('dd.principal', $1::text, true), set_config('dd.role', $2::text, true),
       set_config('dd.address', $3::text, true), set_config('dd.request', $4::text, true),
       set_config('dd.action', $5::text, true), set_config('dd.dealers', $6::text, true)
