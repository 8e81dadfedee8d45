-- The audit trail is verified in parts, so that who does it keeps answering others: with p_most, of so many links at
-- a time, and the last part, the one that has fewer, also looks for entries without a link.
DROP FUNCTION account.verify_audit(bigint);
CREATE FUNCTION account.verify_audit(p_after bigint DEFAULT 0, p_most int DEFAULT NULL)
RETURNS TABLE (n bigint, tx bigint, why text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    link record;
    made record;
    last bytea := (SELECT l.hash FROM account.audit_link l WHERE l.n = p_after);
    expected bigint := p_after + 1;
BEGIN
    FOR link IN
        SELECT l.n, l.tx, l.entries, l.hash FROM account.audit_link l WHERE l.n > p_after ORDER BY l.n LIMIT p_most
    LOOP
        SELECT * INTO made FROM account.audit_hash(last, link.n, link.tx);
        IF link.n <> expected THEN
            RETURN QUERY SELECT expected, NULL::bigint, 'a link is missing';
            RETURN;
        ELSIF made.entries <> link.entries THEN
            RETURN QUERY SELECT link.n, link.tx, format('%s entries, of %s', made.entries, link.entries);
            RETURN;
        ELSIF made.hash <> link.hash THEN
            RETURN QUERY SELECT link.n, link.tx, 'the entries are not those that were written';
            RETURN;
        END IF;
        last := link.hash;
        expected := expected + 1;
    END LOOP;
    IF expected > p_after + p_most THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT NULL::bigint, a.tx, 'an entry without a link'
    FROM account.audit a
    WHERE NOT EXISTS (SELECT FROM account.audit_link l WHERE l.tx = a.tx)
    LIMIT 1;
END
$$;
REVOKE EXECUTE ON FUNCTION account.verify_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account.verify_audit TO dd_account;
