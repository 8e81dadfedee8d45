/*
 * messages.c - commands that are one message to a service.
 */
#include "services/ddctl/ddctl.h"

#include <stdio.h>
#include <string.h>

static bool is_page(const struct desc *d)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].type == F_LIST)
            return true;
    return false;
}

int ask_patiently(struct ddctl *c, const char *service, const struct desc *msg, const void *message,
                  int ms, void *answer)
{
    struct fault fault;
    if (!c->bus)
        c->bus = bus_new();
    if (!c->bus)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    enum err err = call_and_wait(c->bus, conf_bus(&c->conf, service), msg, message, "ddctl", ms,
                                 &c->arena, answer, &fault);
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
