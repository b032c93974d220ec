/* A simulated million: every zone of a fleet leased, scanned by a function that makes up a record of 60 pairs instead
 * of using a network, recorded, decided on and given its next due time; then the report of all of them.
 *
 * Of twenty zones seventeen are to be upgraded, one has six pairs that differ, two do not answer: of real sites about
 * 5 % differ somewhere (Paracha et al. 2020). Every zone has a certificate of its own.
 *
 * Takes some minutes and up to 5 GB below TMPDIR, which are removed again. Usage: bench_fleet_million [ZONES]
 */
#include "base/clock.h"
#include "reports/report.h"
#include "tests/bench/figure.h"
#include "tests/bench/fleet_case.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum { ZONES = 1000000, PAIRS = 60 };
#define BYTES_PER_ZONE 6000.0 /* on disk, with the log that is written ahead and what the import lays down */

static void name_certificate(struct origin_record *origin, struct arena *arena, const char *zone)
{
    const char **names = arena_alloc(arena, 2 * sizeof *names);
    names[0] = zone;
    names[1] = arena_printf(arena, "*.%s", zone);
    origin->certificate.names = names;
    origin->certificate.name_count = 2;
    origin->certificate.subject = arena_printf(arena, "CN=%s", zone);
    origin->certificate.serial = arena_printf(arena, "04%032llX", (unsigned long long)strtoull(zone + 1, NULL, 10));
}

static void forget_answers(struct scan_record *record)
{
    struct hostname_record *hostname = &record->hostnames[0];
    struct origin_record *origin = &hostname->origins[0];
    record->status = hostname->status = origin->status = STATUS_INCOMPLETE;
    record->incomplete_reason = hostname->incomplete_reason = origin->incomplete_reason = CODE_UNREACHABLE;
    origin->incomplete_detail = "neither port answers";
    record->supported_mode = hostname->supported_mode = origin->supported_mode = MODE_NONE;
    record->recommended_mode = hostname->recommended_mode = MODE_NONE;
    hostname->safe_modes = origin->safe_modes = 0;
    hostname->decision = (struct decision){
        .action = ACTION_HOLD, .from = MODE_FLEXIBLE, .to = MODE_NONE, .reason = "There is no verdict.", .percent = 0};
    origin->compared_count = 0;
    memset(&origin->pairs, 0, sizeof origin->pairs);
    origin->certificate = (struct certificate_record){.not_before_s = -1, .not_after_s = -1};
    origin->tls = (struct tls_record){.resumption = -1, .ocsp_stapled = -1};
}

static int make_up(void *context, const struct inventory_zone *zone, struct scan_record *record, struct err *err)
{
    (void)context, (void)err;
    unsigned number = (unsigned)strtoul(zone->zone + 1, NULL, 10);
    if (number % 20 == 0) {
        sample_numbered(record, number, PAIRS);
    } else {
        sample_upgrade(record);
    }
    struct hostname_record *hostname = &record->hostnames[0];
    struct origin_record *origin = &hostname->origins[0];
    record->zone = hostname->hostname = arena_text(&record->arena, zone->zone);
    record->started_s = record->finished_s = clock_wall_s();
    record->scan_id = arena_printf(&record->arena, "%llx-%016llx", (unsigned long long)record->started_s,
                                   (unsigned long long)number * 0x9e3779b97f4a7c15u);
    origin->address = arena_text(&record->arena, zone->hostnames[0].origins[0].address);
    origin->http_port = zone->hostnames[0].origins[0].http_port;
    origin->https_port = zone->hostnames[0].origins[0].https_port;
    origin->source = SOURCE_INVENTORY;
    name_certificate(origin, &record->arena, record->zone);
    if (number % 10 == 1) {
        forget_answers(record);
    }
    return 0;
}

static bool has_room(const char *folder, unsigned zones)
{
    struct statvfs room;
    double needed = zones * BYTES_PER_ZONE;
    double there = statvfs(folder, &room) == 0 ? (double)room.f_bavail * (double)room.f_frsize : 0;
    if (there < needed) {
        fprintf(stderr, "%s has %.1f GB free, and %.1f GB are needed\n", folder, there / 1e9, needed / 1e9);
    }
    return there >= needed;
}

/* ---- the report */

struct reported {
    struct report_list list;
    struct buf out;
};

static int report_record(void *context, const struct scan_record *record, struct err *err)
{
    struct reported *reported = context;
    (void)err;
    report_list_add(&reported->list, record);
    buf_reset(&reported->out); /* what a pipe would take */
    return 0;
}

/* All zones as `report --format ndjson` has them. How long that took; -1 if it failed. */
static double report_all(const char *database, unsigned zones)
{
    struct err err = ERR_INIT;
    struct reported reported = {.out = {.data = NULL}};
    const struct report_style style = {.color = false};
    struct store *store = store_open(database, STORE_READ_ONLY, &err);
    int64_t began_ms = clock_monotonic_ms();
    report_list_begin(&reported.list, report_writer_find("ndjson"), &style, &reported.out);
    int result = store != NULL ? store_each_latest(store, report_record, &reported, &err) : -1;
    report_list_end(&reported.list);
    double seconds = (double)(clock_monotonic_ms() - began_ms) / 1e3;
    if (result != 0 || reported.list.totals.zones != zones) {
        fprintf(stderr, "%llu of %u zones were reported %s\n", (unsigned long long)reported.list.totals.zones, zones,
                err.message);
        result = -1;
    }
    buf_release(&reported.out);
    store_close(store);
    return result == 0 ? seconds : -1;
}

/* ---- the run */

static bool measure(const struct fleet_case *fleet)
{
    struct fleet_usage usage;
    if (!fleet_case_import(fleet) || !fleet_case_run(fleet, &usage)) {
        return false;
    }
    if (usage.progress.done != fleet->zones || usage.progress.by_status[STATUS_INCOMPLETE] != fleet->zones / 10) {
        fprintf(stderr, "%llu of %u zones were recorded\n", (unsigned long long)usage.progress.done, fleet->zones);
        return false;
    }
    double report_s = report_all(fleet->database, fleet->zones);
    double megabytes = fleet_case_megabytes(fleet->database);
    figure_for_information("fleet_million", "zones", fleet->zones, "zones");
    figure_for_information("fleet_million", "run", usage.wall_s, "s");
    figure_for_information("fleet_million", "CPU of the run", usage.cpu_s / fleet->zones * 1e3, "ms per zone");
    figure_for_information("fleet_million", "memory of the run", usage.peak_mb, "MB");
    figure_for_information("fleet_million", "report", report_s, "s");
    bool ok = report_s >= 0;
    ok = figure_at_least("fleet_million", "queue, lease, complete and report", fleet->zones / (usage.wall_s + report_s),
                         "zones/s", 5000) &&
         ok;
    return figure_at_most("fleet_million", "database of a million zones of 60 pairs", megabytes * ZONES / fleet->zones,
                          "MB", 4000) &&
           ok;
}

int main(int argc, char **argv)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    struct fleet_case fleet = {.zones = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ZONES,
                               .http_port = 80,
                               .https_port = 443,
                               .loops = 1,
                               .zones_per_loop = 500,
                               .processor = -1,
                               .stub = make_up};
    int64_t began_ms = clock_monotonic_ms();
    temp_folder_make(&folder);
    fleet.database = temp_folder_path(&folder, "fleet.db", path);
    bool ok = fleet.zones > 0 && has_room(folder.path, fleet.zones) && measure(&fleet);
    figure_for_information("fleet_million", "all of it, with the import",
                           (double)(clock_monotonic_ms() - began_ms) / 1e3, "s");
    temp_folder_remove(&folder);
    return ok ? 0 : 1;
}
