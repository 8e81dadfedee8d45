/*
 * planning.h - what the planner needs, read from the database; and what it made, written.
 *
 * A planning goes through: planning_dealers (who, when, limits), planning_feeds, planning_subjects,
 * then for a rule planning_days or for incremental work planning_marks, planning_make,
 * planning_submit. Each may be the last. planning_free() in any case.
 *
 * OWNERSHIP: texts and arrays live in the arena; the plan is freed by planning_free().
 */
#ifndef SCHEDULER_PLANNING_H
#define SCHEDULER_PLANNING_H

#include "services/daemon/database.h"
#include "services/scheduler/planner.h"
#include "services/scheduler/window.h"

enum { MOST_CALLS = 50000 }; /* of one job */

struct planned_dealer {
    struct view code;
    bool known;
    bool active;    /* takes part */
    bool fetchable; /* has a credential; else what follows is 0 */
    int source;
    int64_t from_s; /* the window, on its upstream's wall clock */
    int64_t to_s;
};

struct planned_source {
    int64_t credential_id;
    int64_t overlap_s;
    struct view upstream;
    struct view clock; /* YYYY-MM-DD HH:MM:SS */
};

struct planning {
    struct db *db;             /* borrowed */
    struct arena *arena;       /* borrowed */
    struct list codes;         /* views, of the dealers below */
    struct list feeds;         /* views, sorted */
    struct list unknown_feeds; /* views */
    struct planned_dealer *dealers;
    int n_dealers;
    struct planned_source *about; /* by source */
    struct plan_source *sources;
    struct plan_subject *subjects; /* dealer by dealer, feed by feed */
    struct plan_ask ask;
    struct plan plan;
};

/* codes NULL: all that can be fetched. `from` absent means today; `whole_history` then means as far
 * back as the upstream goes. A schedule does without those that are held: it, or 0. */
enum err planning_dealers(struct planning *p, const struct list *codes,
                          const struct window_end *from, const struct window_end *to,
                          bool whole_history, int64_t priority, int64_t schedule) MUST_CHECK;
enum err planning_feeds(struct planning *p, const struct list *feeds) MUST_CHECK;

/* A subject for each fetchable dealer and known feed. */
enum err planning_subjects(struct planning *p) MUST_CHECK;

/* How their days stand. */
enum err planning_days(struct planning *p) MUST_CHECK;

/* Windows from the marks until now. overlap_s < 0: as the upstream says; first_days: without a mark
 * so many days back, 0 = all. */
enum err planning_marks(struct planning *p, int64_t overlap_s, int64_t first_days) MUST_CHECK;

enum err planning_make(struct planning *p) MUST_CHECK;

/* How a job comes into the database. Empty texts: none. */
struct planning_job {
    const char *kind;
    int64_t schedule_id;
    int64_t priority;
    struct view requested_by;
    const char *work;    /* hex */
    struct view key;     /* Idempotency-Key */
    const char *request; /* hex: digest of what came with it */
};

enum outcome { OUTCOME_MADE, OUTCOME_EXISTING, OUTCOME_REPLAYED };

enum err planning_submit(struct planning *p, const struct planning_job *j, char job[37],
                         enum outcome *outcome) MUST_CHECK;

/* First and last second that are asked for, over all dealers. */
void planning_span(const struct planning *p, int64_t *from_s, int64_t *to_s);

void planning_free(struct planning *p);

#endif
