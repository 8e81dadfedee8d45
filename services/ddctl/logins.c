/*
 * logins.c - makes and drops database logins: see logins.h.
 */
#include "services/ddctl/logins.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { TAG = 12, PASSWORD_BYTES = 24, MAX_ROLE = 4 + MAX_PEER_NAME + 1 + TAG, PG_NAME = 63 };

/* Names of PostgreSQL are at most 63 bytes; the tag has to be whole. */
static int role_prefix(struct ddctl *c, const char *name, char out[MAX_ROLE])
{
    int n = snprintf(out, MAX_ROLE, "dd_%s_", name);
    if (n + TAG <= PG_NAME)
        return DONE;
    complain(c, ERR_LIMIT, "NAME", "is too long for a database login");
    return USAGE;
}

static int said(struct ddctl *c, struct login_store *s, enum err err)
{
    int code = err ? complain(c, err, "DATABASE_URL", "%s", login_store_error(s)) : DONE;
    login_store_close(&s);
    return code;
}

int logins_make(struct ddctl *c, const char *name, const uint8_t key[BUS_KEY], const char *reached,
                struct view *url)
{
    unsigned char random[PASSWORD_BYTES];
    char password[2 * PASSWORD_BYTES + 1], role[MAX_ROLE], hex[BUS_KEY_HEX + 1];
    struct login_store *s = NULL;
    const char *why = "";
    int code = role_prefix(c, name, role);
    if (code)
        return code;
    if (sodium_init() < 0)
        return complain(c, ERR_INTERNAL, "", "no source of randomness");
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(password, sizeof password, random, sizeof random);
    key_to_hex(key, hex);
    snprintf(role + strlen(role), sizeof role - strlen(role), "%.*s", (int)TAG, hex);
    if (!login_url(reached, role, password, &c->arena, url, &why)) {
        complain(c, ERR_CONFIG, "--database", "%s", why);
        return USAGE;
    }
    enum err err = login_store_open(c->conf.database_url, &s);
    if (!err)
        err = login_store_make(s, role, password);
    sodium_memzero(random, sizeof random);
    sodium_memzero(password, sizeof password);
    return said(c, s, err);
}

static bool is_wanted(const char *name, const char *tag, const struct allowed *a)
{
    char hex[BUS_KEY_HEX + 1];
    for (unsigned i = 0; i < a->n; i++) {
        key_to_hex(a->keys[i].key, hex);
        if (strcmp(a->keys[i].name, name) == 0 && strncmp(hex, tag, TAG) == 0)
            return true;
    }
    return false;
}

int logins_prune(struct ddctl *c, const char *name, const struct allowed *a)
{
    char prefix[MAX_ROLE];
    struct login_store *s = NULL;
    struct list roles = {NULL, 0};
    int code = role_prefix(c, name, prefix);
    if (code)
        return code;
    enum err err = login_store_open(c->conf.database_url, &s);
    if (!err)
        err = login_store_list(s, prefix, &c->arena, &roles);
    for (uint32_t i = 0; i < roles.n && !err; i++) {
        const char *role = LIST_AT(struct view, &roles, i)->p;
        const char *tag = role + strlen(prefix);
        if (strlen(tag) == TAG && !is_wanted(name, tag, a))
            err = login_store_drop(s, role);
    }
    return said(c, s, err);
}
