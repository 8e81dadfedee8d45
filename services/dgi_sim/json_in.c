/*
 * json_in.c - see json_in.h.
 */
#include "services/dgi_sim/json_in.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/* Brackets outside strings never nest deeper than JSON_DEPTH_MAX. */
static bool shallow(const char *p, size_t n)
{
    int depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < n; i++) {
        if (quoted) {
            if (p[i] == '\\')
                i++;
            else if (p[i] == '"')
                quoted = false;
        } else if (p[i] == '"') {
            quoted = true;
        } else if (p[i] == '[' || p[i] == '{') {
            if (++depth > JSON_DEPTH_MAX)
                return false;
        } else if (p[i] == ']' || p[i] == '}') {
            depth--;
        }
    }
    return true;
}

/* Version 2.1 loses what it built when a text turns out to be wrong, so it is read without a tree
 * first. */
static bool valid(const char *p, size_t n)
{
    yajl_handle parser = yajl_alloc(NULL, NULL, NULL);
    bool good = parser != NULL &&
                yajl_parse(parser, (const unsigned char *)p, n) == yajl_status_ok &&
                yajl_complete_parse(parser) == yajl_status_ok;

    if (parser != NULL)
        yajl_free(parser);
    return good;
}

yajl_val json_read(const char *p, size_t n)
{
    char *copy, why[128];
    yajl_val v = NULL;

    if (n == 0 || memchr(p, '\0', n) != NULL || !shallow(p, n) || !valid(p, n))
        return NULL;
    copy = malloc(n + 1); /* yajl wants a final NUL */
    if (copy == NULL)
        return NULL;
    memcpy(copy, p, n);
    copy[n] = '\0';
    v = yajl_tree_parse(copy, why, sizeof why);
    free(copy);
    return v;
}

yajl_val json_member(yajl_val object, const char *name)
{
    if (!YAJL_IS_OBJECT(object))
        return NULL;
    for (size_t i = 0; i < object->u.object.len; i++)
        if (strcmp(object->u.object.keys[i], name) == 0)
            return object->u.object.values[i];
    return NULL;
}

const char *json_text(yajl_val object, const char *name)
{
    yajl_val v = json_member(object, name);

    return YAJL_IS_STRING(v) ? YAJL_GET_STRING(v) : "";
}

bool json_whole(yajl_val object, const char *name, int64_t *value)
{
    yajl_val v = json_member(object, name);
    const char *text = YAJL_IS_NUMBER(v)   ? YAJL_GET_NUMBER(v)
                       : YAJL_IS_STRING(v) ? YAJL_GET_STRING(v)
                                           : "";
    char *end = NULL;
    long long parsed = strtoll(text, &end, 10);

    if (*text == '\0' || *end != '\0')
        return false;
    *value = parsed;
    return true;
}
