/*
 * redis_url.h - where Redis is: unix:///path[?db=n] or redis://[:password@]host[:port][/n].
 */
#ifndef DAEMON_REDIS_URL_H
#define DAEMON_REDIS_URL_H

#include "proto/errors.h"

struct redis_url {
    char path[108]; /* of the Unix socket; "" = TCP */
    char host[256];
    int port;
    char password[256]; /* "" = none */
    int number;         /* of the database */
};

/* ERR_FORMAT for anything else. */
enum err redis_url_parse(const char *url, struct redis_url *out) MUST_CHECK;

#endif
