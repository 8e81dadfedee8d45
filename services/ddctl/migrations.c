/*
 * migrations.c - reads a folder of migrations: see migrations.h.
 */
#include "services/ddctl/migrations.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 4 * 1024 * 1024, MAX_PATH = 1024 };

/* "0003_jobs.up.sql" -> 3, "jobs", up. False for files that are no migration. */
static bool parse_name(const char *file, struct migration *m, bool *up)
{
    char *end;
    long version = strtol(file, &end, 10);
    const char *dot = strchr(file, '.');
    if (end - file != 4 || *end != '_' || version < 1 || !dot)
        return false;
    *up = strcmp(dot, ".up.sql") == 0;
    if (!*up && strcmp(dot, ".down.sql") != 0)
        return false;
    size_t n = (size_t)(dot - end - 1);
    if (n == 0 || n >= sizeof m->name ||
        strspn(end + 1, "abcdefghijklmnopqrstuvwxyz0123456789_") != n)
        return false;
    m->version = (int)version;
    memcpy(m->name, end + 1, n);
    m->name[n] = '\0';
    return true;
}

static const char *read_text(struct ddctl *c, const char *folder, const char *file, size_t *n)
{
    char path[MAX_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    char *text = NULL;
    if (fseek(f, 0, SEEK_END) == 0) {
        long size = ftell(f);
        rewind(f);
        if (size >= 0 && size <= MAX_FILE)
            text = arena_take(&c->arena, (size_t)size + 1);
        *n = text ? fread(text, 1, (size_t)size, f) : 0;
        if (text && (*n != (size_t)size || memchr(text, '\0', *n)))
            text = NULL;
    }
    fclose(f);
    return text;
}

static void hash(const char *text, size_t n, char out[SHA256_HEX])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)text, n);
    sodium_bin2hex(out, SHA256_HEX, digest, sizeof digest);
}

static int by_version(const void *a, const void *b)
{
    const struct migration *x = a, *y = b;
    return x->version < y->version ? -1 : x->version > y->version;
}

/* Adds one file to its migration, which the other half may have made before. */
static int add_file(struct ddctl *c, const char *folder, const char *file, struct migration *all,
                    uint32_t *n)
{
    struct migration found = {.version = 0}, *m = NULL;
    bool up;
    size_t length = 0;
    if (!parse_name(file, &found, &up))
        return DONE;
    for (uint32_t i = 0; i < *n && !m; i++)
        if (all[i].version == found.version)
            m = &all[i];
    if (m && (strcmp(m->name, found.name) != 0 || (up ? m->up : m->down)))
        return complain(c, ERR_DUPLICATE_FIELD, file, "version %d is there twice", found.version);
    if (!m && *n == MAX_MIGRATIONS)
        return complain(c, ERR_LIMIT, file, "more than %d migrations", MAX_MIGRATIONS);
    if (!m) {
        m = &all[(*n)++];
        *m = found;
    }
    const char *text = read_text(c, folder, file, &length);
    if (!text)
        return complain(c, ERR_CONFIG, file, "cannot be read as a text of at most %d bytes",
                        MAX_FILE);
    if (up) {
        m->up = text;
        hash(text, length, m->sha256);
    } else {
        m->down = text;
    }
    return DONE;
}

int migrations_read(struct ddctl *c, const char *folder, struct list *out)
{
    struct migration *all = arena_take(&c->arena, MAX_MIGRATIONS * sizeof *all);
    struct dirent *entry;
    int code = DONE;
    uint32_t n = 0;
    *out = (struct list){NULL, 0};
    if (!all)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    DIR *dir = opendir(folder);
    if (!dir)
        return complain(c, ERR_CONFIG, "DD_SQL_DIR", "cannot read %s: %s", folder, strerror(errno));
    while (!code && (entry = readdir(dir)))
        code = add_file(c, folder, entry->d_name, all, &n);
    closedir(dir);
    qsort(all, n, sizeof *all, by_version);
    for (uint32_t i = 0; i < n && !code; i++)
        if (!all[i].up)
            code = complain(c, ERR_MISSING, all[i].name, "%04d has a way back but no way up",
                            all[i].version);
    *out = (struct list){all, n};
    return code;
}
