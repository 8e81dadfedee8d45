-- Wrong passwords are counted by address, too: whoever tries one password on many logins is held up like who tries
-- many on one.

-- What stands for an address in account.sign_in; no login has a blank. An IPv6 network of 64 bits is one, for whoever
-- has one address of it has them all. Null = not counted: this machine, or not known.
CREATE FUNCTION account.network_of(p_address text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    address inet;
BEGIN
    IF p_address = '' THEN
        RETURN NULL;
    END IF;
    address := p_address::inet;
    IF address <<= '127.0.0.0/8' OR address = '::1' THEN
        RETURN NULL;
    END IF;
    RETURN 'address ' || network(set_masklen(address, CASE family(address) WHEN 4 THEN 32 ELSE 64 END));
END
$$;

REVOKE EXECUTE ON FUNCTION account.network_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account.network_of TO dd_account;
COMMENT ON COLUMN account.sign_in.login IS 'In small letters; or an address';
