/* What a fleet costs. Each case is one `fleet run` on a database of its own, in a process of its own on one processor;
 * origins are another process on the other one. CPU and memory are the scanner's.
 *
 * Usage: bench_fleet [ZONES [CLOSED [STUBBED]]]: so many zones with 20 pairs each instead of 2,000, so many with closed
 * ports instead of 100,000, so many without a network instead of 2,000; 0 leaves them out.
 */
#include "tests/bench/figure.h"
#include "tests/bench/fleet_case.h"
#include "tests/bench/fleet_engine.h"
#include "tests/bench/fleet_origins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ZONES = 2000,
    PAIRS = 20,
    IN_FLIGHT = 100,
    CLOSED = 100000,
    FEW_CLOSED = 1000,
    STUBBED = 2000,
    LOOPS_ZONES = 600,
    ROUNDS = 3
};
/* Five times the default, so that it ends in time; much faster, and the bound on connections at once would make each
 * zone close and open them again and again. */
enum { RATE = 50 };
enum { SCANNER_PROCESSOR = 0, ORIGINS_PROCESSOR = 1 };
/* Nobody listens there. */
enum { CLOSED_HTTP_PORT = 1, CLOSED_HTTPS_PORT = 2 };

/* Imports into a new database, and runs. All zones must end with the status. */
static bool scan(struct fleet_case *fleet, enum scan_status status, struct fleet_usage *usage)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    temp_folder_make(&folder);
    fleet->database = temp_folder_path(&folder, "fleet.db", path);
    bool ok = fleet_case_import(fleet) && fleet_case_run(fleet, usage);
    if (ok && usage->progress.by_status[status] != fleet->zones) {
        fprintf(stderr, "%llu of %u zones ended as they should\n",
                (unsigned long long)usage->progress.by_status[status], fleet->zones);
        ok = false;
    }
    temp_folder_remove(&folder);
    return ok;
}

static double ms_per_zone(const struct fleet_case *fleet, const struct fleet_usage *usage)
{
    return usage->cpu_s / fleet->zones * 1e3;
}

/* ---- pages */

static bool memory_is_bounded(const char *name, const struct fleet_case *fleet, const struct fleet_usage *usage)
{
    return figure_at_most("fleet", name, usage->peak_mb, "MB resident",
                          64 + 0.6 * fleet->loops * fleet->zones_per_loop);
}

/* In turns, since what else the machine does changes; the scanner must share a processor with the origins here. */
static bool measure_loops(const struct fleet_case *fleet)
{
    double one_ms[ROUNDS], two_ms[ROUNDS];
    struct fleet_case cases[2] = {*fleet, *fleet};
    for (size_t i = 0; i < 2; i++) {
        cases[i].zones = fleet->zones < LOOPS_ZONES ? fleet->zones : LOOPS_ZONES;
        cases[i].processor = -1;
        cases[i].loops = (unsigned)i + 1;
        cases[i].zones_per_loop = fleet->zones_per_loop / (unsigned)(i + 1);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        struct fleet_usage one, two;
        if (!scan(&cases[0], STATUS_COMPLETE, &one) || !scan(&cases[1], STATUS_COMPLETE, &two)) {
            return false;
        }
        one_ms[round] = ms_per_zone(&cases[0], &one);
        two_ms[round] = ms_per_zone(&cases[1], &two);
    }
    return figure_at_most("fleet", "CPU per zone with two loops, against one",
                          figure_median(two_ms, ROUNDS) / figure_median(one_ms, ROUNDS), "ratio", 1.15);
}

static bool measure_equal(struct fleet_case *fleet)
{
    struct fleet_usage usage;
    if (!scan(fleet, STATUS_COMPLETE, &usage)) {
        return false;
    }
    figure_for_information("fleet", "requests of a zone, equal pages",
                           (double)usage.progress.requests / (double)fleet->zones, "requests");
    figure_for_information("fleet", "connections of a zone, equal pages",
                           (double)usage.progress.connections / (double)fleet->zones, "connections");
    figure_for_information("fleet", "zones scanned, one loop, equal pages", fleet->zones / usage.wall_s, "zones/s");
    bool ok = figure_at_most("fleet", "20 pairs of equal pages", ms_per_zone(fleet, &usage), "ms CPU per zone", 10);
    ok = memory_is_bounded("memory, 100 zones in flight, equal pages", fleet, &usage) && ok;
    return measure_loops(fleet) && ok;
}

static bool measure_noisy(struct fleet_case *fleet)
{
    struct fleet_usage usage;
    if (!scan(fleet, STATUS_COMPLETE, &usage)) {
        return false;
    }
    figure_for_information("fleet", "requests of a zone, pages with noise",
                           (double)usage.progress.requests / (double)fleet->zones, "requests");
    bool ok =
        figure_at_most("fleet", "20 pairs of pages with noise", ms_per_zone(fleet, &usage), "ms CPU per zone", 18);
    return memory_is_bounded("memory, 100 zones in flight, pages with noise", fleet, &usage) && ok;
}

static bool with_origins(unsigned zones, bool noisy, bool (*measure)(struct fleet_case *fleet))
{
    struct temp_folder folder;
    struct fleet_origins origins;
    temp_folder_make(&folder);
    bool ok = fleet_origins_start(zones, noisy, ORIGINS_PROCESSOR, &folder, &origins);
    struct fleet_case fleet = {.zones = zones,
                               .http_port = origins.http_port,
                               .https_port = origins.https_port,
                               .loops = 1,
                               .zones_per_loop = IN_FLIGHT,
                               .processor = SCANNER_PROCESSOR,
                               .pairs = PAIRS,
                               .rate = RATE,
                               .ca_file = origins.ca_file};
    ok = ok && measure(&fleet);
    fleet_origins_stop(&origins);
    temp_folder_remove(&folder);
    return ok;
}

/* ---- closed ports */

static double closed_ms(unsigned zones)
{
    struct fleet_usage usage;
    struct fleet_case fleet = {.zones = zones,
                               .http_port = CLOSED_HTTP_PORT,
                               .https_port = CLOSED_HTTPS_PORT,
                               .loops = 1,
                               .zones_per_loop = 1000,
                               .processor = SCANNER_PROCESSOR};
    return scan(&fleet, STATUS_INCOMPLETE, &usage) ? ms_per_zone(&fleet, &usage) : -1;
}

static bool measure_closed(unsigned zones)
{
    double few[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        few[i] = closed_ms(FEW_CLOSED);
    }
    double many = closed_ms(zones);
    if (many < 0 || figure_median(few, ROUNDS) < 0) {
        return false;
    }
    bool ok = figure_at_most("fleet", "zones with closed ports", many, "ms CPU per zone", 0.25);
    return figure_at_most("fleet", "a zone among 100,000 with closed ports, against one among 1,000",
                          many / figure_median(few, ROUNDS), "ratio", 1.15) &&
           ok;
}

/* ---- no network */

static bool scan_stubbed(struct fleet_engine *engine, unsigned zones, unsigned loops, struct fleet_usage *usage)
{
    struct fleet_case fleet = {.zones = zones,
                               .http_port = 80,
                               .https_port = 443,
                               .loops = loops,
                               .zones_per_loop = IN_FLIGHT,
                               .processor = -1,
                               .stub = fleet_engine_scan,
                               .stub_context = engine};
    return scan(&fleet, STATUS_COMPLETE, usage);
}

static bool measure_stubbed(unsigned zones)
{
    double wall_s[2][ROUNDS], cpu_s[2][ROUNDS];
    struct fleet_engine *engine = fleet_engine_new(PAIRS);
    bool ok = engine != NULL;
    for (size_t i = 0; ok && i < 2 * (size_t)ROUNDS; i++) {
        struct fleet_usage usage = {0};
        ok = scan_stubbed(engine, zones, (unsigned)(i % 2) + 1, &usage);
        wall_s[i % 2][i / 2] = usage.wall_s;
        cpu_s[i % 2][i / 2] = usage.cpu_s;
    }
    fleet_engine_free(engine);
    if (!ok) {
        return false;
    }
    double one_s = figure_median(wall_s[0], ROUNDS), two_s = figure_median(wall_s[1], ROUNDS);
    figure_for_information("fleet", "zones scanned without a network, one loop", zones / one_s, "zones/s");
    figure_for_information("fleet", "CPU without a network, one loop", figure_median(cpu_s[0], ROUNDS) / zones * 1e3,
                           "ms per zone");
    figure_for_information("fleet", "CPU without a network, two loops against one",
                           figure_median(cpu_s[1], ROUNDS) / figure_median(cpu_s[0], ROUNDS), "ratio");
    return figure_at_least("fleet", "zones scanned without a network, two loops against one", one_s / two_s, "ratio",
                           1.6);
}

int main(int argc, char **argv)
{
    unsigned zones = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ZONES;
    unsigned closed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : CLOSED;
    unsigned stubbed = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : STUBBED;
    bool ok = stubbed == 0 || measure_stubbed(stubbed);
    ok = (zones == 0 || with_origins(zones, false, measure_equal)) && ok;
    ok = (zones == 0 || with_origins(zones, true, measure_noisy)) && ok;
    return (closed == 0 || measure_closed(closed)) && ok ? 0 : 1;
}
