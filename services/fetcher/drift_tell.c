/*
 * drift_tell.c - tells the database which fields came, when that is due.
 */
#include "services/fetcher/drift_tell.h"

#include <inttypes.h>

enum { TELL_BYTES = 512 * 1024 };

static struct list words(struct view *items, unsigned n)
{
    return (struct list){.items = items, .n = n};
}

static enum err tell(struct store_session *s, struct drift_source *source, struct arena *a)
{
    struct drift_row *rows = arena_take(a, DRIFT_MAX_ROWS * sizeof(*rows));
    unsigned n = rows ? drift_rows(source, rows) : 0;
    struct view *parts = arena_take(a, 4 * (n + 1) * sizeof(*parts));
    int64_t *answers = arena_take(a, (n + 1) * sizeof(*answers));

    if (!rows || !parts || !answers)
        return ERR_NO_MEMORY;
    struct view *fields = parts + n, *types = fields + n, *expected = types + n;
    for (unsigned i = 0; i < n; i++) {
        parts[i] = view_of(rows[i].part);
        fields[i] = view_of(rows[i].field);
        types[i] = view_of(rows[i].type);
        answers[i] = rows[i].answers;
        expected[i] = view_of(rows[i].expected ? "true" : "false");
    }
    return db_run(s->db, SQL_FETCHER_NOTICE_FIELDS,
                  PARAMS(P_INT(drift_task(source)), P_TEXT(view_of(drift_feed(source)->name)),
                         P_WORDS(words(parts, n)), P_WORDS(words(fields, n)),
                         P_WORDS(words(types, n)), P_INTS(answers, n), P_WORDS(words(expected, n))),
                  NULL);
}

void drift_tell(struct store_session *s, struct drift_memory *d, const struct store_job *j)
{
    struct drift_source *source = drift_add(d, j->upstream, j->feed, j->task_id, j->drift);
    int64_t now = loop_now_ms();
    struct arena a;

    if (!source || !drift_due(source, now))
        return;
    arena_init(&a, TELL_BYTES);
    enum err err = tell(s, source, &a);
    arena_free(&a);
    if (err != ERR_OK)
        log_warn("fields not told", K("error", err_code(err)),
                 K("detail", db_error(s->db)->message));
    drift_told(source, now, err == ERR_OK);
}
