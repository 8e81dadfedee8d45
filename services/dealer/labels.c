/*
 * labels.c - what codes mean: told, said, imported, removed.
 *
 * DESIGN: a label is a row of dealer.label, of one upstream or built in. Whoever shows codes looks
 * there; a change raises the versions of the dealers that show it, by a trigger.
 */
#include "services/dealer/labels.h"

#include "services/daemon/database.h"
#include "services/dealer/label_lines.h"

enum { USUAL_LABELS = 100, IMPORT_MS = 10000 };

void on_label_list(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct label_list *m = body;
    struct arena *a = request_arena(r);
    struct label_page page = {0};
    struct rows *rows = NULL;
    int64_t limit = HAS(m, label_list, limit) ? m->limit : USUAL_LABELS;
    enum err e = db_run(s->process->db, SQL_DEALER_LABEL_LIST,
                        PARAMS(P_OPT_TEXT(m, label_list, list), P_OPT_TEXT(m, label_list, upstream),
                               P_OPT_TEXT(m, label_list, cursor), P_INT(limit + 1)),
                        &rows);
    if (e == ERR_OK)
        e = rows_list(rows, &LABEL, a, &page.items);
    if (e == ERR_OK && list_cut(&page.items, limit))
        PUT(&page, label_page, next,
            arena_copy(a, rows_text(rows, (int)limit - 1, rows_column(rows, "cursor"))));
    rows_free(&rows);
    if (e == ERR_OK)
        request_answer(r, &page);
    else
        request_fail_err(r, e);
}

void on_label_set(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct label_set *m = body;
    struct label label;
    enum err e = db_get(s->process->db, SQL_DEALER_LABEL_SET,
                        PARAMS(P_OPT_TEXT(m, label_set, upstream), P_TEXT(m->list), P_TEXT(m->code),
                               P_TEXT(m->label), m->indonesian.n ? P_TEXT(m->indonesian) : P_NULL),
                        &LABEL, request_arena(r), &label);
    if (e == ERR_OK)
        request_answer(r, &label);
    else if (e == ERR_NOT_FOUND)
        request_fail(r, e, "upstream", "There is no such upstream.");
    else
        request_fail_err(r, e);
}

void on_label_remove(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct label_remove *m = body;
    const struct empty done = {0};
    struct rows *rows = NULL;
    enum err e = db_run(
        s->process->db, SQL_DEALER_LABEL_REMOVE,
        PARAMS(P_OPT_TEXT(m, label_remove, upstream), P_TEXT(m->list), P_TEXT(m->code)), &rows);
    bool removed = e == ERR_OK && rows_count(rows) > 0;
    rows_free(&rows);
    if (e != ERR_OK)
        request_fail_err(r, e);
    else if (removed)
        request_answer(r, &done);
    else
        request_fail(r, ERR_NOT_FOUND, "code", "There is no such label.");
}

/* All in one statement, which may take longer than others. */
static enum err store_lines(struct db *db, const struct label_import *m,
                            const struct label_lines *lines, struct arena *a,
                            struct label_imported *out)
{
    enum err e = db_patience(db, IMPORT_MS);
    if (e == ERR_OK)
        e = db_get(db, SQL_DEALER_LABEL_IMPORT,
                   PARAMS(P_OPT_TEXT(m, label_import, upstream), P_WORDS(lines->column[0]),
                          P_WORDS(lines->column[1]), P_WORDS(lines->column[2]),
                          P_WORDS(lines->column[3])),
                   &LABEL_IMPORTED, a, out);
    /* Where it fails the connection is lost, and the next one has the usual patience. */
    enum err after = db_patience(db, 0);
    (void)after;
    return e;
}

void on_label_import(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct label_import *m = body;
    struct label_imported done;
    struct label_lines lines;
    struct fault f = {0};
    enum err e = label_lines_read(m->csv, request_arena(r), &lines, &f);
    if (e == ERR_OK)
        e = store_lines(s->process->db, m, &lines, request_arena(r), &done);
    if (e == ERR_NOT_FOUND)
        fault_set(&f, e, "upstream", "There is no such upstream.");
    if (e == ERR_OK)
        request_answer(r, &done);
    else if (f.code)
        request_fail_fault(r, &f);
    else
        request_fail_err(r, e);
}
