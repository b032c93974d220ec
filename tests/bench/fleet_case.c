#include "tests/bench/fleet_case.h"

#include "base/clock.h"
#include "crawler/trust.h"
#include "tests/bench/figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

double fleet_case_megabytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (double)status.st_size / 1e6 : 0;
}

/* ---- in a process of its own */

typedef bool fleet_work(const struct fleet_case *fleet, struct fleet_usage *usage, struct err *err);

static void work_and_exit(const struct fleet_case *fleet, fleet_work *work, int report)
{
    struct err err = ERR_INIT;
    struct fleet_usage usage = {0};
    if (fleet->processor >= 0) {
        stay_on_processor(fleet->processor);
    }
    if (!work(fleet, &usage, &err)) {
        fprintf(stderr, "%s\n", err.message);
        _exit(1);
    }
    _exit(write(report, &usage, sizeof usage) == (ssize_t)sizeof usage ? 0 : 1);
}

static bool apart(const struct fleet_case *fleet, fleet_work *work, struct fleet_usage *usage)
{
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0) {
        perror("pipe");
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        work_and_exit(fleet, work, ends[1]);
    }
    close(ends[1]);
    bool ok = child > 0 && read(ends[0], usage, sizeof *usage) == (ssize_t)sizeof *usage;
    close(ends[0]);
    if (child > 0) {
        waitpid(child, NULL, 0);
    }
    return ok;
}

/* ---- filling the database */

static int add_zone(struct fleet_import *import, const struct fleet_case *fleet, unsigned number, struct err *err)
{
    char name[FLEET_ZONE_NAME_BYTES], address[ADDRESS_TEXT_BYTES];
    fleet_zone_name(number, name);
    fleet_zone_address(number, address);
    struct fleet_row row = {
        .line = number + 1,
        .zone = name,
        .hostname = name,
        .address = address,
        .http_port = fleet->http_port,
        .https_port = fleet->https_port,
        .mode = MODE_FLEXIBLE,
        .ceiling = MODE_FULL_STRICT,
    };
    return address_parse(slice_of(address), &row.literal) == 0 ? fleet_import_add(import, &row, err) : -1;
}

static int on_bad_row(void *context, uint64_t line, const char *reason, struct err *err)
{
    (void)context;
    return err_set(err, ERR_INTERNAL, "row %llu: %s", (unsigned long long)line, reason);
}

static bool import_zones(const struct fleet_case *fleet, struct fleet_usage *usage, struct err *err)
{
    struct fleet_import_counts counts;
    struct store *store = store_open(fleet->database, STORE_READ_WRITE, err);
    struct fleet_import *import = store != NULL ? fleet_import_new(store, err) : NULL;
    bool ok = import != NULL;
    (void)usage;
    for (unsigned i = 0; ok && i < fleet->zones; i++) {
        ok = add_zone(import, fleet, i, err) == 0;
    }
    ok = ok && fleet_import_check(import, true, on_bad_row, NULL, err) == 0 &&
         fleet_import_finish(import, true, clock_wall_s(), &counts, err) == 0;
    fleet_import_free(import);
    store_close(store);
    return ok;
}

bool fleet_case_import(const struct fleet_case *fleet)
{
    struct fleet_usage usage;
    return apart(fleet, import_zones, &usage);
}

/* ---- running */

static struct opt_out *nobody(void *context, struct store *store, struct err *err)
{
    (void)context, (void)store;
    struct opt_out *list = opt_out_new(err);
    if (list != NULL) {
        opt_out_finish(list);
    }
    return list;
}

static double cpu_s(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static bool measure(const struct fleet_options *options, struct fleet_usage *usage, struct err *err)
{
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    int64_t began_ms = clock_monotonic_ms();
    int result = fleet_run(options, &usage->progress, err);
    getrusage(RUSAGE_SELF, &after);
    usage->wall_s = (double)(clock_monotonic_ms() - began_ms) / 1e3;
    usage->cpu_s = cpu_s(&after) - cpu_s(&before);
    usage->peak_mb = (double)after.ru_maxrss * 1024 / 1e6;
    return result == 0;
}

static bool run_fleet(const struct fleet_case *fleet, struct fleet_usage *usage, struct err *err)
{
    static const char *const trust_names[] = {"system", "origin_ca", "custom"};
    const struct trust_options trust = {.system = true, .origin_ca = true, .ca_file = fleet->ca_file};
    struct rollout_policy policy;
    rollout_policy_init(&policy);
    struct fleet_options options = {.policy = &policy,
                                    .database = fleet->database,
                                    .loops = fleet->loops,
                                    .zones_per_loop = fleet->zones_per_loop,
                                    .shards = 1,
                                    .max_age_s = -1,
                                    .schedule = SCHEDULE_POLICY_DEFAULT,
                                    .load_opt_out = nobody,
                                    .stub = fleet->stub,
                                    .stub_context = fleet->stub_context};
    scan_options_init(&options.scan);
    options.scan.rate = fleet->rate > 0 ? fleet->rate : options.scan.rate;
    options.scan.pairs = fleet->pairs > 0 ? fleet->pairs : options.scan.pairs;
    options.scan.program_version = "bench";
    options.scan.trust_names = trust_names;
    options.scan.trust_name_count = fleet->ca_file != NULL ? 3 : 2;
    struct trust *roots = trust_new(&trust, err);
    options.scan.trust = roots;
    bool ok = roots != NULL && measure(&options, usage, err);
    trust_free(roots);
    return ok;
}

bool fleet_case_run(const struct fleet_case *fleet, struct fleet_usage *usage)
{
    return apart(fleet, run_fleet, usage);
}
