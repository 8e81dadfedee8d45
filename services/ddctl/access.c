/*
 * access.c - how to get in: the database's URL, new keys, one-time links to the pages.
 */
#include "services/daemon/link.h"
#include "services/ddctl/ddctl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { KEY_BYTES = 32 };

struct page_row {
    const char *role; /* "analytics" */
    const struct conf_row *conf;
};

struct page_conf {
    char *listen;
    int64_t port;
};

static const struct conf_row analytics_rows[] = {
    {"DD_LISTEN", CONF_TEXT, offsetof(struct page_conf, listen), "127.0.0.1", 0, 255, ""},
    {"DD_ANALYTICS_PORT", CONF_INT, offsetof(struct page_conf, port), "8501", 1, 65535, ""},
    {0},
};
static const struct conf_row admin_rows[] = {
    {"DD_LISTEN", CONF_TEXT, offsetof(struct page_conf, listen), "127.0.0.1", 0, 255, ""},
    {"DD_ADMIN_PORT", CONF_INT, offsetof(struct page_conf, port), "8502", 1, 65535, ""},
    {0},
};
static const struct page_row pages[] = {
    {"analytics", analytics_rows}, {"admin", admin_rows}, {NULL, NULL}};

/* The URL with `-c role=` for the server added; both forms that libpq reads. */
static int print_url(struct ddctl *c, const char *url, const char *role)
{
    bool is_url = strstr(url, "://") != NULL;
    struct view text;
    if (!role)
        text = view_of(url);
    else if (is_url)
        text = arena_printf(&c->arena, "%s%coptions=-c%%20role%%3Ddd_%s", url,
                            strchr(url, '?') ? '&' : '?', role);
    else
        text = arena_printf(&c->arena, "%s options='-c role=dd_%s'", url, role);
    if (!text.p)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    printf("%.*s\n", (int)text.n, text.p);
    return DONE;
}

static int database_url(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    static const char *const roles[] = {"reader", "dealer", "scheduler", "fetcher", "analytics"};
    const char *role = argument(a, "role");
    bool known = !role;
    (void)command;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0] && !known; i++)
        known = strcmp(role, roles[i]) == 0;
    if (!known) {
        complain(c, ERR_CHOICE, "--role", "reader, dealer, scheduler, fetcher or analytics");
        return USAGE;
    }
    if (!*c->conf.database_url)
        return complain(c, ERR_CONFIG, "DATABASE_URL", "is not set");
    return print_url(c, c->conf.database_url, role);
}

/* A key for a file of the caller's choice; nothing is written here, so that none is overwritten. */
static int key_new(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    unsigned char key[KEY_BYTES];
    char hex[2 * KEY_BYTES + 1];
    const char *kind = a->positional[0];
    (void)command;
    if (strcmp(kind, "admin") != 0 && strcmp(kind, "master") != 0) {
        complain(c, ERR_CHOICE, "KIND", "admin or master, not %s", kind);
        return USAGE;
    }
    if (sodium_init() < 0)
        return complain(c, ERR_INTERNAL, "", "no source of randomness");
    randombytes_buf(key, sizeof key);
    sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    printf("%s%s\n", strcmp(kind, "admin") == 0 ? "dd_" : "", hex);
    sodium_memzero(key, sizeof key);
    sodium_memzero(hex, sizeof hex);
    return DONE;
}

/* Where the page is: what --base-url says, or host and port of the settings. */
static int page_base(struct ddctl *c, const struct page_row *page, const struct arguments *a,
                     struct view *out)
{
    struct page_conf conf = {.port = 0};
    const char *base = argument(a, "base-url");
    if (base) {
        size_t n = strlen(base);
        *out = (struct view){base, (uint32_t)(n && base[n - 1] == '/' ? n - 1 : n)};
        return DONE;
    }
    if (conf_read(page->conf, &conf) != ERR_OK)
        return USAGE;
    bool any = strcmp(conf.listen, "0.0.0.0") == 0 || strcmp(conf.listen, "::") == 0;
    const char *host = any ? "127.0.0.1" : conf.listen;
    bool six = strchr(host, ':') != NULL;
    *out = arena_printf(&c->arena, "http://%s%s%s:%d", six ? "[" : "", host, six ? "]" : "",
                        (int)conf.port);
    conf_free(page->conf, &conf);
    return out->p ? DONE : complain(c, ERR_NO_MEMORY, "", "out of memory");
}

static int print_link(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    const struct page_row *page = pages;
    struct link_keys *keys;
    struct view base;
    char token[LINK_MAX_TOKEN];
    (void)command;
    while (page->role && strcmp(page->role, a->positional[0]) != 0)
        page++;
    if (!page->role) {
        complain(c, ERR_CHOICE, "PAGE", "analytics or admin, not %s", a->positional[0]);
        return USAGE;
    }
    int code = page_base(c, page, a, &base);
    if (code)
        return code;
    if (link_open_key(c->conf.admin_key_file, &keys) != ERR_OK)
        return complain(c, ERR_CONFIG, "DD_ADMIN_KEY_FILE", "there is no usable key in %s",
                        c->conf.admin_key_file);
    enum err err = link_make(keys, page->role, loop_wall_ms(), LINK_TTL_MS, token);
    link_free(&keys);
    if (err)
        return complain(c, err, "", "%s", err_text(err));
    printf("%.*s/#/start?token=%s\n", (int)base.n, base.p, token);
    return DONE;
}

static const struct option url_options[] = {
    {"role", NULL, OPTION_VALUE, "ROLE", "reader, or the role of a service; the owner if absent."},
    {0},
};
static const struct option link_options[] = {
    {"base-url", NULL, OPTION_VALUE, "URL", "Where the page is, for instance behind a proxy."},
    {0},
};

const struct command access_commands[] = {
    {"db", "url", "", url_options, "The database's URL, for psql and other tools.", database_url,
     NULL, NULL, NULL, NULL},
    {"key", "new", "KIND", NULL, "Prints a new key: KIND is admin or master.", key_new, NULL, NULL,
     NULL, NULL},
    {"link", NULL, "PAGE", link_options,
     "A link that signs in once, within ten minutes: PAGE is analytics or admin.", print_link, NULL,
     NULL, NULL, NULL},
    {0},
};
