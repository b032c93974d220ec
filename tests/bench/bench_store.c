/* How fast scans go into the store and come out, and what a zone costs on disk.
 *
 * The bare loop writes as many rows with as many bytes straight through the library, one transaction a scan, with the
 * same pragmas: what the store adds to it is finding identities, sharing certificates, dating blockers and packing
 * pairs.
 */
#include "db/store_internal.h"
#include "reports/report.h"
#include "tests/bench/figure.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROUNDS = 5, ZONES = 1000, PAIRS = 60, ROWS = 22, ROW_BYTES = 90, BLOB_BYTES = 601 };

static void stop(const char *what)
{
    fprintf(stderr, "bench_store: %s\n", what);
    exit(1);
}

/* Zones of one round: first scans in round 0, scans of zones that are known in the later ones. */
static void make_records(struct scan_record *records, unsigned round)
{
    for (unsigned i = 0; i < ZONES; i++) {
        sample_numbered(&records[i], i, PAIRS);
        records[i].scan_id = arena_printf(&records[i].arena, "round-%u-zone-%u", round, i);
    }
}

static double write_scans(struct store *store, struct scan_record *records)
{
    struct err err = ERR_INIT;
    double before = figure_process_cpu_s();
    for (unsigned i = 0; i < ZONES; i++) {
        if (store_write_scan(store, &records[i], NULL, &err) != 0) {
            stop(err.message);
        }
    }
    return ZONES / (figure_process_cpu_s() - before);
}

static sqlite3 *open_bare(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(
            db,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE parents (id INTEGER PRIMARY KEY, body BLOB) STRICT;"
            "CREATE TABLE details (parent INTEGER, position INTEGER, body TEXT, PRIMARY KEY (parent, position))"
            " STRICT, WITHOUT ROWID",
            NULL, NULL, NULL) != SQLITE_OK) {
        stop(sqlite3_errmsg(db));
    }
    return db;
}

static void run_once(sqlite3_stmt *stmt)
{
    if (sqlite3_step(stmt) != SQLITE_DONE) {
        stop(sqlite3_errmsg(sqlite3_db_handle(stmt)));
    }
    sqlite3_reset(stmt);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        stop(sqlite3_errmsg(db));
    }
    return stmt;
}

static void write_bare_scan(sqlite3 *db, sqlite3_stmt *parent, sqlite3_stmt *detail, const char *body)
{
    sqlite3_bind_blob(parent, 1, body, BLOB_BYTES, SQLITE_STATIC);
    run_once(parent);
    int64_t id = sqlite3_last_insert_rowid(db);
    for (int row = 0; row < ROWS; row++) {
        sqlite3_bind_int64(detail, 1, id);
        sqlite3_bind_int(detail, 2, row);
        sqlite3_bind_text(detail, 3, body, ROW_BYTES, SQLITE_STATIC);
        run_once(detail);
    }
}

static double write_bare(sqlite3 *db)
{
    sqlite3_stmt *begin = prepare(db, "BEGIN IMMEDIATE");
    sqlite3_stmt *commit = prepare(db, "COMMIT");
    sqlite3_stmt *parent = prepare(db, "INSERT INTO parents (body) VALUES (?1)");
    sqlite3_stmt *detail = prepare(db, "INSERT INTO details VALUES (?1, ?2, ?3)");
    char body[BLOB_BYTES];
    memset(body, 'x', sizeof body);
    double before = figure_process_cpu_s();
    for (int i = 0; i < ZONES; i++) {
        run_once(begin);
        write_bare_scan(db, parent, detail, body);
        run_once(commit);
    }
    double rate = ZONES / (figure_process_cpu_s() - before);
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    sqlite3_finalize(parent);
    sqlite3_finalize(detail);
    return rate;
}

struct reading {
    struct report_list list;
    struct buf out;
    size_t zones;
};

static int add_to_report(void *context, const struct scan_record *record, struct err *err)
{
    struct reading *reading = context;
    (void)err;
    report_list_add(&reading->list, record);
    buf_reset(&reading->out);
    reading->zones++;
    return 0;
}

/* Reads every zone and writes its NDJSON: what `report` does. */
static double report_zones(struct store *store)
{
    struct reading reading = {0};
    struct report_style style = {0};
    struct err err = ERR_INIT;
    double before = figure_process_cpu_s();
    report_list_begin(&reading.list, report_writer_find("ndjson"), &style, &reading.out);
    if (store_each_latest(store, add_to_report, &reading, &err) != 0 || reading.zones != ZONES) {
        stop(err.message);
    }
    report_list_end(&reading.list);
    double rate = ZONES / (figure_process_cpu_s() - before);
    buf_release(&reading.out);
    return rate;
}

static double file_bytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (double)status.st_size : 0;
}

static struct store *open_store(const char *path)
{
    struct err err = ERR_INIT;
    struct store *store = store_open(path, STORE_READ_WRITE, &err);
    if (store == NULL) {
        stop(err.message);
    }
    return store;
}

int main(void)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    char bare_path[TEMP_PATH_BYTES];
    double written[ROUNDS];
    double ratios[ROUNDS];
    double reported[ROUNDS];
    temp_folder_make(&folder);
    temp_folder_path(&folder, "store.db", path);
    sqlite3 *bare = open_bare(temp_folder_path(&folder, "bare.db", bare_path));
    struct store *store = open_store(path);
    struct scan_record *records = calloc(ZONES, sizeof *records);
    if (records == NULL) {
        stop("out of memory");
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        make_records(records, round);
        double bare_rate = write_bare(bare);
        written[round] = write_scans(store, records);
        ratios[round] = written[round] / bare_rate;
        reported[round] = report_zones(store);
        for (unsigned i = 0; i < ZONES; i++) {
            scan_record_release(&records[i]);
        }
    }
    free(records);
    sqlite3_close(bare);
    store_close(store);
    double bytes = file_bytes(path) / ZONES / ROUNDS;
    bool good =
        figure_at_least("store", "scans written against a bare loop", figure_median(ratios, ROUNDS), "ratio", 0.25);
    good =
        figure_at_least("store", "scans of 60 pairs written", figure_median(written, ROUNDS), "scans/s", 3000) && good;
    good =
        figure_at_least("store", "zones read and reported", figure_median(reported, ROUNDS), "zones/s", 17000) && good;
    good = figure_at_most("store", "kept for one scan of 60 pairs", bytes, "bytes", 4096) && good;
    temp_folder_remove(&folder);
    return good ? 0 : 1;
}
