/*
 * store_group.h - one transaction for several small answers.
 *
 * DESIGN: most of a small store is its COMMIT and its round trip. When answers wait, one pipeline
 * holds all their tasks and dealers in the order of the locks, stages and merges one after the
 * other, and completes them together. Members are complete and in order before it begins. It is all
 * or nothing: a member that is fenced or fails takes the transaction with it, and then each is
 * stored by itself, where the others succeed.
 *
 * THREADS: the store's.
 */
#ifndef FETCHER_STORE_GROUP_H
#define FETCHER_STORE_GROUP_H

#include "services/fetcher/store_flush.h"

/* A group with records holds its dealers until its end, and others wait for them: so it has few. */
enum { GROUP_MAX = MAX_HELD_TASKS, GROUP_FULL = 64, GROUP_BYTES = 1024 * 1024 };

struct group {
    struct store_job *members[GROUP_MAX];
    unsigned n;
    unsigned full; /* of them, those with records */
    size_t bytes;  /* of their answers */
};

/* It is small enough, of the same feed, and there is room for it. Its order is not looked at. */
bool group_takes(const struct group *g, const struct store_job *j, int64_t max);

void group_add(struct group *g, struct store_job *j);

/* One try on a session that is ready; counts are filled. After an error nothing is stored, unless
 * f->commit_sent says that this is not known. */
enum err group_run(struct group *g, struct flush *f) MUST_CHECK;

#endif
