/*
 * services.c - the processes of the system: who runs, how fast they answer, what they count, and
 * the word to end.
 */
#include "services/ddctl/probe.h"

#include "proto/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OUTPUT = 32 * 1024 * 1024, ASKS = 2 };

static const char process_columns[] = "name,service,state,pid,version,started,instance,endpoint";
static const char call_columns[] = "name,calls,errors,total_us,p50_us,p95_us,p99_us,max_us";
static const char counter_columns[] = "name,kind,value,doc";

static int by_name(const void *a, const void *b)
{
    const struct probe *x = a, *y = b;
    return strcmp(x->info.name.p, y->info.name.p);
}

/* Finds the processes (only the one of the positional argument, if there is one) and asks them. */
static int ask_all(struct ddctl *c, const struct arguments *a, const struct desc *msg,
                   const void *message, int times, struct list *out)
{
    int code = probes_find(c, out);
    if (code)
        return code;
    if (a->n_positional > 0) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < out->n; i++)
            if (view_is(LIST_AT(struct probe, out, i)->info.name, a->positional[0]))
                *LIST_AT(struct probe, out, n++) = *LIST_AT(struct probe, out, i);
        out->n = n;
        if (n == 0)
            return complain(c, ERR_NOT_FOUND, "NAME", "no process is known as %s",
                            a->positional[0]);
    }
    qsort(out->items, out->n, sizeof(struct probe), by_name);
    for (int i = 0; i < times && !code; i++)
        code = probes_ask(c, out, msg, message);
    return code;
}

/* A row that says "gone" and is silent ended as it should; others that are silent are worth a line.
 */
static void note_silence(const struct probe *p)
{
    if (!p->answered && !view_is(p->info.state, "gone"))
        fprintf(stderr, "ddctl: %s: %s does not answer (%s)\n", err_code(p->err), p->info.name.p,
                p->info.endpoint.p);
}

static int service_list(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct list probes;
    const struct sys_info ask_info = {.has = 0};
    struct process_page page = {.has = 0};
    (void)command;
    int code = ask_all(c, a, &SYS_INFO, &ask_info, 1, &probes);
    if (code)
        return code;
    page.items.items = arena_take(&c->arena, probes.n * sizeof(struct process_info));
    if (!page.items.items)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    for (uint32_t i = 0; i < probes.n; i++) {
        struct probe *p = LIST_AT(struct probe, &probes, i);
        struct process_info *info = LIST_AT(struct process_info, &page.items, page.items.n++);
        *info = p->info;
        if (p->answered) {
            *info = *(const struct process_info *)p->answer;
            if (HAS(&p->info, process_info, seen_at))
                PUT(info, process_info, seen_at, p->info.seen_at);
        } else {
            if (!c->json)
                note_silence(p);
            info->state = view_of("gone");
        }
    }
    print_page(c, &PROCESS_PAGE, &page, process_columns);
    return DONE;
}

static void print_pings(const struct list *probes)
{
    struct buf b;
    buf_init(&b, MAX_OUTPUT);
    buf_puts(&b, "{\"items\":[");
    for (uint32_t i = 0; i < probes->n; i++) {
        const struct probe *p = LIST_AT(struct probe, probes, i);
        buf_puts(&b, i ? ",{\"name\":" : "{\"name\":");
        if (json_encode_text(p->info.name, &b) != ERR_OK)
            break;
        buf_printf(&b, ",\"answered\":%s,\"us\":%" PRId64 "}", p->answered ? "true" : "false",
                   p->answered ? p->us : 0);
    }
    buf_puts(&b, "]}");
    print_buffer(&b);
    buf_free(&b);
}

static int service_ping(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct list probes;
    const struct sys_ping ping = {.has = 0};
    int result = DONE;
    (void)command;
    /* The first time includes connecting, so the second one counts. */
    int code = ask_all(c, a, &SYS_PING, &ping, ASKS, &probes);
    if (code)
        return code;
    for (uint32_t i = 0; i < probes.n; i++) {
        const struct probe *p = LIST_AT(struct probe, &probes, i);
        if (!p->answered && !view_is(p->info.state, "gone"))
            result = FAILED;
        if (c->json)
            continue;
        if (p->answered)
            printf("%-16.*s %8" PRId64 " us\n", (int)p->info.name.n, p->info.name.p, p->us);
        else
            note_silence(p);
    }
    if (c->json)
        print_pings(&probes);
    return result;
}

static void print_group(struct ddctl *c, const char *title, const struct desc *d,
                        const struct list *items, const char *columns)
{
    if (items->n == 0)
        return;
    printf("\n%s\n", title);
    print_table(c, d, items, columns);
}

static void print_stats(struct ddctl *c, const struct process_stats *s)
{
    printf("%.*s: up %" PRId64 " s, %" PRId64 " KiB\n", (int)s->name.n, s->name.p,
           s->uptime_ms / 1000, s->rss_bytes / 1024);
    print_group(c, "messages answered", &CALL_STAT, &s->messages, call_columns);
    print_group(c, "messages sent", &CALL_STAT, &s->calls, call_columns);
    print_group(c, "statements", &CALL_STAT, &s->statements, call_columns);
    print_group(c, "counters", &COUNTER, &s->counters, counter_columns);
    putchar('\n');
}

static int service_stats(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct list probes;
    const struct sys_stats ask_stats = {.has = 0};
    struct buf b;
    enum err err = ERR_OK;
    const char *comma = "";
    (void)command;
    int code = ask_all(c, a, &SYS_STATS, &ask_stats, 1, &probes);
    if (code)
        return code;
    buf_init(&b, MAX_OUTPUT);
    buf_puts(&b, "{\"items\":[");
    for (uint32_t i = 0; i < probes.n && !err; i++) {
        const struct probe *p = LIST_AT(struct probe, &probes, i);
        if (!p->answered) {
            note_silence(p);
        } else if (c->json) {
            buf_puts(&b, comma);
            err = json_encode(&PROCESS_STATS, p->answer, &b);
            comma = ",";
        } else {
            print_stats(c, p->answer);
        }
    }
    if (c->json && !err && buf_puts(&b, "]}") == ERR_OK)
        print_buffer(&b);
    buf_free(&b);
    if (err)
        return complain(c, err, "", "the answers cannot be printed");
    return DONE;
}

static int service_drain(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct list probes;
    struct sys_drain drain = {.has = 0};
    (void)command;
    const char *reason = argument(a, "reason");
    PUT(&drain, sys_drain, reason, view_of(reason ? reason : "ddctl"));
    int code = ask_all(c, a, &SYS_DRAIN, &drain, 1, &probes);
    if (code)
        return code;
    const struct probe *p = LIST_AT(struct probe, &probes, 0);
    if (!p->answered)
        return complain(c, p->err, "", "%s does not answer", p->info.name.p);
    if (c->json)
        print_record(c, &EMPTY, p->answer);
    else
        printf("%s takes no more work, and ends\n", p->info.name.p);
    return DONE;
}

static const struct option drain_options[] = {
    {"reason", NULL, OPTION_VALUE, "TEXT", "For its log."},
    {0},
};

const struct command service_commands[] = {
    {"svc", "ls", "[NAME]", NULL, "The processes and their state.", service_list, NULL, NULL, NULL,
     NULL},
    {"svc", "ping", "[NAME]", NULL, "How long each process takes to answer.", service_ping, NULL,
     NULL, NULL, NULL},
    {"svc", "stats", "[NAME]", NULL, "What each process has counted.", service_stats, NULL, NULL,
     NULL, NULL},
    {"svc", "drain", "NAME", drain_options, "Asks a process to finish its work and end.",
     service_drain, NULL, NULL, NULL, NULL},
    {0},
};
