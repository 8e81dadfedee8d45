/*
 * process.c - the skeleton: start, loop, drain, end. See process.h.
 */
#include "services/daemon/process_state.h"

#include "services/daemon/seal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_DRAINED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum {
    DRAIN_MS = 5000,    /* longest time for what is in hand */
    DRAIN_LOOK_MS = 20, /* how often we look whether it is done */
    LAST_RESORT_S = 9,  /* from the drain's begin; then the program ends itself */
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* The leak checker needs to trace its own process. */
void process_forbid_dumps(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (!SANITIZED)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* A service that hangs while it ends would keep its endpoint from its successor. */
static void on_alarm(int signal)
{
    static const char text[] = "the process did not end in time\n";
    (void)signal;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(EXIT_FAILED);
    _exit(EXIT_FAILED);
}

static void look_whether_done(void *arg)
{
    struct daemon *d = arg;
    bool idle = serve_pending(d->p.serve) == 0 && (!d->spec->idle || d->spec->idle(d->spec->state));
    if (idle || loop_now_ms() >= d->drain_deadline_mono) {
        if (!idle)
            log_warn("ends with work in hand", KN("requests", serve_pending(d->p.serve)));
        loop_stop(d->p.loop);
        return;
    }
    loop_after(d->p.loop, DRAIN_LOOK_MS, look_whether_done, d);
}

void process_drain(struct process *p)
{
    struct daemon *d = (struct daemon *)p;
    if (p->draining)
        return;
    p->draining = true;
    d->phase = PHASE_DRAINING;
    d->drain_deadline_mono = loop_now_ms() + DRAIN_MS;
    signal(SIGALRM, on_alarm);
    alarm(LAST_RESORT_S);
    serve_drain(p->serve);
    system_note_state(d);
    if (d->spec->drain)
        d->spec->drain(d->spec->state);
    registry_soon(d);
    loop_after(p->loop, DRAIN_LOOK_MS, look_whether_done, d);
}

static void on_signal(void *arg, int fd, int events)
{
    struct daemon *d = arg;
    struct signalfd_siginfo info;
    (void)events;
    if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    log_info("signal", KN("number", info.ssi_signo));
    if (d->p.draining)
        loop_stop(d->p.loop); /* asked twice: at once */
    else
        process_drain(&d->p);
}

static enum err start_signals(struct daemon *d)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    /* Before the bus: its threads inherit the mask. */
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return ERR_INTERNAL;
    d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (d->signal_fd < 0)
        return ERR_INTERNAL;
    return loop_watch_fd(d->p.loop, d->signal_fd, LOOP_READ, on_signal, d);
}

static void observe(struct stats *stats, enum stats_group group, const char *name, enum err err,
                    int64_t us)
{
    stats_call(stats, group, name, err != ERR_OK, us);
}

static void on_answered(void *arg, const char *name, enum err err, int64_t us)
{
    observe(arg, STATS_MESSAGES, name, err, us);
}

static void on_called(void *arg, const char *name, enum err err, int64_t us)
{
    observe(arg, STATS_CALLS, name, err, us);
}

enum err process_client(struct process *p, const char *service, struct client **out)
{
    const char *addresses = conf_bus(p->conf, service);
    *out = NULL;
    if (!addresses)
        return ERR_CONFIG;
    enum err err = client_new(p->bus, p->loop, service, addresses, out);
    if (!err)
        client_observe(*out, on_called, p->stats);
    return err;
}

static enum err start_storage(struct daemon *d)
{
    char role[48];
    if (d->spec->database) {
        if (!*d->conf.database_url) {
            log_error("DATABASE_URL is not set");
            return ERR_CONFIG;
        }
        snprintf(role, sizeof role, "dd_%s", d->spec->service);
        d->p.db = db_new(&(struct db_conf){.url = d->conf.database_url,
                                           .role = role,
                                           .application_name = d->conf.name,
                                           .stats = d->p.stats});
        if (!d->p.db)
            return ERR_NO_MEMORY;
    }
    if (!d->spec->cache)
        return ERR_OK;
    enum err err = cache_new(d->conf.redis_url, d->p.stats, &d->p.cache);
    if (err)
        log_error("REDIS_URL is not usable", K("wanted", "unix:///path or redis://host:port"));
    return err;
}

/* What is done for a request is done on behalf of its principal; a process that asks names none. */
static void on_request(void *arg, const struct request *r)
{
    const struct context *ctx = r ? request_context(r) : NULL;
    if (ctx && !HAS(ctx, context, principal))
        ctx = NULL;
    db_on_behalf(arg, ctx, r ? request_name(r) : "");
}

/* On local sockets everybody is believed: whoever gets into their folder is a service. */
static enum err check_folder(const char *folder)
{
    struct stat s;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        log_warn("cannot make the folder of sockets", K("folder", folder),
                 K("detail", strerror(errno)));
    if (stat(folder, &s) != 0 || !(s.st_mode & (S_IRWXG | S_IRWXO)))
        return ERR_OK;
    log_error("the folder of sockets is open to others; its mode has to be 0700",
              K("folder", folder), KN("mode", s.st_mode & 0777));
    return ERR_CONFIG;
}

static enum err start_endpoint(struct daemon *d)
{
    static const struct handler none[] = {{0}};
    const struct handler *const tables[] = {d->spec->handlers ? d->spec->handlers : none,
                                            system_handlers, NULL};
    enum err err = strstr(d->conf.bind, "ipc://") ? check_folder(d->conf.run) : ERR_OK;
    if (err)
        return err;
    err = serve_new(d->p.bus, d->p.loop, d->conf.bind, tables, d->spec->state, &d->p.serve);
    if (!err && d->spec->publishes)
        err = publisher_new(d->p.bus, d->p.loop, d->conf.bind, d->conf.name, &d->p.events);
    if (err) {
        log_error("cannot answer at the endpoint; does another process?",
                  K("endpoint", d->conf.bind), K("error", err_code(err)));
        return err;
    }
    serve_observe(d->p.serve, on_answered, d->p.stats);
    if (d->p.db)
        serve_hook(d->p.serve, on_request, d->p.db);
    return guarding_check(d);
}

/* The first of its addresses; over tcp with the name that its key is looked up by. */
static void find_endpoint(struct daemon *d)
{
    const char *list = d->conf.bind;
    struct bus_address a;
    if (bus_address_next(&list, &a) == ERR_OK)
        snprintf(d->p.endpoint, sizeof d->p.endpoint, "%s%s%s", a.transport, a.guarded ? "#" : "",
                 a.guarded ? d->conf.name : "");
}

static enum err start(struct daemon *d)
{
    d->p.started_at = loop_wall_ms();
    d->p.conf = &d->conf;
    uuid_v7(d->p.instance);
    d->p.loop = loop_new();
    d->p.stats = stats_new();
    if (!d->p.loop || !d->p.stats)
        return ERR_NO_MEMORY;
    enum err err = start_signals(d);
    if (err)
        return err;
    d->p.bus = bus_new();
    if (!d->p.bus)
        return ERR_NO_MEMORY;
    system_attach(d);
    find_endpoint(d);
    err = guarding_start(d);
    if (!err)
        err = start_storage(d);
    if (!err)
        err = start_endpoint(d);
    if (!err && d->spec->start)
        err = d->spec->start(d->spec->state, &d->p);
    if (err)
        return err;
    err = registry_start(d);
    if (err && d->spec->stop)
        d->spec->stop(d->spec->state);
    return err;
}

/* Also after a start that failed half way. */
static void stop(struct daemon *d, bool started)
{
    if (started && d->spec->stop)
        d->spec->stop(d->spec->state);
    d->phase = PHASE_GONE;
    if (d->p.loop)
        registry_stop(d);
    system_note_state(d);
    publisher_free(&d->p.events);
    serve_free(&d->p.serve);
    cache_free(&d->p.cache);
    db_free(&d->p.db);
    if (d->signal_fd >= 0)
        close(d->signal_fd);
    guarding_end(d);
    bus_free(&d->p.bus);
    guarding_forget(d);
    loop_free(&d->p.loop);
    stats_free(&d->p.stats);
}

static int run(struct daemon *d)
{
    enum err err = start(d);
    bool started = err == ERR_OK;
    if (started) {
        log_info("started", K("endpoint", d->p.endpoint), K("version", DD_VERSION),
                 KN("pid", getpid()), K("id", d->p.instance));
        d->phase = PHASE_RUNNING;
        loop_run(d->p.loop);
    } else {
        log_error("cannot start", K("error", err_code(err)), K("detail", err_text(err)));
    }
    stop(d, started);
    return started ? EXIT_DRAINED : err == ERR_CONFIG ? EXIT_USAGE : EXIT_FAILED;
}

static int no_run(const struct process_spec *spec, int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        conf_print_help(spec->service, spec->conf);
        return EXIT_DRAINED;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(DD_VERSION);
        return EXIT_DRAINED;
    }
    fprintf(stderr, "%s: takes no arguments but --help or --version\n", spec->service);
    return EXIT_USAGE;
}

int process_main(const struct process_spec *spec, int argc, char **argv)
{
    struct daemon d = {.spec = spec, .signal_fd = -1};
    if (argc > 1)
        return no_run(spec, argc, argv);
    process_forbid_dumps();
    enum err err = conf_read_shared(spec->service, &d.conf);
    if (!err && spec->conf)
        err = conf_read(spec->conf, spec->conf_out);
    int code = EXIT_USAGE;
    if (!err) {
        log_open(spec->service, d.conf.name, d.conf.log_level);
        code = run(&d);
        log_info("ended", KN("code", code));
    }
    if (spec->conf)
        conf_free(spec->conf, spec->conf_out);
    conf_free_shared(&d.conf);
    return code;
}

void process_descriptors(int64_t wanted)
{
    struct rlimit limit;
    rlim_t most = (rlim_t)wanted;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= most)
        return;
    limit.rlim_cur = limit.rlim_max < most ? limit.rlim_max : most;
    if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < most)
        log_warn("fewer descriptors than wanted", KN("descriptors", limit.rlim_cur),
                 KN("wanted", wanted));
}
