/*
 * assets.c - static files, read once.
 *
 * THREADS: the loop's thread; read only after the start.
 */
#include "gateway/assets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ASSETS = 2000, MAX_FILE_BYTES = 32 * 1024 * 1024, MAX_DEPTH = 8, PATH_BYTES = 1024 };

struct assets {
    struct asset *rows; /* sorted by path; owned */
    unsigned n;
    bool pages; /* the role has an index.html */
};

static const struct {
    const char *suffix;
    const char *type;
} media_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

const char *media_type_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof media_types / sizeof media_types[0]; i++)
        if (strcmp(dot, media_types[i].suffix) == 0)
            return media_types[i].type;
    return "application/octet-stream";
}

static bool read_file(const char *file, struct view *out)
{
    struct stat st;
    size_t n = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    char *p = NULL;
    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE_BYTES)
        goto out;
    p = malloc((size_t)st.st_size + 1);
    while (p && n < (size_t)st.st_size) {
        ssize_t got = read(fd, p + n, (size_t)st.st_size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
out:
    if (fd >= 0)
        close(fd);
    if (!p)
        return false;
    *out = (struct view){p, (uint32_t)n};
    return true;
}

static void set_etag(struct asset *a)
{
    static const unsigned char key[crypto_shorthash_KEYBYTES] = "dealer-assets-1";
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)a->body.p, a->body.n, key);
    snprintf(a->etag, sizeof a->etag, "\"%016" PRIx64 "\"", hash);
}

/* Adds the row; takes the body. */
static bool add(struct assets *a, const char *path, struct view body, struct view gzip)
{
    if (a->n == MAX_ASSETS)
        goto fail;
    struct asset *row = &a->rows[a->n];
    *row = (struct asset){.path = strdup(path),
                          .type = media_type_of(path),
                          .body = body,
                          .gzip = gzip,
                          .forever = strstr(path, "/assets/") != NULL};
    if (!row->path)
        goto fail;
    set_etag(row);
    a->n++;
    return true;
fail:
    free((void *)(uintptr_t)body.p);
    free((void *)(uintptr_t)gzip.p);
    return false;
}

/* /docs as such: the same page, told where its files are. */
static bool add_docs(struct assets *a, struct view index)
{
    static const char base[] = "<base href=\"docs/\">";
    const char *head = index.n ? memmem(index.p, index.n, "<head>", 6) : NULL;
    if (!head)
        return true;
    size_t before = (size_t)(head - index.p) + 6;
    char *p = malloc(index.n + sizeof base);
    if (!p)
        return false;
    memcpy(p, index.p, before);
    memcpy(p + before, base, sizeof base - 1);
    memcpy(p + before + sizeof base - 1, index.p + before, index.n - before);
    struct view body = {p, index.n + (uint32_t)sizeof base - 1};
    if (!add(a, "/docs", body, (struct view){0}))
        return false;
    a->rows[a->n - 1].type = media_type_of("index.html");
    return true;
}

static bool add_file(struct assets *a, const char *file, const char *path)
{
    struct view body = {0}, gzip = {0};
    char compressed[PATH_BYTES + 8];
    size_t n = strlen(path);
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0)
        return true;
    if (!read_file(file, &body)) {
        log_warn("page file cannot be read", K("file", file));
        return true;
    }
    snprintf(compressed, sizeof compressed, "%s.gz", file);
    if (access(compressed, R_OK) == 0 && !read_file(compressed, &gzip))
        gzip = (struct view){0};
    if (!add(a, path, body, gzip))
        return false;
    return strcmp(path, "/docs/index.html") != 0 || add_docs(a, body);
}

static bool add_folder(struct assets *a, const char *folder, const char *prefix, int depth)
{
    char file[PATH_BYTES], path[PATH_BYTES];
    bool ok = true;
    DIR *d = depth < MAX_DEPTH ? opendir(folder) : NULL;
    if (!d)
        return true;
    for (struct dirent *entry; ok && (entry = readdir(d));) {
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(file, sizeof file, "%s/%s", folder, entry->d_name) >= (int)sizeof file ||
            snprintf(path, sizeof path, "%s/%s", prefix, entry->d_name) >= (int)sizeof path ||
            stat(file, &st))
            continue;
        if (S_ISDIR(st.st_mode))
            ok = add_folder(a, file, path, depth + 1);
        else
            ok = add_file(a, file, path);
    }
    closedir(d);
    return ok;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct asset *)a)->path, ((const struct asset *)b)->path);
}

enum err assets_new(const char *ui_dir, const char *role, struct assets **out)
{
    char folder[PATH_BYTES];
    struct assets *a = calloc(1, sizeof *a);
    if (a)
        a->rows = calloc(MAX_ASSETS, sizeof *a->rows);
    if (!a || !a->rows)
        goto fail;
    if (*ui_dir) {
        snprintf(folder, sizeof folder, "%s/%s", ui_dir, role);
        if (!add_folder(a, folder, "", 0))
            goto fail;
        snprintf(folder, sizeof folder, "%s/docs", ui_dir);
        if (!add_folder(a, folder, "/docs", 0))
            goto fail;
    }
    qsort(a->rows, a->n, sizeof *a->rows, by_path);
    a->pages = assets_find(a, view_of("/index.html")) != NULL;
    if (!a->pages && strcmp(role, "api") != 0)
        log_warn("there are no pages", K("folder", ui_dir), K("role", role));
    *out = a;
    return ERR_OK;
fail:
    assets_free(&a);
    return ERR_NO_MEMORY;
}

void assets_free(struct assets **a)
{
    if (!*a)
        return;
    for (unsigned i = 0; i < (*a)->n; i++) {
        struct asset *row = &(*a)->rows[i];
        free(row->path);
        free((void *)(uintptr_t)row->body.p);
        free((void *)(uintptr_t)row->gzip.p);
    }
    free((*a)->rows);
    free(*a);
    *a = NULL;
}

static const struct asset *exact(const struct assets *a, struct view path)
{
    unsigned low = 0, high = a->n;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        const char *p = a->rows[middle].path;
        int order = strncmp(p, path.p, path.n);
        if (order == 0 && p[path.n] == 0)
            return &a->rows[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct asset *assets_find(const struct assets *a, struct view path)
{
    const struct asset *found = exact(a, path);
    if (found)
        return found;
    if (view_is(path, "/docs/"))
        return exact(a, view_of("/docs/index.html"));
    bool reserved =
        (path.n >= 4 && memcmp(path.p, "/api", 4) == 0 && (path.n == 4 || path.p[4] == '/')) ||
        (path.n >= 5 && memcmp(path.p, "/docs", 5) == 0);
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    if (reserved || !a->pages || !slash || memchr(slash, '.', path.n - (uint32_t)(slash - path.p)))
        return NULL;
    return exact(a, view_of("/index.html"));
}

bool assets_answer(const struct assets *a, struct exchange *ex)
{
    const struct asset *asset = assets_find(a, ex->path);
    if (!asset)
        return false;
    struct view accepted = exchange_header(ex, "Accept-Encoding");
    struct view known = exchange_header(ex, "If-None-Match");
    struct view body = asset->body;
    memcpy(ex->answer.etag, asset->etag, sizeof ex->answer.etag);
    ex->answer.cache = asset->forever ? "public, max-age=31536000, immutable" : "no-cache";
    ex->answer.page = true;
    if (known.n && memmem(known.p, known.n, asset->etag, strlen(asset->etag))) {
        exchange_text(ex, 304, NULL, (struct view){0});
        return true;
    }
    if (asset->gzip.n && accepted.n && memmem(accepted.p, accepted.n, "gzip", 4)) {
        ex->answer.encoding = "gzip";
        body = asset->gzip;
    }
    exchange_text(ex, 200, asset->type, body);
    return true;
}
