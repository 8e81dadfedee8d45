/*
 * window.c - reads the ends of a window. Pure.
 */
#include "services/scheduler/window.h"

#include "proto/json.h"

#include <stdio.h>
#include <string.h>

static bool two_digits(const char *p, int below)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    return (p[0] - '0') * 10 + (p[1] - '0') < below;
}

static bool is_time_of_day(const char *p)
{
    return two_digits(p, 24) && p[2] == ':' && two_digits(p + 3, 60) && p[5] == ':' &&
           two_digits(p + 6, 60);
}

enum err window_read(struct view text, bool last, struct window_end *out)
{
    int64_t ms;
    *out = (struct window_end){.kind = WINDOW_WALL};
    if (text.n == 0) {
        out->kind = WINDOW_ABSENT;
        return ERR_OK;
    }
    if (text.n < 10 || text.n >= sizeof out->text || !date_valid((struct view){text.p, 10}))
        return ERR_FORMAT;
    if (text.n == 10) {
        snprintf(out->text, sizeof out->text, "%.10s %s", text.p, last ? "23:59:59" : "00:00:00");
        return ERR_OK;
    }
    if (text.n == 19 && (text.p[10] == ' ' || text.p[10] == 'T') && is_time_of_day(text.p + 11)) {
        snprintf(out->text, sizeof out->text, "%.10s %.8s", text.p, text.p + 11);
        return ERR_OK;
    }
    if (!time_from_text(text, &ms))
        return ERR_FORMAT;
    out->kind = WINDOW_INSTANT;
    memcpy(out->text, text.p, text.n);
    return ERR_OK;
}

const char *window_kind_name(enum window_kind kind)
{
    static const char *const names[] = {"absent", "wall", "instant"};
    return names[kind];
}
