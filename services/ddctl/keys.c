/*
 * keys.c - keys of the bus: made, listed, rotated, removed.
 *
 * A key pair belongs to one process. Rotated, the old key stays good for a while beside the new
 * one: the process goes on with the old one until its end, and everybody who reads the list knows
 * both. Machines that do not read it need a new enrolment within that time.
 */
#include "services/ddctl/keys.h"
#include "services/ddctl/key_files.h"
#include "services/ddctl/logins.h"

#include "proto/json.h"

#include <stdio.h>
#include <string.h>

int key_name(struct ddctl *c, const char *name)
{
    if (peer_name_valid(view_of(name)))
        return DONE;
    complain(c, ERR_FORMAT, "NAME", "letters, digits and . _ - alone, at most %d", MAX_PEER_NAME);
    return USAGE;
}

bool key_end(const struct arguments *a, int64_t now_ms, int64_t *until_ms)
{
    int64_t seconds;
    if (!argument_number(a, "overlap", 24 * 3600, 0, 366 * 24 * 3600, &seconds))
        return false;
    *until_ms = seconds ? (now_ms / 1000 + seconds) * 1000 : 0;
    return true;
}

/* "fetcher-9" is a fetcher unless --kind says something else. */
static int find_kind(struct ddctl *c, const struct arguments *a, enum sender *out)
{
    const char *name = a->positional[0], *word = argument(a, "kind");
    size_t n = word ? strlen(word) : strcspn(name, "-");
    *out = sender_kind((struct view){word ? word : name, (uint32_t)n});
    if (*out != SENDER_NONE)
        return DONE;
    complain(
        c, ERR_CHOICE, "--kind",
        "account, dealer, scheduler, analytics, fetcher, gateway or ddctl; the name does not tell");
    return USAGE;
}

static int make_key(struct ddctl *c, struct key_files *k, const char *name, enum sender kind)
{
    struct own_keys own = {.n = 1};
    if (list_has(&k->allowed, name))
        return complain(c, ERR_EXISTS, "NAME", "%s has a key; ddctl keys rotate %s", name, name);
    if (own_key_new(&own.keys[0]) != ERR_OK)
        return complain(c, ERR_INTERNAL, "", "no source of randomness");
    int code = list_add(c, &k->allowed, name, kind, own.keys[0].public);
    if (!code)
        code = key_files_save_list(c, k);
    if (!code)
        code = key_files_save_own(c, k, name, &own);
    own_keys_wipe(&own);
    return code;
}

static int keys_new(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct key_files *k = NULL;
    enum sender kind;
    (void)command;
    int code = key_name(c, a->positional[0]);
    if (!code)
        code = find_kind(c, a, &kind);
    if (!code)
        code = key_files_open(c, &k);
    if (!code)
        code = make_key(c, k, a->positional[0], kind);
    key_files_close(&k);
    return code;
}

static void print_key(const struct key_files *k, const struct allowed_key *key, bool json,
                      const char *comma)
{
    char hex[BUS_KEY_HEX + 1], until[32] = "";
    bool here = key_files_has_own(k, key->name), ended = allowed_ended(key, loop_wall_ms());
    key_to_hex(key->key, hex);
    if (key->until_ms)
        time_to_text(key->until_ms, until, sizeof until);
    if (json)
        printf("%s{\"name\":\"%s\",\"kind\":\"%s\",\"key\":\"%s\",\"until\":%s%s%s,\"ended\":%s,"
               "\"here\":%s}",
               comma, key->name, sender_name(key->kind), hex, *until ? "\"" : "",
               *until ? until : "null", *until ? "\"" : "", ended ? "true" : "false",
               here ? "true" : "false");
    else
        printf("%-18s %-10s %s  %-9s%s%s\n", key->name, sender_name(key->kind), hex,
               here ? "here" : "elsewhere", *until ? ended ? " ended " : " until " : "", until);
}

static int keys_ls(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct key_files *k = NULL;
    (void)command;
    (void)a;
    int code = key_files_open(c, &k);
    if (code)
        return code;
    if (c->json)
        printf("{\"items\":[");
    for (unsigned i = 0; i < k->allowed.n; i++)
        print_key(k, &k->allowed.keys[i], c->json, i ? "," : "");
    if (c->json)
        printf("]}\n");
    key_files_close(&k);
    return DONE;
}

/* Drops what has ended, gives the others their end, and adds the new one. */
static int next_key(struct ddctl *c, struct own_keys *own, int64_t now_ms, int64_t until_ms)
{
    unsigned n = 0;
    for (unsigned i = 0; i < own->n && until_ms; i++) {
        struct own_key old = own->keys[i];
        if (!old.until_ms)
            old.until_ms = until_ms;
        if (old.until_ms > now_ms)
            own->keys[n++] = old;
    }
    if (n == MAX_OWN_KEYS)
        return complain(c, ERR_LIMIT, "NAME", "four keys at the same time are enough");
    own->n = n + 1;
    return own_key_new(&own->keys[n]) == ERR_OK
               ? DONE
               : complain(c, ERR_INTERNAL, "", "no source of randomness");
}

static enum sender kind_of(const struct allowed *a, const char *name)
{
    for (unsigned i = 0; i < a->n; i++)
        if (strcmp(a->keys[i].name, name) == 0)
            return a->keys[i].kind;
    return SENDER_NONE;
}

static void say_rotated(const char *name, int64_t until_ms)
{
    char until[32];
    if (until_ms) {
        time_to_text(until_ms, until, sizeof until);
        fprintf(stderr,
                "%s has a new key. The old one stays until %s, when the process changes to the "
                "new one by itself; other machines need a new enrolment before (ddctl fetcher "
                "enrol).\n",
                name, until);
    } else {
        fprintf(stderr,
                "%s has a new key, and its old one is refused from now on; other machines are cut "
                "off until they are enrolled anew (ddctl fetcher enrol).\n",
                name);
    }
}

static int rotate(struct ddctl *c, struct key_files *k, const char *name, int64_t until_ms)
{
    struct own_keys own = {.n = 0};
    int64_t now = loop_wall_ms();
    enum sender kind = kind_of(&k->allowed, name);
    if (kind == SENDER_NONE)
        return complain(c, ERR_NOT_FOUND, "NAME", "%s has no key; ddctl keys new %s", name, name);
    if (!key_files_has_own(k, name))
        return complain(c, ERR_NOT_FOUND, "NAME",
                        "the key of %s is on another machine; ddctl fetcher enrol %s", name, name);
    int code = key_files_read_own(c, k, name, &own);
    if (!code)
        code = next_key(c, &own, now, until_ms);
    list_retire(&k->allowed, name, now, until_ms);
    if (!code)
        code = list_add(c, &k->allowed, name, kind, own.keys[own.n - 1].public);
    if (!code)
        code = key_files_save_list(c, k);
    if (!code)
        code = key_files_save_own(c, k, name, &own);
    own_keys_wipe(&own);
    if (!code)
        say_rotated(name, until_ms);
    return code;
}

static int keys_rotate(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct key_files *k = NULL;
    int64_t until_ms;
    (void)command;
    if (!key_end(a, loop_wall_ms(), &until_ms))
        return USAGE;
    int code = key_name(c, a->positional[0]);
    if (!code)
        code = key_files_open(c, &k);
    if (!code)
        code = rotate(c, k, a->positional[0], until_ms);
    key_files_close(&k);
    return code;
}

static int keys_rm(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct key_files *k = NULL;
    const char *name = a->positional[0];
    (void)command;
    int code = key_name(c, name);
    if (!code)
        code = key_files_open(c, &k);
    if (!code && !list_has(&k->allowed, name))
        code = complain(c, ERR_NOT_FOUND, "NAME", "%s has no key", name);
    bool fetcher = !code && kind_of(&k->allowed, name) == SENDER_FETCHER;
    if (!code) {
        list_remove(&k->allowed, name);
        code = key_files_save_list(c, k);
    }
    if (!code)
        code = key_files_remove_own(c, k, name);
    if (!code && fetcher && *c->conf.database_url)
        code = logins_prune(c, name, &k->allowed);
    key_files_close(&k);
    return code;
}

static const struct option new_options[] = {
    {"kind", NULL, OPTION_VALUE, "KIND", "What it is, where the name does not tell (fetcher-9)."},
    {0},
};
static const struct option rotate_options[] = {
    {"overlap", NULL, OPTION_VALUE, "SECONDS",
     "How long the old key stays good; a day if absent, 0 = refuse it at once."},
    {0},
};

const struct command key_commands[] = {
    {"keys", "new", "NAME", new_options,
     "Makes the key pair of a process for the bus by tcp, and allows it.", keys_new, NULL, NULL,
     NULL, NULL},
    {"keys", "ls", "", NULL, "The keys that may come to the bus.", keys_ls, NULL, NULL, NULL, NULL},
    {"keys", "rotate", "NAME", rotate_options,
     "Makes a new key pair; the old one stays good for a while.", keys_rotate, NULL, NULL, NULL,
     NULL},
    {"keys", "rm", "NAME", NULL, "Takes all keys of a process off the list, at once.", keys_rm,
     NULL, NULL, NULL, NULL},
    {0},
};
