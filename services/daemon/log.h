/*
 * log.h - one JSON line per event on stdout: ts, level, svc, instance, req, msg, then the fields.
 *
 * Levels: error = somebody must act; warn = degraded, and counted; info = a change of state; debug.
 * Never a secret, never a payload, never personal data. Safe from any thread.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include "proto/schema.h"

#include <stdarg.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* service and instance are copied. level: debug, info, warn, error, or off: nothing is written. */
void log_open(const char *service, const char *instance, const char *level);

struct log_field {
    const char *key;
    enum { LOG_TEXT, LOG_NUMBER, LOG_END } type;
    struct view text;
    int64_t number;
};

/* Use the macros: log_info("job accepted", K("job", id), KN("tasks", 29)); */
#define K(key_, text_) ((struct log_field){.key = key_, .type = LOG_TEXT, .text = view_of(text_)})
#define KV(key_, view_) ((struct log_field){.key = key_, .type = LOG_TEXT, .text = view_})
#define KN(key_, n_) ((struct log_field){.key = key_, .type = LOG_NUMBER, .number = (int64_t)(n_)})
#define LOG_FIELDS(...)                                                                            \
    (const struct log_field[])                                                                     \
    {                                                                                              \
        __VA_ARGS__ __VA_OPT__(, )                                                                 \
        {                                                                                          \
            .type = LOG_END                                                                        \
        }                                                                                          \
    }

/* req: request id or NULL. */
void log_line(enum log_level level, const char *req, const char *msg,
              const struct log_field *fields);

#define log_debug(msg, ...) log_line(LOG_DEBUG, NULL, msg, LOG_FIELDS(__VA_ARGS__))
#define log_info(msg, ...) log_line(LOG_INFO, NULL, msg, LOG_FIELDS(__VA_ARGS__))
#define log_warn(msg, ...) log_line(LOG_WARN, NULL, msg, LOG_FIELDS(__VA_ARGS__))
#define log_error(msg, ...) log_line(LOG_ERROR, NULL, msg, LOG_FIELDS(__VA_ARGS__))

#endif
