/*
 * messages.c - commands that are one message to a service.
 */
#include "services/ddctl/ddctl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_page(const struct desc *d)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].type == F_LIST)
            return true;
    return false;
}

int ddctl_bus(struct ddctl *c)
{
    struct fault f;
    char path[512];
    const struct keyring_conf conf = {c->conf.name, c->conf.bus_keys, c->conf.bus_secret,
                                      c->conf.bus_allowed};
    if (c->bus)
        return DONE;
    c->bus = bus_new();
    if (!c->bus)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    keyring_path(conf.folder, conf.name, path, sizeof path);
    if (!*conf.secret && access(path, F_OK) != 0)
        return DONE;
    if (keyring_open(&conf, &c->keys, &f) != ERR_OK)
        return complain(c, f.code, "DD_BUS_KEYS", "%s", f.text);
    bus_use_keys(c->bus, c->keys, NULL, NULL);
    return DONE;
}

int ask_patiently(struct ddctl *c, const char *service, const struct desc *msg, const void *message,
                  int ms, void *answer)
{
    struct fault fault;
    const char *addresses = conf_bus(&c->conf, service);
    int code = ddctl_bus(c);
    if (code)
        return code;
    if (!c->keys && addresses_guarded(addresses))
        return complain(c, ERR_CONFIG, "DD_BUS_KEYS", "%s has no key; ddctl keys new %s",
                        c->conf.name, c->conf.name);
    enum err err =
        call_and_wait(c->bus, addresses, msg, message, "ddctl", ms, &c->arena, answer, &fault);
    if (!err)
        return DONE;
    if (err == ERR_NO_SERVICE || err == ERR_TIMEOUT)
        return complain(c, err, fault.field, "%s: %s", service, fault.text);
    return complain(c, err, fault.field, "%s", fault.text);
}

int ask(struct ddctl *c, const char *service, const struct desc *msg, const void *message,
        void *answer)
{
    return ask_patiently(c, service, msg, message, CALL_MS, answer);
}

int run_message(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    void *message = arena_take(&c->arena, command->msg->size);
    void *answer = arena_take(&c->arena, command->msg->reply->size);
    if (!message || !answer)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    int code = arguments_fill(c, command, a, message);
    if (!code)
        code = ask(c, command->service, command->msg, message, answer);
    if (code)
        return code;
    if (is_page(command->msg->reply) && command->columns)
        print_page(c, command->msg->reply, answer, command->columns);
    else
        print_record(c, command->msg->reply, answer);
    return DONE;
}
