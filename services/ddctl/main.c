/*
 * main.c - ddctl: finds the command and runs it.
 */
#include "services/daemon/log.h"
#include "services/daemon/process.h"
#include "services/ddctl/ddctl.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command *const groups[] = {migrate_commands,  service_commands,
                                               dealer_commands,   job_commands,
                                               schedule_commands, access_commands,
                                               account_commands,  quarantine_commands,
                                               person_commands,   control_commands,
                                               key_commands,      rotate_commands,
                                               enrol_commands,    NULL};

static const struct command *find(const char *group, const char *verb)
{
    for (const struct command *const *g = groups; *g; g++)
        for (const struct command *c = *g; c->group; c++)
            if (strcmp(c->group, group) == 0 && (!c->verb || (verb && strcmp(c->verb, verb) == 0)))
                return c;
    return NULL;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct ddctl c = {.json = false};
    struct arguments a;
    signal(SIGPIPE, SIG_IGN);
    process_forbid_dumps();            /* it reads secrets from files, and seals them anew */
    log_open("ddctl", "ddctl", "off"); /* what the operator sees is the command's own output */
    arena_init(&c.arena, MAX_ARENA);
    int code = conf_read_shared("ddctl", &c.conf) == ERR_OK ? DONE : USAGE;
    if (!code)
        code = arguments_read(&c, command, argc, argv, &a);
    if (!code)
        code = command->fn(&c, command, &a);
    bus_free(&c.bus);
    keyring_free(&c.keys);
    arena_free(&c.arena);
    conf_free_shared(&c.conf);
    return fflush(stdout) == 0 ? code : FAILED;
}

int main(int argc, char **argv)
{
    const char *group = argc > 1 ? argv[1] : "help", *verb = argc > 2 ? argv[2] : NULL;
    if (strcmp(group, "--version") == 0 || strcmp(group, "version") == 0) {
        puts(DD_VERSION);
        return DONE;
    }
    if (strcmp(group, "help") == 0 || strcmp(group, "--help") == 0 || strcmp(group, "-h") == 0) {
        print_help(groups, verb);
        return DONE;
    }
    const struct command *command = find(group, verb);
    if (wants_help(argc - 2, argv + 2)) {
        if (command)
            print_command_help(command);
        else
            print_help(groups, group);
        return DONE;
    }
    if (!command) {
        fprintf(stderr, "ddctl: no such command: %s%s%s; see ddctl help\n", group, verb ? " " : "",
                verb ? verb : "");
        return USAGE;
    }
    int used = command->verb ? 3 : 2;
    return run(command, argc - used, argv + used);
}
