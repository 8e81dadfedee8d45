/*
 * known_principals.c - what it costs a gateway to know again whose session or key a request shows.
 *
 *   known_principals ROWS TIMES    prints one line of JSON: microseconds of each way, rows that
 * stayed
 *
 * DESIGN: the gateway's own code over its own table, filled with so many sessions and keys as the
 * account service would tell them: the header is read, the token hashed, its row looked up; with a
 * cookie all this twice, as gateway/auth.c does, which first chooses among cookies. Tokens come in
 * an order that no cache foresees.
 */
#include "gateway/auth.h"
#include "gateway/fields.h"
#include "gateway/principals.h"
#include "proto/codec.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEADER = 160, TOKEN = 64 };

struct shown {
    char token[TOKEN];
    char header[HEADER]; /* a cookie among others, or Bearer */
};

/* Of the processor: others may run beside us. */
static double micros(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void make_token(const char *prefix, char out[TOKEN])
{
    unsigned char bytes[32];
    int n = snprintf(out, TOKEN, "%s", prefix);
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(out + n, TOKEN - (size_t)n, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void make(struct shown *s, struct principals *p, bool session, size_t i)
{
    char name[32];
    unsigned char hash[PRINCIPAL_HASH];
    struct identity who = {.role = view_of("viewer")};
    make_token(session ? "ds_" : "dk_0123456789_", s->token);
    snprintf(s->header, sizeof s->header,
             session ? "theme=dark; dd_admin_8502=%s; lang=id" : "Bearer %s", s->token);
    snprintf(name, sizeof name, "user-%zu", i);
    who.principal = who.owner_id = view_of(name);
    if (session)
        PUT(&who, identity, session_id, view_of(name));
    auth_hash(view_of(s->token), hash);
    if (!principals_keep(p, hash, &who, (int64_t)i))
        exit(1);
}

static const struct principal *find(struct principals *p, struct view token)
{
    unsigned char hash[PRINCIPAL_HASH];
    auth_hash(token, hash);
    return principals_find(p, hash);
}

static const struct principal *by_cookie(struct principals *p, const struct shown *s)
{
    struct view name, value;
    for (uint32_t at = 0; cookie_next(view_of(s->header), &at, &name, &value);)
        if (name.n > 9 && memcmp(name.p, "dd_admin_", 9) == 0 && find(p, value))
            return find(p, value);
    return NULL;
}

static const struct principal *by_key(struct principals *p, const struct shown *s)
{
    return find(p, bearer_of(view_of(s->header)));
}

static double measure(struct principals *p, const struct shown *rows, size_t n, long times,
                      const struct principal *(*fn)(struct principals *, const struct shown *),
                      size_t *found)
{
    size_t at = 0;
    *found = 0;
    double begin = micros();
    for (long i = 0; i < times; i++) {
        *found += fn(p, &rows[at]) != NULL;
        at = (at + 7919) % n;
    }
    return (micros() - begin) / (double)times;
}

int main(int argc, char **argv)
{
    long n = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    long times = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (n < 1 || times < 1 || sodium_init() < 0)
        return 1;
    struct shown *rows = calloc((size_t)n, sizeof *rows);
    static const char *const ways[] = {"session", "key"};
    printf("{\"rows\": %ld", n);
    for (size_t way = 0; rows && way < 2; way++) {
        struct principals *p = principals_new();
        size_t found, held = 0;
        for (long i = 0; p && i < n; i++)
            make(&rows[i], p, way == 0, (size_t)i);
        for (long i = 0; p && i < n; i++)
            held += find(p, view_of(rows[i].token)) != NULL;
        double us =
            p ? measure(p, rows, (size_t)n, times, way == 0 ? by_cookie : by_key, &found) : 0;
        printf(", \"%s_us\": %.3f, \"%s_held\": %zu", ways[way], us, ways[way], held);
        principals_free(&p);
    }
    puts("}");
    free(rows);
    return 0;
}
