/*
 * log.h - one JSON line per event on standard output: ts, level, svc, instance, msg, and members.
 */
#ifndef DGI_SIM_LOG_H
#define DGI_SIM_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Name of this process, and the least level that is written ("debug", "info", "warn", "error"). */
void log_open(const char *instance, const char *level);

/* `name` and `value` are one more member, both NULL for none. */
void log_line(enum log_level level, const char *msg, const char *name, const char *value);

#endif
