/*
 * guarding.c - the keys of a process's bus: opened at the start, checked, and told to the log.
 *
 * DESIGN: a process has keys when one of its addresses is tcp, or when there are keys of its name:
 * then it can also reach the processes of other machines. An address that is tcp and keys that
 * cannot be used end the start; so does a stranger who is let in.
 */
#include "services/daemon/process_state.h"

#include "proto/bus/guard.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct telling {
    enum log_level level;
    const char *text;
};

static const struct telling tellings[BUS_EVENTS] = {
    [BUS_REFUSED] = {LOG_ERROR, "a server refuses our key: is it in the list of allowed keys?"},
    [BUS_NO_HANDSHAKE] = {LOG_WARN, "no handshake with a server: does it have this key?"},
    [BUS_UNKNOWN_SERVER] = {LOG_ERROR, "a server cannot be asked"},
    [BUS_TAKEN] = {LOG_INFO, "a server takes us again"},
    [BUS_STRANGER] = {LOG_WARN, "somebody was refused"},
    [BUS_BAD_HANDSHAKE] = {LOG_WARN, "somebody came and was not let in"},
    [BUS_FORBIDDEN] = {LOG_WARN, "a message was refused: its sender may not send it"},
    [BUS_KEYS_READ] = {LOG_INFO, "the list of allowed keys was read"},
    [BUS_KEYS_UNUSABLE] = {LOG_ERROR, "keys cannot be used, those from before stay"},
    [BUS_KEY_CHANGED] = {LOG_INFO, "our next key is in use"},
};

static void on_note(void *arg, const struct bus_note *note)
{
    const struct telling *t = &tellings[note->event];
    (void)arg;
    log_line(t->level, NULL, t->text,
             LOG_FIELDS(K("peer", note->peer), K("address", note->address), K("key", note->key),
                        K("detail", note->detail), KN("times", note->times)));
}

static bool wants_keys(const struct daemon *d)
{
    const struct shared_conf *c = &d->conf;
    char path[512];
    keyring_path(c->bus_keys, c->name, path, sizeof path);
    return addresses_guarded(c->bind) || addresses_guarded(c->bus_dealer) ||
           addresses_guarded(c->bus_scheduler) || addresses_guarded(c->bus_analytics) ||
           *c->bus_secret || access(path, F_OK) == 0;
}

enum err guarding_start(struct daemon *d)
{
    struct fault f = {0};
    const struct keyring_conf conf = {d->conf.name, d->conf.bus_keys, d->conf.bus_secret,
                                      d->conf.bus_allowed};
    char hex[BUS_KEY_HEX + 1];
    if (!wants_keys(d))
        return ERR_OK;
    enum err err = keyring_open(&conf, &d->keys, &f);
    if (err) {
        log_error("no usable keys for the bus; ddctl keys new makes them", K("name", d->conf.name),
                  K("detail", f.text));
        return err;
    }
    key_to_hex(keyring_own(d->keys)->public, hex);
    log_info("the bus has keys", K("key", hex), KN("allowed", keyring_allowed(d->keys)->n));
    bus_use_keys(d->p.bus, d->keys, on_note, d);
    return guard_new(d->p.bus, d->p.loop, &d->guard);
}

enum err guarding_check(struct daemon *d)
{
    struct fault f = {0};
    enum err err = d->guard ? guard_check(d->guard, d->conf.bind, &f) : ERR_OK;
    if (err)
        log_error("the bus is not guarded, so the process ends", K("detail", f.text));
    else if (addresses_guarded(d->conf.bind))
        log_info("strangers are refused", K("endpoint", d->conf.bind));
    return err;
}

void guarding_end(struct daemon *d)
{
    guard_free(&d->guard);
}

void guarding_forget(struct daemon *d)
{
    keyring_free(&d->keys);
}
