/*
 * bare_ingest.c - what libpq can do at best with the tables of the prospect feed.
 *
 *   bare_ingest CONNINFO ROWS    stores ROWS prospects with their units in one transaction: new,
 * the same again, and all changed
 *
 * DESIGN: the same tables, indexes, children and rule of versions as the fetcher's: rows go by COPY
 * into temporary tables and from there by one upsert, which compares all columns, and by two
 * statements for the units that differ. The records are as long, and as often empty, as the
 * simulator's; the session has the same memory. No lease, no repeats within an answer, no rollup,
 * no parsing: lines are made in memory. Prints one line of JSON with rows a second.
 */
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE = 2048 };

#define ID "BARE/12284/26/03/PSP/0001/B%010d"

static const char columns[] =
    "dealer_id, id_prospect, sumber_prospect, tagging_prospect, nama_lengkap, no_kontak, no_ktp,"
    " alamat, kode_propinsi, kode_kota, kode_kecamatan, kode_kelurahan, kode_pos, latitude,"
    " longitude, alamat_kantor, kode_propinsi_kantor, kode_kota_kantor, kode_kecamatan_kantor,"
    " kode_kelurahan_kantor, kode_pos_kantor, kode_pekerjaan, no_kontak_kantor, waktu_appointment,"
    " metode_follow_up, test_ride_preference, status_follow_up_prospecting, status_prospect,"
    " id_sales_people, id_event, tanggal_prospect, tanggal_appointment, created_time, "
    "modified_time,"
    " requested_at, fetched_at, task_id, epoch";

#define SAME_UNIT                                                                                  \
    "(u.dealer_id, u.id_prospect, u.position) = (b.dealer_id, b.id_prospect, b.position)"          \
    " AND (u.kode_tipe_unit, u.sales_program_id, u.created_time, u.modified_time)"                 \
    " IS NOT DISTINCT FROM"                                                                        \
    " (b.kode_tipe_unit, b.sales_program_id, b.created_time, b.modified_time)"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_COPY_IN) {
        fprintf(stderr, "%s\n%s", sql, PQerrorMessage(c));
        exit(1);
    }
    PQclear(r);
}

static void end_copy(PGconn *c)
{
    PGresult *r;
    if (PQputCopyEnd(c, NULL) != 1)
        exit(1);
    while ((r = PQgetResult(c))) {
        if (PQresultStatus(r) != PGRES_COMMAND_OK) {
            fprintf(stderr, "%s", PQerrorMessage(c));
            exit(1);
        }
        PQclear(r);
    }
}

static void copy_prospects(PGconn *c, int rows, int version)
{
    char sql[LINE];
    char line[LINE];
    snprintf(sql, sizeof sql, "COPY bare_prospect (%s) FROM STDIN", columns);
    run(c, sql);
    for (int i = 0; i < rows; i++) {
        int n = snprintf(line, sizeof line,
                         "bare\t" ID "\t0001\tNo\tAdi Rahayu %02d\t0812%08d\t3200%012d"
                         "\tJl. Mawar No. %d RT 06, Contoh Utara\t3200\t3201\t320101\t3201010001"
                         "\t16110\t-6,%06d\t106,%06d",
                         i, i % 100, i, i, i % 200, i, i);
        n += i % 5 < 2 ? snprintf(line + n, sizeof line - (size_t)n,
                                  "\tJl. Anggrek Kav. %d, Contoh Utara\t3200\t3202\t320204"
                                  "\t3202040002\t16240\t4\t0210%06d",
                                  i % 90, i)
                       : snprintf(line + n, sizeof line - (size_t)n,
                                  "\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t4\t\\N");
        n += snprintf(line + n, sizeof line - (size_t)n,
                      "\t\\N\t3\t%d\t1\t%d\t9000%02d\t%s\t2026-03-02\t\\N"
                      "\t2026-03-02 08:%02d:%02d\t2026-03-02 09:00:%02d"
                      "\t2026-03-31 00:00:00+00\t2026-03-31 00:00:00+00\t1\t1\n",
                      i % 2, 1 + i % 4, i % 20, i % 7 ? "\\N" : "EV/E/Z9Z/12284/26/03/003",
                      i / 60 % 60, i % 60, version);
        if (PQputCopyData(c, line, n) != 1)
            exit(1);
    }
    end_copy(c);
}

static void copy_units(PGconn *c, int rows)
{
    char line[LINE];
    run(c, "COPY bare_unit FROM STDIN");
    for (int i = 0; i < rows; i++)
        for (int position = 1; position <= (i % 9 < 2 ? 2 : 1); position++) {
            int n = snprintf(line, sizeof line,
                             "bare\t" ID "\t%d\tAA%d\tPRM/12284/26/03/%04d\t2026-03-02 08:00:00\t"
                             "2026-03-02 08:00:00\n",
                             i, position, i % 10, i % 100);
            if (PQputCopyData(c, line, n) != 1)
                exit(1);
        }
    end_copy(c);
}

/* Rows a second. */
static double store(PGconn *c, int rows, int version, const char *upsert)
{
    double started = now();
    run(c, "BEGIN");
    copy_prospects(c, rows, version);
    copy_units(c, rows);
    run(c, upsert);
    run(c, "DELETE FROM feed.prospect_unit u USING bare_prospect p"
           " WHERE u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect"
           " AND NOT EXISTS (SELECT FROM bare_unit b WHERE " SAME_UNIT ")");
    run(c, "INSERT INTO feed.prospect_unit (dealer_id, id_prospect, position, kode_tipe_unit,"
           " sales_program_id, created_time, modified_time) SELECT * FROM bare_unit b"
           " WHERE NOT EXISTS (SELECT FROM feed.prospect_unit u WHERE " SAME_UNIT ")");
    run(c, "COMMIT");
    return rows / (now() - started);
}

static bool is_fact(const char *name)
{
    static const char *const ours[] = {"dealer_id",  "id_prospect", "requested_at",
                                       "fetched_at", "task_id",     "epoch"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(name, ours[i]) == 0)
            return false;
    return true;
}

/* Appends `format` for each column but the key; of facts alone or of all. */
static size_t add_columns(char *out, size_t size, bool facts, const char *prefix)
{
    char list[sizeof columns];
    char *save = NULL;
    size_t n = 0;
    memcpy(list, columns, sizeof columns);
    for (char *name = strtok_r(list, ", ", &save); name; name = strtok_r(NULL, ", ", &save)) {
        bool key = strcmp(name, "dealer_id") == 0 || strcmp(name, "id_prospect") == 0;
        if (key || (facts && !is_fact(name)))
            continue;
        n += (size_t)snprintf(out + n, size - n, facts ? "%s%s%s" : "%s%s = excluded.%s",
                              n > 0 ? ", " : "", facts ? prefix : name, name);
    }
    return n;
}

/* Every column but the key, where the version wins and something differs. */
static void make_upsert(char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size,
                                "INSERT INTO feed.prospect AS p (%s) SELECT %s FROM bare_prospect"
                                " ON CONFLICT (dealer_id, id_prospect) DO UPDATE SET ",
                                columns, columns);
    n += add_columns(out + n, size - n, false, "");
    n += (size_t)snprintf(out + n, size - n,
                          " WHERE excluded.modified_time >= p.modified_time AND (");
    n += add_columns(out + n, size - n, true, "excluded.");
    n += (size_t)snprintf(out + n, size - n, ") IS DISTINCT FROM (");
    n += add_columns(out + n, size - n, true, "p.");
    (void)snprintf(out + n, size - n, ")");
}

int main(int argc, char **argv)
{
    char upsert[8192];
    if (argc != 3) {
        fprintf(stderr, "usage: bare_ingest CONNINFO ROWS\n");
        return 2;
    }
    int rows = (int)strtol(argv[2], NULL, 10);
    PGconn *c = PQconnectdb(argv[1]);
    if (PQstatus(c) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(c));
        return 1;
    }
    make_upsert(upsert, sizeof upsert);
    run(c, "SET client_min_messages = warning");
    run(c, "SET temp_buffers = '32MB'");
    run(c, "SET work_mem = '32MB'");
    run(c, "CREATE TEMP TABLE bare_prospect (LIKE feed.prospect) ON COMMIT DELETE ROWS");
    run(c, "ALTER TABLE bare_prospect ALTER COLUMN day DROP NOT NULL");
    run(c, "CREATE TEMP TABLE bare_unit ON COMMIT DELETE ROWS AS SELECT dealer_id, id_prospect,"
           " position, kode_tipe_unit, sales_program_id, created_time, modified_time"
           " FROM feed.prospect_unit LIMIT 0");
    double fresh = store(c, rows, 1, upsert);
    double same = store(c, rows, 1, upsert);
    double changed = store(c, rows, 2, upsert);
    printf("{\"rows\": %d, \"new_per_second\": %.0f, \"same_per_second\": %.0f,"
           " \"changed_per_second\": %.0f}\n",
           rows, fresh, same, changed);
    PQfinish(c);
    return 0;
}
