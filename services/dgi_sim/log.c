/*
 * log.c - see log.h. A line is written by one call, so lines of several processes in one file do
 * not mix.
 */
#include "services/dgi_sim/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "services/dgi_sim/text.h"
#include "services/dgi_sim/wall.h"

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static char log_instance[64] = "dgi_sim";
static enum log_level log_least = LOG_INFO;

void log_open(const char *instance, const char *level)
{
    snprintf(log_instance, sizeof log_instance, "%s", instance);
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (strcmp(level_names[i], level) == 0)
            log_least = (enum log_level)i;
}

void log_line(enum log_level level, const char *msg, const char *name, const char *value)
{
    struct text line = {0};
    char now[WALL_TEXT_MAX], stamp[WALL_TEXT_MAX + 8];
    int64_t ms = real_now_ms();

    if (level < log_least)
        return;
    wall_write_time(ms / 1000, WALL_ISO_T, now);
    snprintf(stamp, sizeof stamp, "%s.%03dZ", now, (int)(ms % 1000));
    text_add(&line, "{");
    text_member(&line, "ts", stamp);
    text_member(&line, "level", level_names[level]);
    text_member(&line, "svc", "dgi_sim");
    text_member(&line, "instance", log_instance);
    text_member(&line, "msg", msg);
    if (name != NULL)
        text_member(&line, name, value);
    text_add(&line, "}\n");
    if (!line.full && write(STDOUT_FILENO, line.p, line.n) < 0)
        line.full = true; /* nobody reads us: nothing else can be told */
    text_free(&line);
}
