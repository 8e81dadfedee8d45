/*
 * key_files.c - reads and writes the keys of the bus: see key_files.h.
 */
#include "services/ddctl/key_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH = 512, MAX_FILE = 64 * 1024 };

static const char header[] =
    "# Keys that may come to the bus by tcp: name kind public-key [until]. Made by ddctl keys.\n";

static int cannot(const struct ddctl *c, const char *path)
{
    return complain(c, ERR_CONFIG, "", "%s: %s", path, strerror(errno));
}

/* The folder and the one above it, for us alone. */
static int make_folder(struct ddctl *c, const char *folder)
{
    char above[MAX_PATH];
    struct stat s;
    snprintf(above, sizeof above, "%s", folder);
    char *slash = strrchr(above, '/');
    if (slash && slash != above) {
        *slash = '\0';
        if (mkdir(above, 0700) != 0 && errno != EEXIST)
            return cannot(c, above);
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return cannot(c, folder);
    if (stat(folder, &s) != 0)
        return cannot(c, folder);
    if (s.st_mode & 077)
        return complain(c, ERR_CONFIG, "", "%s is open to others; its mode has to be 0700", folder);
    return DONE;
}

static int read_file(struct ddctl *c, const char *path, struct buf *out)
{
    char text[4096];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cannot(c, path);
    while ((n = read(fd, text, sizeof text)) > 0 && buf_append(out, text, (size_t)n) == ERR_OK)
        continue;
    close(fd);
    explicit_bzero(text, sizeof text);
    return n == 0 ? DONE : complain(c, ERR_CONFIG, "", "%s cannot be read", path);
}

static int read_list(struct ddctl *c, struct key_files *k)
{
    char path[MAX_PATH];
    struct buf b;
    struct fault f;
    keyring_path(k->folder, NULL, path, sizeof path);
    if (access(path, F_OK) != 0)
        return DONE;
    buf_init(&b, MAX_FILE);
    int code = read_file(c, path, &b);
    if (!code && allowed_parse(buf_view(&b), &k->allowed, &f) != ERR_OK)
        code = complain(c, f.code, "", "%s, %s", path, f.text);
    buf_free(&b);
    return code;
}

int key_files_open(struct ddctl *c, struct key_files **out)
{
    struct key_files *k = arena_take(&c->arena, sizeof *k);
    *out = NULL;
    if (!k)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    k->folder = c->conf.bus_keys;
    k->lock_fd = -1;
    int code = make_folder(c, k->folder);
    if (!code)
        k->lock_fd = open(k->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!code && (k->lock_fd < 0 || flock(k->lock_fd, LOCK_EX) != 0))
        code = cannot(c, k->folder);
    if (!code)
        code = read_list(c, k);
    *out = k;
    if (code)
        key_files_close(out);
    return code;
}

void key_files_close(struct key_files **k)
{
    if (*k && (*k)->lock_fd >= 0)
        close((*k)->lock_fd);
    *k = NULL;
}

static int write_all(struct ddctl *c, int fd, const char *path, const struct buf *b)
{
    size_t done = 0;
    ssize_t n = 0;
    while (done < b->n && (n = write(fd, b->p + done, b->n - done)) > 0)
        done += (size_t)n;
    bool ok = done == b->n && fsync(fd) == 0;
    return ok ? DONE : cannot(c, path);
}

int write_private(struct ddctl *c, const char *path, const struct buf *b, bool fresh)
{
    char beside[MAX_PATH];
    snprintf(beside, sizeof beside, "%s%s", path, fresh ? "" : ".new");
    if (b->failed)
        return complain(c, ERR_TOO_LARGE, "", "%s would be too long", path);
    if (!fresh)
        unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot(c, beside);
    int code = write_all(c, fd, beside, b);
    close(fd);
    if (!code && !fresh && rename(beside, path) != 0)
        code = cannot(c, path);
    if (code)
        unlink(beside);
    return code;
}

bool key_files_has_own(const struct key_files *k, const char *name)
{
    char path[MAX_PATH];
    keyring_path(k->folder, name, path, sizeof path);
    return access(path, F_OK) == 0;
}

int key_files_read_own(struct ddctl *c, const struct key_files *k, const char *name,
                       struct own_keys *out)
{
    char path[MAX_PATH];
    struct buf b;
    struct fault f;
    keyring_path(k->folder, name, path, sizeof path);
    buf_init(&b, MAX_FILE);
    int code = read_file(c, path, &b);
    if (!code && own_keys_parse(buf_view(&b), out, &f) != ERR_OK)
        code = complain(c, f.code, "", "%s, %s", path, f.text);
    if (b.p)
        explicit_bzero(b.p, b.n);
    buf_free(&b);
    return code;
}

int key_files_save_own(struct ddctl *c, const struct key_files *k, const char *name,
                       const struct own_keys *own)
{
    char path[MAX_PATH];
    struct buf b;
    keyring_path(k->folder, name, path, sizeof path);
    buf_init(&b, MAX_FILE);
    enum err err = own_keys_write(own, &b);
    int code = err ? complain(c, err, "", "out of memory") : write_private(c, path, &b, false);
    if (b.p)
        explicit_bzero(b.p, b.n);
    buf_free(&b);
    return code;
}

int key_files_remove_own(struct ddctl *c, const struct key_files *k, const char *name)
{
    char path[MAX_PATH];
    keyring_path(k->folder, name, path, sizeof path);
    return unlink(path) == 0 || errno == ENOENT ? DONE : cannot(c, path);
}

int key_files_save_list(struct ddctl *c, const struct key_files *k)
{
    char path[MAX_PATH];
    struct buf b;
    keyring_path(k->folder, NULL, path, sizeof path);
    buf_init(&b, MAX_FILE);
    enum err err = buf_puts(&b, header);
    for (unsigned i = 0; i < k->allowed.n && !err; i++)
        err = allowed_write(&k->allowed.keys[i], &b);
    int code = err ? complain(c, err, "", "out of memory") : write_private(c, path, &b, false);
    buf_free(&b);
    return code;
}

/* ---- the list ---- */

bool list_has(const struct allowed *a, const char *name)
{
    for (unsigned i = 0; i < a->n; i++)
        if (strcmp(a->keys[i].name, name) == 0)
            return true;
    return false;
}

void list_retire(struct allowed *a, const char *name, int64_t now_ms, int64_t until_ms)
{
    unsigned n = 0;
    for (unsigned i = 0; i < a->n; i++) {
        struct allowed_key k = a->keys[i];
        bool own = strcmp(k.name, name) == 0;
        if (own && !k.until_ms)
            k.until_ms = until_ms;
        if (own && (!until_ms || allowed_ended(&k, now_ms)))
            continue;
        a->keys[n++] = k;
    }
    a->n = n;
}

void list_remove(struct allowed *a, const char *name)
{
    list_retire(a, name, 0, 0);
}

int list_add(struct ddctl *c, struct allowed *a, const char *name, enum sender kind,
             const uint8_t key[BUS_KEY])
{
    if (a->n == MAX_ALLOWED)
        return complain(c, ERR_LIMIT, "", "the list holds %d keys at most", MAX_ALLOWED);
    struct allowed_key *k = &a->keys[a->n++];
    *k = (struct allowed_key){.kind = kind};
    snprintf(k->name, sizeof k->name, "%s", name);
    memcpy(k->key, key, BUS_KEY);
    return DONE;
}
