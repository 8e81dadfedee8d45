/*
 * store.h - everything that the dealer service asks of the database.
 *
 * A function that takes a fault fills it when the error has a field or a better text than the
 * table; otherwise the fault's code stays ERR_OK. Results have their memory in the arena.
 */
#ifndef DEALER_STORE_H
#define DEALER_STORE_H

#include "proto/codec.h"
#include "services/daemon/database.h"

/* Secrets of a message, sealed; p is NULL for one that was not given. */
struct sealed_keys {
    struct view api_key;
    struct view secret_key;
    struct view api_token;
    struct view hint;        /* how the API key ends; p NULL: is not told */
    struct view fingerprint; /* hex, of the API key */
    struct list older;       /* of views: the same under older master keys */
};

/* Up to limit dealers behind the cursor, and whether there are more. */
enum err store_dealers(struct db *db, const struct dealer_list *m, int64_t limit, struct arena *a,
                       struct list *out, bool *more) MUST_CHECK;
enum err store_dealer(struct db *db, struct view code, struct arena *a,
                      struct dealer *out) MUST_CHECK;
enum err store_create(struct db *db, const struct dealer_create *m, const struct sealed_keys *keys,
                      struct arena *a, struct dealer *out, struct fault *f) MUST_CHECK;
enum err store_update(struct db *db, const struct dealer_update *m, const struct sealed_keys *keys,
                      struct arena *a, struct dealer *out, struct fault *f) MUST_CHECK;

enum err store_upstreams(struct db *db, const struct upstream_list *m, struct arena *a,
                         struct list *out) MUST_CHECK;
/* Adds or changes an upstream. */
enum err store_upstream_set(struct db *db, const struct upstream_set *m, struct view who,
                            struct arena *a, struct upstream *out, struct fault *f) MUST_CHECK;

/* A test of a connection: what it is made with, and whether it may be made. */
struct probe_plan {
    struct fetcher_probe ask;
    struct view waits_for; /* why the call must not be made; p NULL: it may, and is counted */
    bool has_credential;   /* somebody's quota counts the calls */
    int64_t credential_id;
};

/* ERR_NOT_FOUND: there is no such dealer. */
enum err store_probe_begin(struct db *db, const struct dealer_test *m,
                           const struct sealed_keys *keys, struct arena *a,
                           struct probe_plan *out) MUST_CHECK;
/* Calls beyond the first one. */
enum err store_probe_count(struct db *db, int64_t credential_id, int64_t calls) MUST_CHECK;
/* Endpoints of some fetchers that live, as views that are terminated. */
enum err store_fetchers(struct db *db, struct arena *a, struct list *out) MUST_CHECK;

enum err store_processes(struct db *db, int64_t seen_within_ms, struct arena *a,
                         struct list *out) MUST_CHECK;
/* Where a process answers; ERR_NOT_FOUND. `instance` may be this one. */
enum err store_endpoint(struct db *db, struct view name, char *endpoint, size_t size,
                        char instance[37]) MUST_CHECK;
enum err store_process(struct db *db, const struct process_info *p) MUST_CHECK;

#endif
