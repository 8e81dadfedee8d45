-- Who may use the system: users, their sessions, API keys, and what became of sign-ins.
--
-- Of a password there is its argon2id text, of a session or key the SHA-256 of its random secret: nothing
-- here lets anybody in. Gateways keep what they have checked in their memory; account.change tells them
-- what to forget. Its numbers rise in the order of commits, since whoever adds one holds the lock until its end.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dd_account') THEN
        BEGIN
            CREATE ROLE dd_account NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database's migration made it first
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'dd_account', 'member') THEN
        BEGIN
            GRANT dd_account TO CURRENT_USER;
        EXCEPTION
            WHEN unique_violation THEN
                NULL; -- granted at the same moment by another database's migration
        END;
    END IF;
END
$$;

CREATE SCHEMA account;
COMMENT ON SCHEMA account IS 'Users, sessions, keys, and the audit trail';
GRANT USAGE ON SCHEMA account TO dd_account;
GRANT USAGE ON SCHEMA ops TO dd_account;

CREATE TABLE account.users (
    id          uuid PRIMARY KEY,
    login       text NOT NULL CHECK (login <> ''),
    name        text NOT NULL DEFAULT '',
    role        text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    all_dealers boolean NOT NULL DEFAULT false,
    dealers     text[] NOT NULL DEFAULT '{}' CHECK (cardinality(dealers) <= 1000),
    password    text,
    password_at timestamptz,
    is_active   boolean NOT NULL DEFAULT true,
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_login ON account.users (lower(login));
COMMENT ON TABLE account.users IS 'Who may sign in to the pages';
COMMENT ON COLUMN account.users.dealers IS 'Codes of the dealers that it may see, unless all';
COMMENT ON COLUMN account.users.password IS 'argon2id; null = signs in by one-time links alone';

-- Who holds the administrator's key makes links for this one: the first to sign in, who makes the others.
INSERT INTO account.users (id, login, name, role, all_dealers, created_by)
VALUES ('00000000-0000-7000-8000-000000000001', 'admin', 'Administrator', 'admin', true, 'setup');

CREATE TABLE account.session (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    user_id    uuid NOT NULL REFERENCES account.users (id) ON DELETE CASCADE,
    page       text NOT NULL CHECK (page IN ('analytics', 'admin', 'api')),
    address    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX session_open ON account.session (user_id) WHERE ended_at IS NULL;
CREATE INDEX session_expires ON account.session (expires_at);
COMMENT ON TABLE account.session IS 'Sign-ins to the pages';
COMMENT ON COLUMN account.session.token_hash IS 'SHA-256 of the cookie';
COMMENT ON COLUMN account.session.seen_at IS 'Last use, to the minute; too long ago = over';
COMMENT ON COLUMN account.session.expires_at IS 'Over by then, however much it is used';

CREATE TABLE account.link (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES account.users (id) ON DELETE CASCADE,
    page       text CHECK (page IN ('analytics', 'admin')),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX link_expires ON account.link (expires_at);
COMMENT ON TABLE account.link IS 'One-time links: those made by an admin, and those signed by the administrator''s key once they are used';

CREATE TABLE account.sign_in (
    login        text PRIMARY KEY,
    failures     int NOT NULL,
    failed_at    timestamptz NOT NULL,
    locked_until timestamptz
);
CREATE INDEX sign_in_failed ON account.sign_in (failed_at);
COMMENT ON TABLE account.sign_in IS 'Wrong passwords in a row, also for names that do not exist';

CREATE TABLE account.api_key (
    id          text PRIMARY KEY,
    secret_hash bytea NOT NULL,
    name        text NOT NULL,
    role        text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    all_dealers boolean NOT NULL DEFAULT false,
    dealers     text[] NOT NULL DEFAULT '{}' CHECK (cardinality(dealers) <= 1000),
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    used_at     timestamptz,
    revoked_at  timestamptz,
    successor   text
);
COMMENT ON TABLE account.api_key IS 'Keys of programs';
COMMENT ON COLUMN account.api_key.id IS 'Its visible part, which tells it in lists and logs';
COMMENT ON COLUMN account.api_key.secret_hash IS 'SHA-256 of the whole key';
COMMENT ON COLUMN account.api_key.used_at IS 'Last use, to the minute';
COMMENT ON COLUMN account.api_key.successor IS 'The key that replaces it; it goes on until it expires';

CREATE TABLE account.change (
    seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind   text NOT NULL CHECK (kind IN ('user', 'session', 'key')),
    target text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE account.change IS 'What gateways have to forget';

CREATE FUNCTION account.tell_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('account.change', 0));
    INSERT INTO account.change (kind, target) VALUES (TG_ARGV[0], coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'id');
    PERFORM pg_notify('dd_account', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_change AFTER UPDATE OR DELETE ON account.users
    FOR EACH ROW EXECUTE FUNCTION account.tell_change('user');
CREATE TRIGGER tell_change AFTER UPDATE OF ended_at ON account.session
    FOR EACH ROW EXECUTE FUNCTION account.tell_change('session');
CREATE TRIGGER tell_change AFTER UPDATE OF role, all_dealers, dealers, expires_at, revoked_at ON account.api_key
    FOR EACH ROW EXECUTE FUNCTION account.tell_change('key');

GRANT SELECT, INSERT, UPDATE, DELETE ON account.users, account.session, account.link, account.sign_in,
    account.api_key TO dd_account;
GRANT SELECT, DELETE ON account.change TO dd_account;
GRANT SELECT (dealer_id) ON dealer.dealers TO dd_account;
GRANT USAGE ON SCHEMA dealer TO dd_account;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.process TO dd_account;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA account FROM PUBLIC;
