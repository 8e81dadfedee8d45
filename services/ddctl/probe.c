/*
 * probe.c - finds the processes of the system and asks them: see probe.h.
 */
#include "services/ddctl/probe.h"

#include "services/daemon/database.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum {
    AGAIN_MS = 20,
    REACH_MS = 700, /* nobody there after so long: nobody will come */
    SEEN_WITHIN_MS = 10 * 60 * 1000,
};

struct probing {
    struct ddctl *c;
    struct loop *loop;
    const struct desc *msg;
    const void *message;
    int64_t deadline_ms; /* monotonic */
    uint32_t left;       /* probes without an outcome */
};

static void try_once(void *arg);

static void on_reply(void *arg, const struct reply *reply)
{
    struct probe *p = arg;
    struct fault fault;
    int64_t waited = loop_now_ms() - (p->run->deadline_ms - PROBE_MS);
    p->err = reply->err;
    if (reply->err == ERR_NO_SERVICE && waited < REACH_MS &&
        loop_after(p->run->loop, AGAIN_MS, try_once, p))
        return;
    if (!reply->err) {
        p->us = loop_now_us() - p->us;
        p->answer = arena_take(&p->run->c->arena, reply->desc->size);
        /* The reply is gone after this call, what was decoded points into it: keep a copy. */
        struct view kept = arena_copy(&p->run->c->arena, reply->body);
        struct reply copy = *reply;
        copy.body = kept;
        if (p->answer && (kept.p || !kept.n))
            p->err = reply_decode(&copy, &p->run->c->arena, p->answer, &fault);
        p->answered = p->answer && !p->err;
    }
    if (--p->run->left == 0)
        loop_stop(p->run->loop);
}

static void try_once(void *arg)
{
    struct probe *p = arg;
    int64_t left = p->run->deadline_ms - loop_now_ms();
    p->us = loop_now_us();
    client_call(p->client, p->run->msg, p->run->message, NULL, left > 1 ? (int)left : 1, on_reply,
                p);
}

int probes_ask(struct ddctl *c, struct list *probes, const struct desc *msg, const void *message)
{
    struct probing run = {.c = c, .msg = msg, .message = message, .left = probes->n};
    int code = ddctl_bus(c);
    if (code)
        return code;
    run.loop = loop_new();
    if (!run.loop)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    run.deadline_ms = loop_now_ms() + PROBE_MS;
    for (uint32_t i = 0; i < probes->n; i++) {
        struct probe *p = LIST_AT(struct probe, probes, i);
        const char *address = p->info.endpoint.p; /* ended by NUL: add() sees to it */
        p->run = &run;
        p->answered = false;
        p->answer = NULL;
        p->err = client_new(c->bus, run.loop, p->info.name.p, address, &p->client);
        if (p->err || !loop_after(run.loop, 0, try_once, p))
            run.left--;
    }
    if (run.left)
        loop_run(run.loop);
    for (uint32_t i = 0; i < probes->n; i++)
        client_free(&LIST_AT(struct probe, probes, i)->client);
    loop_free(&run.loop);
    return DONE;
}

static bool known(const struct list *probes, struct view endpoint)
{
    for (uint32_t i = 0; i < probes->n; i++) {
        struct view v = LIST_AT(struct probe, probes, i)->info.endpoint;
        if (v.n == endpoint.n && memcmp(v.p, endpoint.p, v.n) == 0)
            return true;
    }
    return false;
}

static struct view terminated(struct ddctl *c, struct view v)
{
    struct view copy = arena_printf(&c->arena, "%.*s", (int)v.n, v.p);
    return copy.p ? copy : (struct view){"", 0};
}

static void add(struct ddctl *c, struct list *out, const struct process_info *info)
{
    if (out->n == MAX_PROBES || known(out, info->endpoint))
        return;
    struct probe *p = LIST_AT(struct probe, out, out->n++);
    *p = (struct probe){.info = *info};
    p->info.name = terminated(c, info->name);
    p->info.endpoint = terminated(c, info->endpoint);
}

/* An endpoint of which nothing else is known; its name is that of the socket. */
static void add_endpoint(struct ddctl *c, struct list *out, const char *endpoint, size_t n)
{
    const char *name = memrchr(endpoint, '/', n);
    size_t length = name ? n - (size_t)(++name - endpoint) : n;
    if (length > 4 && strncmp(name + length - 4, ".ipc", 4) == 0)
        length -= 4;
    const struct process_info info = {
        .name = {name ? name : endpoint, (uint32_t)length},
        .endpoint = {endpoint, (uint32_t)n},
        .service = view_of("?"),
        .instance = view_of("00000000-0000-0000-0000-000000000000"),
        .version = view_of("?"),
    };
    if (n > 0)
        add(c, out, &info);
}

static void add_configured(struct ddctl *c, struct list *out, const char *endpoints)
{
    while (*endpoints) {
        size_t n = strcspn(endpoints, ",");
        add_endpoint(c, out, endpoints, n);
        endpoints += n + (endpoints[n] == ',');
    }
}

static void add_sockets(struct ddctl *c, struct list *out)
{
    char endpoint[BUS_MAX_ADDRESS + 256];
    struct dirent *entry;
    DIR *dir = opendir(c->conf.run);
    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);
        if (n <= 4 || strcmp(entry->d_name + n - 4, ".ipc") != 0)
            continue;
        snprintf(endpoint, sizeof endpoint, "ipc://%s/%s", c->conf.run, entry->d_name);
        add_endpoint(c, out, endpoint, strlen(endpoint));
    }
    closedir(dir);
}

static void add_reported(struct ddctl *c, struct list *out)
{
    struct list rows = {NULL, 0};
    if (!*c->conf.database_url)
        return;
    struct db *db =
        db_new(&(struct db_conf){.url = c->conf.database_url, .application_name = "ddctl"});
    if (!db)
        return;
    enum err err = db_list(db, SQL_PROCESS_LIST, PARAMS(P_INT(SEEN_WITHIN_MS)), &PROCESS_INFO,
                           &c->arena, &rows);
    if (err)
        complain(c, err, "", "%s; only configured endpoints are asked", db_error(db)->message);
    for (uint32_t i = 0; i < rows.n; i++)
        add(c, out, LIST_AT(struct process_info, &rows, i));
    db_free(&db);
}

int probes_find(struct ddctl *c, struct list *out)
{
    out->items = arena_take(&c->arena, MAX_PROBES * sizeof(struct probe));
    out->n = 0;
    if (!out->items)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    add_reported(c, out);
    add_configured(c, out, c->conf.bus_dealer);
    add_configured(c, out, c->conf.bus_scheduler);
    add_configured(c, out, c->conf.bus_analytics);
    add_configured(c, out, c->conf.bus_account);
    add_sockets(c, out);
    return DONE;
}
