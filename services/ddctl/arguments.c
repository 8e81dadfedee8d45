/*
 * arguments.c - words of the command line to options, options to fields of a message; help.
 */
#include "services/ddctl/ddctl.h"

#include "proto/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option json_option = {"json", NULL, OPTION_FLAG, "", "Print JSON."};

static const struct option *find_option(const struct command *command, const char *name, size_t n)
{
    if (n == strlen(json_option.name) && strncmp(name, json_option.name, n) == 0)
        return &json_option;
    for (const struct option *o = command->options; o && o->name; o++)
        if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
            return o;
    return NULL;
}

__attribute__((format(printf, 2, 3))) static int misused(const struct command *command,
                                                         const char *format, ...)
{
    va_list args;
    fprintf(stderr, "ddctl: %s%s%s: ", command->group, command->verb ? " " : "",
            command->verb ? command->verb : "");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; see ddctl help %s\n", command->group);
    return USAGE;
}

/* True for a word that says yes or no to a flag; *value is then "true" or "false". */
static bool flag_word(const char *word, const char **value)
{
    static const char *const words[][2] = {
        {"true", "false"}, {"on", "off"}, {"yes", "no"}, {"True", "False"}};
    for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++) {
        for (int k = 0; k < 2; k++) {
            if (strcmp(word, words[i][k]) == 0) {
                *value = k ? "false" : "true";
                return true;
            }
        }
    }
    return false;
}

/* Takes one option, and its value from the next word where it has one. */
static int take_option(const struct command *command, char **words, int left, int *used,
                       struct arguments *out)
{
    const char *name = words[0] + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *o = find_option(command, name, n);
    const char *value = equals ? equals + 1 : NULL;
    *used = 1;
    if (!o)
        return misused(command, "no such option: %s", words[0]);
    if (out->n_given == MAX_GIVEN)
        return misused(command, "too many options");
    for (int i = 0; i < out->n_given; i++)
        if (out->given[i].option == o)
            return misused(command, "--%s is given twice", o->name);
    if (o->kind == OPTION_VALUE || o->kind == OPTION_FILE) {
        if (!value && left > 1) {
            value = words[1];
            *used = 2;
        }
        if (!value)
            return misused(command, "--%s needs a value", o->name);
    } else if (value) {
        if (o->kind != OPTION_FLAG || !flag_word(value, &value))
            return misused(command, "--%s takes no such value", o->name);
    } else {
        value = "true";
        if (o->kind == OPTION_FLAG && left > 1 && flag_word(words[1], &value))
            *used = 2;
    }
    out->given[out->n_given].option = o;
    out->given[out->n_given++].value = value;
    return DONE;
}

/* How many positional arguments a command needs and takes, by its help text. */
static void count_positional(const char *text, int *least, int *most)
{
    *least = *most = 0;
    while (*text) {
        (*most)++;
        *least += *text != '[';
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
}

int arguments_read(struct ddctl *c, const struct command *command, int argc, char **argv,
                   struct arguments *out)
{
    int least, most, used;
    *out = (struct arguments){.n_given = 0};
    for (int i = 0; i < argc; i += used) {
        used = 1;
        if (strncmp(argv[i], "--", 2) == 0) {
            int code = take_option(command, argv + i, argc - i, &used, out);
            if (code)
                return code;
        } else if (out->n_positional == MAX_POSITIONAL) {
            return misused(command, "too many arguments");
        } else {
            out->positional[out->n_positional++] = argv[i];
        }
    }
    count_positional(command->positional, &least, &most);
    if (out->n_positional < least)
        return misused(command, "needs %s", command->positional);
    if (out->n_positional > most)
        return misused(command, "does not take \"%s\"", out->positional[most]);
    const char *json = argument(out, "json");
    c->json = json && strcmp(json, "true") == 0;
    return DONE;
}

const char *argument(const struct arguments *a, const char *name)
{
    for (int i = 0; i < a->n_given; i++)
        if (strcmp(a->given[i].option->name, name) == 0)
            return a->given[i].value;
    return NULL;
}

bool argument_number(const struct arguments *a, const char *name, int64_t fallback, int64_t min,
                     int64_t max, int64_t *out)
{
    const char *text = argument(a, name);
    char *end;
    *out = fallback;
    if (!text)
        return true;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (!errno && end != text && !*end && *out >= min && *out <= max)
        return true;
    fprintf(stderr, "ddctl: --%s must be a whole number from %" PRId64 " to %" PRId64 "\n", name,
            min, max);
    return false;
}

/* What a given option says, as text. */
static int option_text(struct ddctl *c, const struct option *o, const char *value, struct view *out)
{
    char text[CONF_MAX_SECRET];
    *out = view_of(value);
    if (o->kind == OPTION_TRUE || o->kind == OPTION_FALSE)
        *out = view_of(o->kind == OPTION_TRUE ? "true" : "false");
    if (o->kind != OPTION_FILE)
        return DONE;
    size_t n = conf_read_file(value, text, sizeof text);
    if (n == 0)
        return complain(c, ERR_CONFIG, o->name, "cannot read anything from %s", value);
    *out = arena_copy(&c->arena, (struct view){text, (uint32_t)n});
    explicit_bzero(text, sizeof text);
    return out->p ? DONE : complain(c, ERR_NO_MEMORY, o->name, "out of memory");
}

static int fill_field(struct ddctl *c, const struct desc *d, const char *name, struct view text,
                      const char *shown, void *message)
{
    struct fault fault;
    const struct field_desc *f = desc_field(d, view_of(name));
    if (!f)
        return complain(c, ERR_UNKNOWN_FIELD, shown, "the message has no field %s", name);
    if (json_field_from_text(d, f, text, &c->arena, message, &fault) == ERR_OK)
        return DONE;
    complain(c, fault.code, shown, "%s", fault.text);
    return USAGE;
}

int arguments_fill(struct ddctl *c, const struct command *command, const struct arguments *a,
                   void *message)
{
    struct fault fault;
    char shown[64];
    int code = DONE;
    if (command->field && a->n_positional > 0)
        code = fill_field(c, command->msg, command->field, view_of(a->positional[0]),
                          command->positional, message);
    for (int i = 0; i < a->n_given && !code; i++) {
        const struct option *o = a->given[i].option;
        struct view text;
        if (!o->field)
            continue;
        code = option_text(c, o, a->given[i].value, &text);
        snprintf(shown, sizeof shown, "--%s", o->name);
        if (!code)
            code = fill_field(c, command->msg, o->field, text, shown, message);
    }
    if (code)
        return code;
    if (json_require(command->msg, message, &fault) != ERR_OK) {
        complain(c, fault.code, fault.field, "%s", fault.text);
        return USAGE;
    }
    return DONE;
}

static void print_usage(const struct command *command)
{
    printf("ddctl %s", command->group);
    if (command->verb)
        printf(" %s", command->verb);
    if (*command->positional)
        printf(" %s", command->positional);
    if (command->options)
        printf(" [options]");
    putchar('\n');
}

void print_command_help(const struct command *command)
{
    printf("  ");
    print_usage(command);
    printf("      %s\n", command->doc);
    for (const struct option *o = command->options; o && o->name; o++) {
        char left[48];
        bool takes = o->kind == OPTION_VALUE || o->kind == OPTION_FILE;
        snprintf(left, sizeof left, "--%s%s%s", o->name, takes ? " " : "", takes ? o->value : "");
        printf("        %-28s %s\n", left, o->doc);
    }
}

/* Groups are spread over several tables; people look for all of one in one place. */
static bool is_new_group(const struct command *const *tables, const struct command *one)
{
    for (; *tables; tables++)
        for (const struct command *c = *tables; c->group; c++)
            if (strcmp(c->group, one->group) == 0)
                return c == one;
    return false;
}

static void print_group(const struct command *const *tables, const char *group, bool whole)
{
    char left[64];
    for (; *tables; tables++)
        for (const struct command *c = *tables; c->group; c++) {
            if (strcmp(c->group, group) != 0)
                continue;
            snprintf(left, sizeof left, "%s%s%s %s", c->group, c->verb ? " " : "",
                     c->verb ? c->verb : "", c->positional);
            if (whole)
                print_command_help(c);
            else
                printf("  %-28s %s\n", left, c->doc);
        }
}

void print_help(const struct command *const *tables, const char *group)
{
    bool found = false;
    if (!group)
        printf("Usage: ddctl COMMAND [arguments] [--name value | --name=value]... [--json]\n"
               "Settings come from the environment, as those of the services. `ddctl help GROUP`\n"
               "tells the options. Exit codes: 0 done, 1 failed, 2 wrong usage.\n\n");
    for (const struct command *const *table = tables; *table; table++)
        for (const struct command *c = *table; c->group; c++)
            if (is_new_group(tables, c) && (!group || strcmp(group, c->group) == 0)) {
                print_group(tables, c->group, group != NULL);
                found = true;
            }
    if (!group)
        printf("  %-28s %s\n  %-28s %s\n", "help [GROUP]", "This, or the options of some commands.",
               "version", "The version of the program.");
    if (!found)
        printf("There is no command %s; ddctl help lists them.\n", group);
}
