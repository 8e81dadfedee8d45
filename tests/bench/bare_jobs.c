/*
 * bare_jobs.c - what PostgreSQL can do at best as a durable queue.
 *
 *   bare_jobs CONNINFO TASKS CONNECTIONS    drains a pre-filled table and prints one line of JSON
 *
 * DESIGN: each process claims 50 rows by UPDATE .. FOR UPDATE SKIP LOCKED and completes them one by
 * one, a commit each. No job, no lease that ends, no history, no bus.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static PGresult *checked(PGconn *c, PGresult *r)
{
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) {
        fprintf(stderr, "%s", PQerrorMessage(c));
        exit(1);
    }
    return r;
}

static PGconn *open_connection(const char *conninfo)
{
    PGconn *c = PQconnectdb(conninfo);
    if (PQstatus(c) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(c));
        exit(1);
    }
    PQclear(checked(c, PQexec(c, "SET client_min_messages = warning")));
    return c;
}

static void work(const char *conninfo)
{
    PGconn *c = open_connection(conninfo);
    PQclear(checked(c, PQprepare(c, "claim",
                                 "UPDATE bare_task SET state = 'leased', started_at = now()"
                                 " WHERE id IN (SELECT id FROM bare_task WHERE state = 'queued'"
                                 " ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED) RETURNING id",
                                 0, NULL)));
    PQclear(checked(c, PQprepare(c, "complete",
                                 "UPDATE bare_task SET state = 'done', finished_at = now()"
                                 " WHERE id = $1::bigint",
                                 1, NULL)));
    for (int claimed = 1; claimed > 0;) {
        PGresult *r = checked(c, PQexecPrepared(c, "claim", 0, NULL, NULL, NULL, 0));
        claimed = PQntuples(r);
        for (int i = 0; i < claimed; i++) {
            const char *id = PQgetvalue(r, i, 0);
            PQclear(checked(c, PQexecPrepared(c, "complete", 1, &id, NULL, NULL, 0)));
        }
        PQclear(r);
    }
    PQfinish(c);
}

int main(int argc, char **argv)
{
    char sql[256];
    if (argc != 4) {
        fprintf(stderr, "usage: bare_jobs CONNINFO TASKS CONNECTIONS\n");
        return 2;
    }
    int tasks = (int)strtol(argv[2], NULL, 10);
    int connections = (int)strtol(argv[3], NULL, 10);
    PGconn *c = open_connection(argv[1]);
    PQclear(checked(c, PQexec(c, "CREATE TABLE bare_task (id bigint GENERATED ALWAYS AS IDENTITY"
                                 " PRIMARY KEY, state text NOT NULL DEFAULT 'queued', payload text,"
                                 " started_at timestamptz, finished_at timestamptz)"
                                 " WITH (fillfactor = 80)")));
    PQclear(
        checked(c, PQexec(c, "CREATE INDEX bare_queue ON bare_task (id) WHERE state = 'queued'")));
    snprintf(sql, sizeof sql,
             "INSERT INTO bare_task (payload) SELECT 'task ' || n FROM generate_series(1, %d) n",
             tasks);
    PQclear(checked(c, PQexec(c, sql)));
    PQclear(checked(c, PQexec(c, "ANALYZE bare_task")));
    double started = now();
    for (int i = 0; i < connections; i++)
        if (fork() == 0) {
            work(argv[1]);
            _exit(0);
        }
    int status = 0;
    while (wait(&status) > 0)
        if (status != 0)
            return 1;
    double seconds = now() - started;
    PQclear(checked(c, PQexec(c, "DROP TABLE bare_task")));
    PQfinish(c);
    printf("{\"tasks\": %d, \"per_second\": %.0f}\n", tasks, tasks / seconds);
    return 0;
}
