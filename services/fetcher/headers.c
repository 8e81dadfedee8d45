/*
 * headers.c - what the header lines of an answer tell. Pure.
 */
#include "services/fetcher/headers.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

enum { MAX_VALUE = 64, MAX_SECONDS = 100000000 };

/* Copies the value of a line whose name is `name`; false: another line, or no reasonable value. */
static bool value_of(const char *line, size_t n, const char *name, char out[MAX_VALUE])
{
    size_t len = strlen(name);

    if (n <= len || strncasecmp(line, name, len) != 0 || line[len] != ':')
        return false;
    line += len + 1;
    n -= len + 1;
    while (n > 0 && (*line == ' ' || *line == '\t'))
        line++, n--;
    while (n > 0 && strchr(" \t\r\n", line[n - 1]))
        n--;
    if (n == 0 || n >= MAX_VALUE || memchr(line, '\0', n))
        return false;
    memcpy(out, line, n);
    out[n] = '\0';
    return true;
}

static bool date_of(const char *text, int64_t *ms)
{
    time_t at = curl_getdate(text, NULL);

    *ms = (int64_t)at * 1000;
    return at > 0;
}

static void take_retry(struct headers *h, const char *text)
{
    int64_t seconds = 0;

    h->retry_ms = 0;
    h->has_retry_at = false;
    if (strspn(text, "0123456789") == strlen(text)) {
        for (const char *p = text; *p && seconds < MAX_SECONDS; p++)
            seconds = seconds * 10 + (*p - '0');
        h->retry_ms = seconds * 1000;
    } else {
        h->has_retry_at = date_of(text, &h->retry_at_ms);
    }
}

void headers_line(struct headers *h, const char *line, size_t n, int64_t wall_ms)
{
    char value[MAX_VALUE];

    if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        *h = (struct headers){.has_date = false};
    } else if (value_of(line, n, "Date", value)) {
        h->has_date = date_of(value, &h->date_ms);
        h->seen_ms = wall_ms;
    } else if (value_of(line, n, "Retry-After", value)) {
        take_retry(h, value);
        if (!h->has_date)
            h->seen_ms = wall_ms;
    }
}

int64_t headers_retry_after_ms(const struct headers *h)
{
    int64_t ms = h->retry_ms;

    if (h->has_retry_at)
        ms = h->retry_at_ms - (h->has_date ? h->date_ms : h->seen_ms);
    if (ms < 0)
        return 0;
    return ms > HEADERS_LONGEST_WISH_MS ? HEADERS_LONGEST_WISH_MS : ms;
}

bool headers_skew(const struct headers *h, int64_t *skew_ms)
{
    /* Date has whole seconds: half of one is the best guess at the rest. */
    *skew_ms = h->has_date ? h->date_ms + 500 - h->seen_ms : 0;
    return h->has_date;
}
