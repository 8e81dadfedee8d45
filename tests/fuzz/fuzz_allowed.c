/*
 * fuzz_allowed.c - any bytes as a list of allowed keys: refused with a reason, or read into keys
 * that are written and read again as the same. The first address of a list likewise holds together.
 */
#include "proto/bus/address.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const struct allowed *list)
{
    static struct allowed again;
    struct fault f;
    struct buf b;
    buf_init(&b, 1 << 20);
    for (unsigned i = 0; i < list->n; i++)
        if (allowed_write(&list->keys[i], &b) != ERR_OK)
            abort();
    if (allowed_parse(buf_view(&b), &again, &f) != ERR_OK || again.n != list->n)
        abort();
    for (unsigned i = 0; i < list->n; i++)
        if (memcmp(again.keys[i].key, list->keys[i].key, BUS_KEY) != 0 ||
            strcmp(again.keys[i].name, list->keys[i].name) != 0 ||
            again.keys[i].until_ms != list->keys[i].until_ms)
            abort();
    buf_free(&b);
}

static void read_addresses(const uint8_t *data, size_t size)
{
    char text[512];
    const char *at = text;
    struct bus_address a, events;
    size_t n = size < sizeof text ? size : sizeof text - 1;
    memcpy(text, data, n);
    text[n] = '\0';
    while (*at) {
        const char *before = at;
        if (bus_address_next(&at, &a) == ERR_OK && event_address(&a, &events) == ERR_OK &&
            (a.guarded != events.guarded || strcmp(a.transport, events.transport) == 0))
            abort();
        if (at == before)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct allowed list;
    struct fault f = {0};
    read_addresses(data, size);
    if (allowed_parse((struct view){(const char *)data, (uint32_t)size}, &list, &f) != ERR_OK) {
        if (!*f.text)
            abort();
        return 0;
    }
    for (unsigned i = 0; i < list.n; i++) {
        const struct allowed_key *k = &list.keys[i];
        if (!*k->name || k->kind == SENDER_NONE || allowed_find(&list, k->key) != k)
            abort();
    }
    read_again(&list);
    return 0;
}
