/* What it costs to look at a large fleet, to join databases and to remove old scans.
 *
 * Joining and removing are measured against recording the same scans in the same run: neither is to cost more than the
 * recording did. Usage: bench_fleet_database [ZONES] (of the fleet that is looked at; 1,000,000).
 */
#include "db/fleet_store.h"
#include "db/merge.h"
#include "db/prune.h"
#include "db/store_internal.h"
#include "tests/bench/figure.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3, SCANNED_ZONES = 500, SCANS_PER_ZONE = 10, PAIRS = 60 };

#define NAME       "fleet_database"
#define START_S    1767225600
#define LOOKS_S    3.0
#define AT_LEAST_1 1.0

static void stop(const char *what)
{
    fprintf(stderr, "bench_fleet_database: %s\n", what);
    exit(1);
}

static struct store *open_store(const struct temp_folder *folder, const char *name)
{
    struct err err = ERR_INIT;
    char path[TEMP_PATH_BYTES];
    struct store *store = store_open(temp_folder_path(folder, name, path), STORE_READ_WRITE, &err);
    if (store == NULL) {
        stop(err.message);
    }
    return store;
}

/* ---- looking at a fleet */

static void import_zones(struct store *store, unsigned zones)
{
    struct err err = ERR_INIT;
    struct fleet_import_counts counts;
    struct fleet_import *import = fleet_import_new(store, &err);
    for (unsigned i = 0; import != NULL && i < zones; i++) {
        char name[40];
        char text[20];
        snprintf(name, sizeof name, "zone-%07u.example", i);
        snprintf(text, sizeof text, "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
        struct fleet_row row = {.line = i + 2,
                                .zone = name,
                                .hostname = name,
                                .address = text,
                                .http_port = 80,
                                .https_port = 443,
                                .mode = MODE_FLEXIBLE,
                                .ceiling = MODE_FULL_STRICT,
                                .weight = i % 1000};
        if (address_parse(slice_of(text), &row.literal) != 0 || fleet_import_add(import, &row, &err) != 0) {
            stop(err.message);
        }
    }
    if (import == NULL || fleet_import_finish(import, true, START_S, &counts, &err) != 0) {
        stop(err.message);
    }
    fleet_import_free(import);
}

/* As after some weeks: most have a verdict, one in ten has not, for one of three reasons, one in a hundred is put off.
 */
static void make_history(struct store *store)
{
    struct err err = ERR_INIT;
    if (store_execute(
            store,
            "UPDATE fleet SET scans = 3, status = iif(zone % 10 = 0, 'incomplete', 'complete'), reason = CASE "
            "WHEN zone % 10 <> 0 THEN NULL WHEN zone % 30 = 0 THEN 'blocked' WHEN zone % 20 = 0 THEN "
            "'unreachable' ELSE 'too_few_pairs' END, failures = iif(zone % 10 = 0, zone % 7 + 1, 0), deferred = "
            "iif(zone % 100 = 7, 'address_not_answering', NULL), finished_at = 1767225600 - zone % 1000000, "
            "due_at = 1767225600 + zone % 2000 - 200",
            &err) != 0) {
        stop(err.message);
    }
}

static int note_reason(void *context, const char *reason, uint64_t zones, struct err *err)
{
    (void)reason;
    (void)err;
    *(uint64_t *)context += zones;
    return 0;
}

static int note_failure(void *context, const struct fleet_failure *failure, struct err *err)
{
    (void)err;
    *(uint64_t *)context += failure->failures;
    return 0;
}

static double look(struct store *store, unsigned zones)
{
    struct err err = ERR_INIT;
    struct fleet_counts counts;
    uint64_t reasons = 0;
    uint64_t failures = 0;
    double before = figure_process_cpu_s();
    if (fleet_count(store, START_S, 100, &counts, &err) != 0 ||
        fleet_each_reason(store, note_reason, &reasons, &err) != 0 ||
        fleet_each_failure(store, 20, note_failure, &failures, &err) != 0) {
        stop(err.message);
    }
    if (counts.zones != zones || counts.failing != zones / 10 || failures == 0 || reasons == 0) {
        stop("the fleet is not what it was made to be");
    }
    return figure_process_cpu_s() - before;
}

static bool measure_looking(const struct temp_folder *folder, unsigned zones)
{
    struct store *store = open_store(folder, "fleet.db");
    double seconds[ROUNDS];
    char name[80];
    import_zones(store, zones);
    make_history(store);
    for (int i = 0; i < ROUNDS; i++) {
        seconds[i] = look(store, zones);
    }
    store_close(store);
    snprintf(name, sizeof name, "fleet status of %u zones", zones);
    return figure_at_most(NAME, name, figure_median(seconds, ROUNDS), "s of CPU", LOOKS_S);
}

/* ---- joining and removing */

/* The seconds of CPU that it took. */
static double record_scans(struct store *store)
{
    struct err err = ERR_INIT;
    double cpu_s = 0;
    for (unsigned i = 0; i < SCANNED_ZONES * SCANS_PER_ZONE; i++) {
        struct scan_record record;
        sample_numbered(&record, i % SCANNED_ZONES, PAIRS);
        record.scan_id = arena_printf(&record.arena, "scan-%u", i);
        record.finished_s = START_S + i;
        double before = figure_process_cpu_s();
        if (store_write_scan(store, &record, NULL, &err) != 0) {
            stop(err.message);
        }
        cpu_s += figure_process_cpu_s() - before;
        scan_record_release(&record);
    }
    return cpu_s;
}

static double merge(struct store *store, const char *path, uint64_t expected)
{
    struct err err = ERR_INIT;
    struct merge_counts counts;
    double before = figure_process_cpu_s();
    if (store_merge_check(store->path, path, &err) != 0 || store_merge(store, path, &counts, &err) != 0) {
        stop(err.message);
    }
    if (counts.scans != expected) {
        stop("not every scan came over");
    }
    return figure_process_cpu_s() - before;
}

static double prune(struct store *store)
{
    struct err err = ERR_INIT;
    struct prune_counts counts;
    const struct prune_options options = {
        .before_s = START_S + 1000000, .now_s = START_S + 1000000, .program_version = "bench"};
    double before = figure_process_cpu_s();
    if (store_prune(store, &options, &counts, &err) != 0) {
        stop(err.message);
    }
    if (counts.removed != SCANNED_ZONES * (SCANS_PER_ZONE - 1)) {
        stop("not every old scan is gone");
    }
    return figure_process_cpu_s() - before;
}

static bool measure_changes(const struct temp_folder *folder)
{
    const double scans = SCANNED_ZONES * SCANS_PER_ZONE;
    double recorded[ROUNDS];
    double merged[ROUNDS];
    double again[ROUNDS];
    double pruned[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        char name[40];
        char path[TEMP_PATH_BYTES];
        snprintf(name, sizeof name, "shard-%d.db", i);
        struct store *shard = open_store(folder, name);
        recorded[i] = scans / record_scans(shard);
        store_close(shard);
        temp_folder_path(folder, name, path);
        snprintf(name, sizeof name, "joined-%d.db", i);
        struct store *joined = open_store(folder, name);
        merged[i] = scans / merge(joined, path, (uint64_t)scans);
        again[i] = scans / merge(joined, path, 0);
        pruned[i] = SCANNED_ZONES * (SCANS_PER_ZONE - 1) / prune(joined);
        store_close(joined);
    }
    double base = figure_median(recorded, ROUNDS);
    figure_for_information(NAME, "scans recorded, one transaction each", base, "scans per CPU-second");
    figure_for_information(NAME, "scans merged", figure_median(merged, ROUNDS), "scans per CPU-second");
    figure_for_information(NAME, "scans looked at in a second merge", figure_median(again, ROUNDS),
                           "scans per CPU-second");
    figure_for_information(NAME, "scans pruned, space given back", figure_median(pruned, ROUNDS),
                           "scans per CPU-second");
    bool ok = figure_at_least(NAME, "merging against recording", figure_median(merged, ROUNDS) / base, "x", AT_LEAST_1);
    return figure_at_least(NAME, "pruning against recording", figure_median(pruned, ROUNDS) / base, "x", AT_LEAST_1) &&
           ok;
}

int main(int argc, char **argv)
{
    unsigned zones = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000000;
    struct temp_folder folder;
    temp_folder_make(&folder);
    bool ok = measure_changes(&folder);
    ok = measure_looking(&folder, zones) && ok;
    temp_folder_remove(&folder);
    return ok ? 0 : 1;
}
