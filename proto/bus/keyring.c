/*
 * keyring.c - reads keys from files or texts: see keyring.h.
 */
#include "proto/bus/keyring.h"

#include "proto/bus/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FOLDER = 300, MAX_PATH = MAX_FOLDER + MAX_PEER_NAME + 16, MAX_KEY_FILE = 64 * 1024 };

/* What tells two versions of a file apart. */
struct file_stamp {
    struct timespec changed;
    off_t size;
    ino_t inode;
};

struct keyring {
    char name[MAX_PEER_NAME + 1];
    char folder[MAX_FOLDER];
    bool own_file;                /* the own keys come from a file */
    bool list_file;               /* so does the list */
    struct file_stamp own_stamp;  /* of the files as they were read */
    struct file_stamp list_stamp; /* likewise */
    struct own_keys own;          /* never without a key */
    struct allowed allowed;       /* as last read */
    uint8_t told[BUS_KEY];        /* own public key as last told by keyring_refresh() */
    char text[MAX_KEY_FILE];      /* a file while it is read */
};

void keyring_path(const char *folder, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s%s", folder, name ? name : "allowed", name ? ".key" : "");
}

static struct file_stamp stamp_of(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return (struct file_stamp){.size = -1};
    return (struct file_stamp){.changed = s.st_ctim, .size = s.st_size, .inode = s.st_ino};
}

static bool same(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec &&
           a->size == b->size && a->inode == b->inode;
}

/* Whoever else may read a secret or change the list could pass as somebody. */
static enum err check_private(const char *path, struct fault *f)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return fault_set(f, ERR_CONFIG, "", "%s: %s", path, strerror(errno));
    if (s.st_mode & 077)
        return fault_set(f, ERR_CONFIG, "", "%s is open to others (mode %03o)", path,
                         (unsigned)s.st_mode & 0777);
    return ERR_OK;
}

static enum err read_file(struct keyring *k, const char *path, struct view *out, struct fault *f)
{
    size_t n = 0;
    ssize_t got;
    enum err err = check_private(k->folder, f);
    if (!err)
        err = check_private(path, f);
    if (err)
        return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault_set(f, ERR_CONFIG, "", "%s: %s", path, strerror(errno));
    while ((got = read(fd, k->text + n, sizeof k->text - n)) > 0)
        n += (size_t)got;
    close(fd);
    if (got < 0 || n == sizeof k->text)
        return fault_set(f, ERR_CONFIG, "", "%s cannot be read or is too long", path);
    *out = (struct view){k->text, (uint32_t)n};
    return ERR_OK;
}

/* Names the file before what is wrong in it. */
static enum err in_file(const char *path, enum err err, struct fault *f)
{
    char text[sizeof f->text];
    if (err && !strstr(f->text, path)) {
        snprintf(text, sizeof text, "%s", f->text);
        fault_set(f, err, "", "%s, %s", path, text);
    }
    return err;
}

static enum err read_own(struct keyring *k, struct fault *f)
{
    char path[MAX_PATH];
    struct view text;
    struct own_keys fresh = {.n = 0};
    keyring_path(k->folder, k->name, path, sizeof path);
    k->own_stamp = stamp_of(path);
    enum err err = read_file(k, path, &text, f);
    if (!err)
        err = own_keys_parse(text, &fresh, f);
    if (!err)
        k->own = fresh;
    own_keys_wipe(&fresh);
    explicit_bzero(k->text, sizeof k->text);
    return in_file(path, err, f);
}

static enum err read_list(struct keyring *k, struct fault *f)
{
    char path[MAX_PATH];
    struct view text;
    keyring_path(k->folder, NULL, path, sizeof path);
    k->list_stamp = stamp_of(path);
    struct allowed *fresh = calloc(1, sizeof *fresh);
    enum err err = fresh ? read_file(k, path, &text, f) : ERR_NO_MEMORY;
    if (!err)
        err = allowed_parse(text, fresh, f);
    if (!err)
        k->allowed = *fresh;
    free(fresh);
    return in_file(path, err, f);
}

enum err keyring_open(const struct keyring_conf *conf, struct keyring **out, struct fault *f)
{
    struct keyring *k = calloc(1, sizeof *k);
    *out = NULL;
    if (!k)
        return fault_set(f, ERR_NO_MEMORY, "", "%s", err_text(ERR_NO_MEMORY));
    snprintf(k->name, sizeof k->name, "%s", conf->name);
    snprintf(k->folder, sizeof k->folder, "%s", conf->folder);
    k->own_file = !*conf->secret;
    k->list_file = !*conf->allowed;
    enum err err = k->own_file ? read_own(k, f) : own_keys_parse(view_of(conf->secret), &k->own, f);
    if (!err)
        err =
            k->list_file ? read_list(k, f) : allowed_parse(view_of(conf->allowed), &k->allowed, f);
    const struct own_key *own = keyring_own(k);
    if (!err && !own)
        err = fault_set(f, ERR_CONFIG, "", "the key of %s has ended", k->name);
    if (err)
        keyring_free(&k);
    else
        memcpy(k->told, own->public, BUS_KEY);
    *out = k;
    return err;
}

void keyring_free(struct keyring **k)
{
    if (!*k)
        return;
    own_keys_wipe(&(*k)->own);
    free(*k);
    *k = NULL;
}

int keyring_refresh(struct keyring *k, struct fault *f)
{
    char path[MAX_PATH];
    int news = 0;
    keyring_path(k->folder, NULL, path, sizeof path);
    struct file_stamp list = stamp_of(path);
    if (k->list_file && !same(&list, &k->list_stamp))
        news |= read_list(k, f) ? KEYRING_UNUSABLE : KEYRING_LIST;
    keyring_path(k->folder, k->name, path, sizeof path);
    struct file_stamp own = stamp_of(path);
    if (k->own_file && !same(&own, &k->own_stamp) && read_own(k, f))
        news |= KEYRING_UNUSABLE;
    const struct own_key *now = keyring_own(k);
    if (now && memcmp(now->public, k->told, BUS_KEY) != 0) {
        memcpy(k->told, now->public, BUS_KEY);
        news |= KEYRING_OWN;
    }
    return news;
}

const struct allowed *keyring_allowed(const struct keyring *k)
{
    return &k->allowed;
}

const struct own_key *keyring_own(const struct keyring *k)
{
    return own_key_now(&k->own, loop_wall_ms());
}

const char *keyring_name(const struct keyring *k)
{
    return k->name;
}
