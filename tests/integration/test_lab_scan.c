/* Scans every site of the lab as a user would and holds the result to the lab's table.
 *
 * Usage: test_lab_scan [--slow] [SITE...]: the quick sites, or those that wait for time-outs, or the sites named.
 */
#include "base/clock.h"
#include "crawler/trust.h"
#include "scan/scan.h"
#include "tests/lab/expectation.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS   6
#define ZONES_MAX 512

struct shared {
    const struct lab *lab;
    const struct trust *trust;
    const char *zones[ZONES_MAX];
    size_t zone_count;
    atomic_size_t next;
    atomic_int failed;
    bool slow, verbose;
};

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static void fill_options(const struct shared *shared, const struct inventory_zone *zone, struct scan_options *options)
{
    static const char *const trust_names[] = {"custom"};
    scan_options_init(options);
    options->inventory = zone;
    options->trust = shared->trust;
    options->trust_names = trust_names;
    options->trust_name_count = 1;
    options->rate = 200;
    options->connections = 6;
    options->timeout_ms = 4000;
    options->program_version = "test";
}

static void print_result(const struct shared *shared, const struct scan_record *record, const struct buf *faults,
                         bool good)
{
    pthread_mutex_lock(&output);
    printf("%s %s: %llu requests, %.1f s\n%s", good ? "ok  " : "FAIL", record->zone,
           (unsigned long long)record->cost.requests, record->cost.seconds, buf_text(faults));
    for (size_t i = 0; (!good || shared->verbose) && i < record->hostname_count; i++) {
        const struct hostname_record *hostname = &record->hostnames[i];
        for (size_t j = 0; j < hostname->origin_count; j++) {
            const struct origin_record *origin = &hostname->origins[j];
            printf("     %s %s: %s %s\n", hostname->hostname, origin->address,
                   origin->incomplete_detail != NULL ? origin->incomplete_detail : "", hostname->decision.reason);
            for (size_t k = 0; k < PAIR_VERDICT_COUNT; k++) {
                if (origin->pairs.of[k] > 0) {
                    printf("     %u %s\n", origin->pairs.of[k], pair_verdict_name((enum pair_verdict)k));
                }
            }
            for (size_t k = 0; k < origin->blocker_count; k++) {
                const struct blocker *blocker = &origin->blockers[k];
                printf("     blocker %s %s: %s\n", code_name(blocker->code), blocker->url != NULL ? blocker->url : "",
                       blocker->detail != NULL ? blocker->detail : "");
            }
            for (size_t k = 0; k < origin->warning_count; k++) {
                printf("     warning %s: %s\n", code_name(origin->warnings[k].code),
                       origin->warnings[k].detail != NULL ? origin->warnings[k].detail : "");
            }
        }
    }
    fflush(stdout);
    pthread_mutex_unlock(&output);
}

static void scan_one(struct shared *shared, const char *zone_name)
{
    struct inventory_zone zone;
    struct scan_options options;
    struct scan_record record = {0};
    struct err err = ERR_INIT;
    struct buf faults;
    buf_init(&faults, 0);
    if (lab_inventory(shared->lab, zone_name, &zone, &err) == 0) {
        fill_options(shared, &zone, &options);
        if (scan_zone(&options, NULL, NULL, &record, &err) == 0) {
            bool good = lab_check(shared->lab, &record, &faults);
            shared->failed += !good;
            print_result(shared, &record, &faults, good);
        }
    }
    if (err.kind != ERR_NONE) {
        shared->failed++;
        printf("FAIL %s: %s\n", zone_name, err.message);
    }
    buf_release(&faults);
    scan_record_release(&record);
    inventory_zone_release(&zone);
}

static void *work(void *context)
{
    struct shared *shared = context;
    for (;;) {
        size_t i = shared->next++;
        if (i >= shared->zone_count) {
            return NULL;
        }
        scan_one(shared, shared->zones[i]);
    }
}

static void add_zone(struct shared *shared, const char *zone)
{
    for (size_t i = 0; i < shared->zone_count; i++) {
        if (strcmp(shared->zones[i], zone) == 0) {
            return;
        }
    }
    if (shared->zone_count < ZONES_MAX) {
        shared->zones[shared->zone_count++] = zone;
    }
}

static void choose_zones(struct shared *shared, bool all)
{
    for (size_t i = 0; i < lab_served_count(shared->lab); i++) {
        const struct lab_site *site = lab_served(shared->lab, i)->site;
        if (!site->canary && (all || site->slow == shared->slow)) {
            add_zone(shared, site->zone);
        }
    }
}

static bool canary_was_left_alone(const struct shared *shared)
{
    for (size_t i = 0; i < lab_served_count(shared->lab); i++) {
        const struct lab_served *served = lab_served(shared->lab, i);
        struct lab_stats stats;
        lab_stats(shared->lab, served, &stats);
        if (served->site->canary && stats.connections > 0) {
            printf("FAIL %s: %llu connections reached it\n", served->site->name, (unsigned long long)stats.connections);
            return false;
        }
        if (stats.not_get > 0 || stats.state_changing > 0) {
            printf("FAIL %s: %llu requests were no GET, %llu looked state-changing\n", served->site->name,
                   (unsigned long long)stats.not_get, (unsigned long long)stats.state_changing);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct shared shared = {0};
    struct err err = ERR_INIT;
    struct lab_options lab_options = {.seed = 1};
    pthread_t threads[THREADS];
    shared.slow = argc > 1 && strcmp(argv[1], "--slow") == 0;
    if (argc > 1 && !shared.slow) {
        lab_options.only = argv[1];
        shared.verbose = true;
    }
    struct lab *lab = lab_start(&lab_options, &err);
    if (lab == NULL) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    shared.lab = lab;
    struct trust_options trust_options = {.origin_ca = true, .ca_file = lab_ca_file(lab)};
    struct trust *trust = trust_new(&trust_options, &err);
    if (trust == NULL) {
        fprintf(stderr, "%s\n", err.message);
        lab_stop(lab);
        return 1;
    }
    shared.trust = trust;
    choose_zones(&shared, argc > 1 && !shared.slow);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, &shared);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    bool polite = canary_was_left_alone(&shared);
    printf("%zu zones, %d not as expected\n", shared.zone_count, (int)shared.failed);
    trust_free(trust);
    lab_stop(lab);
    return shared.failed > 0 || !polite || shared.zone_count == 0;
}
