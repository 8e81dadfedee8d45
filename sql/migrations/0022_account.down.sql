DROP TABLE account.change, account.api_key, account.sign_in, account.link, account.session, account.users;
DROP FUNCTION account.tell_change();
REVOKE ALL ON ops.process FROM dd_account;
REVOKE SELECT (dealer_id) ON dealer.dealers FROM dd_account;
REVOKE USAGE ON SCHEMA ops, dealer FROM dd_account;
DROP SCHEMA account;

DO $$
BEGIN
    DROP ROLE IF EXISTS dd_account;
EXCEPTION
    WHEN dependent_objects_still_exist THEN
        RAISE NOTICE 'role dd_account stays: another database uses it';
    WHEN insufficient_privilege OR object_in_use THEN
        RAISE NOTICE 'role dd_account stays: %', SQLERRM;
END
$$;
