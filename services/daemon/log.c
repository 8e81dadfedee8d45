/*
 * log.c - one JSON line per event, made on the stack and written by one write().
 *
 * DESIGN: a line has at most LINE_BYTES; a field that does not fit any more is left out and the
 * line says "cut": true, so that what is written is always valid JSON. Bytes that are not UTF-8
 * become U+FFFD. Nothing is allocated and no lock is held: a line may come from any thread, also
 * when memory is short.
 */
#include "services/daemon/log.h"

#include "proto/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 8192, TAIL_BYTES = 32, TEXT_BYTES = 2000 };

struct line {
    size_t n;
    bool cut; /* something was left out */
    char p[LINE_BYTES];
};

/* Set once by log_open(), before a second thread exists. */
static char log_service[32] = "?";
static char log_instance[64] = "?";
static int log_least = LOG_INFO; /* enum log_level, or above all of them: silence */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static void put(struct line *l, const char *p, size_t n)
{
    if (n > sizeof l->p - TAIL_BYTES - l->n) {
        l->cut = true;
        return;
    }
    memcpy(l->p + l->n, p, n);
    l->n += n;
}

static void put_text(struct line *l, struct view v)
{
    const unsigned char *p = (const unsigned char *)v.p;
    size_t n = v.n < TEXT_BYTES ? v.n : TEXT_BYTES;
    char escape[8];
    put(l, "\"", 1);
    for (size_t i = 0; i < n;) {
        size_t step = text_character((struct view){v.p + i, v.n - (uint32_t)i});
        if (step == 0) {
            put(l, "\xef\xbf\xbd", 3);
            step = 1;
        } else if (p[i] == '"' || p[i] == '\\') {
            escape[0] = '\\';
            escape[1] = (char)p[i];
            put(l, escape, 2);
        } else if (p[i] < 0x20 || p[i] == 0x7f) {
            snprintf(escape, sizeof escape, "\\u%04x", p[i]);
            put(l, escape, 6);
        } else {
            put(l, (const char *)p + i, step);
        }
        i += step;
    }
    put(l, "\"", 1);
}

static void put_pair(struct line *l, const char *key, struct view text)
{
    size_t before = l->n;
    bool was_cut = l->cut;
    l->cut = false;
    put(l, ",", 1);
    put_text(l, view_of(key));
    put(l, ":", 1);
    put_text(l, text);
    if (l->cut)
        l->n = before; /* half a field would be no JSON */
    l->cut |= was_cut;
}

static void put_number(struct line *l, const char *key, int64_t number)
{
    char text[48];
    size_t before = l->n;
    int n = snprintf(text, sizeof text, ":%" PRId64, number);
    bool was_cut = l->cut;
    l->cut = false;
    put(l, ",", 1);
    put_text(l, view_of(key));
    put(l, text, (size_t)n);
    if (l->cut)
        l->n = before;
    l->cut |= was_cut;
}

static void put_time(struct line *l)
{
    struct timespec now;
    struct tm tm;
    char text[64];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    int n = snprintf(text, sizeof text, "{\"ts\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ\"",
                     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                     now.tv_nsec / 1000000);
    put(l, text, (size_t)n);
}

static void write_all(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put_n = write(STDOUT_FILENO, p, n);
        if (put_n < 0 && errno == EINTR)
            continue;
        if (put_n <= 0)
            return; /* nobody reads us: there is nowhere to say so */
        p += put_n;
        n -= (size_t)put_n;
    }
}

void log_open(const char *service, const char *instance, const char *level)
{
    snprintf(log_service, sizeof log_service, "%s", service);
    snprintf(log_instance, sizeof log_instance, "%s", instance);
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
        if (level && strcmp(level, level_names[i]) == 0)
            log_least = (int)i;
    if (level && strcmp(level, "off") == 0)
        log_least = LOG_ERROR + 1;
}

void log_line(enum log_level level, const char *req, const char *msg,
              const struct log_field *fields)
{
    struct line l;
    if ((int)level < log_least)
        return;
    l.n = 0;
    l.cut = false;
    put_time(&l);
    put_pair(&l, "level", view_of(level_names[level]));
    put_pair(&l, "svc", view_of(log_service));
    put_pair(&l, "instance", view_of(log_instance));
    if (req && *req)
        put_pair(&l, "req", view_of(req));
    put_pair(&l, "msg", view_of(msg));
    for (; fields && fields->type != LOG_END; fields++) {
        if (fields->type == LOG_NUMBER)
            put_number(&l, fields->key, fields->number);
        else
            put_pair(&l, fields->key, fields->text);
    }
    /* put() keeps TAIL_BYTES free, so the end always fits. */
    const char *end = l.cut ? ",\"cut\":true}\n" : "}\n";
    memcpy(l.p + l.n, end, strlen(end));
    write_all(l.p, l.n + strlen(end));
}
