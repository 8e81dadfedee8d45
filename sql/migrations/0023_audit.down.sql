DROP TRIGGER audit ON dealer.dealers;
DROP TRIGGER audit ON dealer.upstream;
DROP TRIGGER audit ON dealer.credential;
DROP TRIGGER audit ON dealer.setting;
DROP TRIGGER audit ON jobs.job_record;
DROP TRIGGER audit ON jobs.schedule;
DROP TRIGGER audit ON jobs.pause;
DROP TRIGGER audit ON jobs.freshness;
DROP TRIGGER audit ON jobs.credential_state;
DROP TRIGGER audit ON feed.quarantine;
DROP TRIGGER audit ON feed.drift;
DROP TRIGGER audit ON account.users;
DROP TRIGGER audit ON account.session;
DROP TRIGGER audit ON account.link;
DROP TRIGGER audit ON account.api_key;
DROP TABLE account.audit_link, account.audit;
DROP FUNCTION account.audit_count(), account.audit_row(), account.without_secrets(jsonb),
    account.note(text, text, jsonb, jsonb), account.verify_audit(bigint), account.refuse_change(),
    account.chain_audit(), account.audit_hash(bytea, bigint, bigint);
DROP SEQUENCE account.audit_tx;
REVOKE USAGE ON SCHEMA account FROM dd_dealer, dd_analytics;
