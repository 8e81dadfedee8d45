/*
 * write_seeds.c - writes the seeds of fuzz_codec, fuzz_json and fuzz_envelope from the examples of
 * the tables: `write_seeds FOLDER` fills FOLDER/codec, FOLDER/json and FOLDER/envelope.
 * Run it again when a table was added; found inputs that are kept beside the seeds stay.
 */
#include "proto/example.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
    fprintf(stderr, "write_seeds: %s\n", what);
    exit(1);
}

static void write_seed(const char *folder, const char *kind, const char *name, const char *suffix,
                       const struct buf *b)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s%s", folder, kind, name, suffix);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(b->p, 1, b->n, file) != b->n || fclose(file) != 0)
        fail(path);
}

/* A frame of each kind around the record. */
static void write_frames(const char *folder, const struct desc *d, const void *record)
{
    struct buf b;
    enum err e = ERR_OK;
    struct context ctx = {0};
    PUT(&ctx, context, deadline_ms, 2000);
    PUT(&ctx, context, request_id, view_of("seed"));
    buf_init(&b, 1 << 20);
    if (d->kind == DESC_MSG)
        e = frame_request(&b, 7, d->name, &ctx, d, record);
    else if (d->kind == DESC_EVENT)
        e = frame_event(&b, d, record);
    else
        e = frame_reply(&b, 7, d, record);
    if (e != ERR_OK)
        fail(d->type_name);
    write_seed(folder, "envelope", d->type_name, "", &b);
    buf_free(&b);
}

static void write_error(const char *folder)
{
    struct buf b;
    struct remote_error error = {
        .code = view_of("field.limit"), .text = view_of("Too long."), .retry_after_ms = 5};
    error.n_fields = 1;
    error.fields[0] =
        (struct remote_field){view_of("items[0].name"), view_of("field.limit"), view_of("Long.")};
    buf_init(&b, 4096);
    if (frame_error(&b, 7, &error) != ERR_OK)
        fail("error");
    write_seed(folder, "envelope", "error", "", &b);
    buf_free(&b);
}

static void write_record(const char *folder, unsigned index, enum example_fields which)
{
    const struct desc *d = all_descs[index];
    const char *suffix = which == EXAMPLE_ALL ? "" : "_required";
    const char prefix[2] = {(char)index, 0};
    struct arena a;
    struct buf b;
    struct fault f;
    arena_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    void *record = arena_take(&a, d->size);
    if (!record || example_fill(d, which, &a, record, &f) != ERR_OK)
        fail(d->type_name);
    buf_append(&b, prefix, 1);
    if (codec_encode(d, record, &b) != ERR_OK)
        fail(d->type_name);
    write_seed(folder, "codec", d->type_name, suffix, &b);
    buf_reset(&b);
    buf_append(&b, prefix, 2);
    if (json_encode(d, record, &b) != ERR_OK)
        fail(d->type_name);
    write_seed(folder, "json", d->type_name, suffix, &b);
    if (which == EXAMPLE_ALL)
        write_frames(folder, d, record);
    buf_free(&b);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        fail("usage: write_seeds FOLDER");
    for (unsigned i = 0; all_descs[i]; i++) {
        write_record(argv[1], i, EXAMPLE_ALL);
        write_record(argv[1], i, EXAMPLE_REQUIRED);
    }
    write_error(argv[1]);
    return 0;
}
