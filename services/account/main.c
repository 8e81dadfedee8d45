/*
 * main.c - the account process: wiring only.
 */
#include "services/account/handlers.h"
#include "services/account/passwords.h"

enum { FORGET_MS = 600000, FORGET_ROWS = 1000 };

static const struct conf_row rows[] = {
    {"DD_SESSION_IDLE_MINUTES", CONF_INT, offsetof(struct account_conf, idle_minutes), "480", 1,
     43200, "Minutes without use after which a session is over."},
    {"DD_SESSION_HOURS", CONF_INT, offsetof(struct account_conf, session_hours), "24", 1, 8760,
     "Hours after which a session is over, however much it is used."},
    {0},
};

static void on_forget(void *arg)
{
    struct account *s = arg;
    if (db_run(s->process->db, SQL_ACCOUNT_FORGET, PARAMS(P_INT(FORGET_ROWS)), NULL) != ERR_OK)
        log_debug("what is over was not removed");
    s->forget_timer = loop_after(s->process->loop, FORGET_MS, on_forget, s);
}

static enum err start(void *state, struct process *p)
{
    struct account *s = state;
    s->process = p;
    s->signed_in = stats_counter(p->stats, "sign_ins", "People who signed in.");
    s->refused = stats_counter(p->stats, "sign_ins_refused", "Sign-ins that were refused.");
    if (link_open_key(p->conf->admin_key_file, &s->admin) != ERR_OK)
        log_warn("the administrator's key lets nobody in", K("file", p->conf->admin_key_file));
    s->forget_timer = loop_after(p->loop, FORGET_MS, on_forget, s);
    return passwords_new(p->loop, &s->passwords);
}

static void stop(void *state)
{
    struct account *s = state;
    loop_cancel(s->process->loop, s->forget_timer);
    passwords_free(&s->passwords);
    link_free(&s->admin);
}

int main(int argc, char **argv)
{
    static struct account account;
    const struct process_spec spec = {
        .service = "account",
        .conf = rows,
        .conf_out = &account.conf,
        .handlers = account_handlers,
        .state = &account,
        .database = true,
        .publishes = true,
        .start = start,
        .stop = stop,
    };
    return process_main(&spec, argc, argv);
}
