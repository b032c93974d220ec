#include "cli/demo_run.h"

#include "cli/interrupt.h"
#include "cli/version.h"
#include "scan/scan.h"
#include "tests/lab/expectation.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Most of a scan is waiting, and the zones' origins differ. Loopback needs no politeness, but the slow origins wait for
 * the end of the time-out. */
#define THREADS     16
#define RATE        200
#define CONNECTIONS 6
#define TIMEOUT_MS  4000

struct demo_run {
    const struct lab *lab;
    const struct trust *trust;
    struct demo_zone *zones;  /* in the order of the table */
    struct demo_zone **order; /* in which they are scanned */
    size_t count;
    pthread_mutex_t lock; /* guards `next`, `finished` and the states */
    pthread_cond_t changed;
    size_t next, finished;
    pthread_t threads[THREADS];
    size_t thread_count;
};

static bool has_zone(const struct demo_run *run, const char *name)
{
    for (size_t i = 0; i < run->count; i++) {
        if (strcmp(run->zones[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_slow(const struct demo_run *run, const char *name)
{
    for (size_t i = 0; i < lab_served_count(run->lab); i++) {
        const struct lab_site *site = lab_served(run->lab, i)->site;
        if (site->slow && strcmp(site->zone, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What has to wait for time-outs comes first: the rest is done in the meantime. */
static void choose_order(struct demo_run *run)
{
    size_t placed = 0;
    for (int slow = 1; slow >= 0; slow--) {
        for (size_t i = 0; i < run->count; i++) {
            if (is_slow(run, run->zones[i].name) == (slow == 1)) {
                run->order[placed++] = &run->zones[i];
            }
        }
    }
}

static void list_zones(struct demo_run *run)
{
    for (size_t i = 0; i < lab_served_count(run->lab); i++) {
        const struct lab_site *site = lab_served(run->lab, i)->site;
        if (!site->canary && !has_zone(run, site->zone)) {
            run->zones[run->count++] = (struct demo_zone){.name = site->zone, .state = DEMO_WAITING};
        }
    }
}

static enum demo_state scan(const struct demo_run *run, struct demo_zone *zone)
{
    static const char *const trust_names[] = {"system", "origin_ca", "custom"};
    struct inventory_zone inventory;
    struct scan_options options;
    enum demo_state state = DEMO_FAILED;
    if (lab_inventory(run->lab, zone->name, &inventory, &zone->err) == 0) {
        scan_options_init(&options);
        options.inventory = &inventory;
        options.rate = RATE;
        options.connections = CONNECTIONS;
        options.timeout_ms = TIMEOUT_MS;
        options.trust = run->trust;
        options.trust_names = trust_names;
        options.trust_name_count = sizeof trust_names / sizeof trust_names[0];
        options.program_version = version_text();
        if (scan_zone(&options, NULL, NULL, &zone->record, &zone->err) == 0) {
            state = DEMO_SCANNED;
        }
    }
    inventory_zone_release(&inventory);
    return state;
}

static void *work(void *context)
{
    struct demo_run *run = context;
    pthread_mutex_lock(&run->lock);
    while (run->next < run->count) {
        struct demo_zone *zone = run->order[run->next++];
        pthread_mutex_unlock(&run->lock);
        enum demo_state state = interrupt_signal() != 0 ? DEMO_SKIPPED : scan(run, zone);
        pthread_mutex_lock(&run->lock);
        zone->state = state;
        run->finished++;
        pthread_cond_broadcast(&run->changed);
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* Waiting is by the clock that nobody puts forward or back. */
static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct demo_run *demo_run_start(const struct lab *lab, const struct trust *trust, struct err *err)
{
    struct demo_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        err_memory(err);
        return NULL;
    }
    *run = (struct demo_run){.lab = lab, .trust = trust, .lock = PTHREAD_MUTEX_INITIALIZER};
    init_condition(&run->changed);
    run->zones = calloc(lab_served_count(lab) + 1, sizeof *run->zones);
    run->order = calloc(lab_served_count(lab) + 1, sizeof *run->order);
    if (run->zones == NULL || run->order == NULL) {
        err_memory(err);
        demo_run_free(run);
        return NULL;
    }
    list_zones(run);
    choose_order(run);
    while (run->thread_count < THREADS && pthread_create(&run->threads[run->thread_count], NULL, work, run) == 0) {
        run->thread_count++;
    }
    if (run->thread_count == 0) {
        err_set(err, ERR_INTERNAL, "no thread can be started");
        demo_run_free(run);
        return NULL;
    }
    return run;
}

size_t demo_run_count(const struct demo_run *run)
{
    return run->count;
}

size_t demo_run_finished(struct demo_run *run)
{
    pthread_mutex_lock(&run->lock);
    size_t finished = run->finished;
    pthread_mutex_unlock(&run->lock);
    return finished;
}

static struct timespec deadline_in(int timeout_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + (int64_t)timeout_ms * 1000000;
    at.tv_sec += ns / 1000000000;
    at.tv_nsec = ns % 1000000000;
    return at;
}

struct demo_zone *demo_run_wait(struct demo_run *run, size_t index, int timeout_ms)
{
    struct demo_zone *zone = &run->zones[index];
    struct timespec deadline = deadline_in(timeout_ms);
    int waited = 0;
    pthread_mutex_lock(&run->lock);
    while (zone->state == DEMO_WAITING && waited == 0) {
        waited = pthread_cond_timedwait(&run->changed, &run->lock, &deadline);
    }
    bool ended = zone->state != DEMO_WAITING;
    pthread_mutex_unlock(&run->lock);
    return ended ? zone : NULL;
}

void demo_run_free(struct demo_run *run)
{
    if (run == NULL) {
        return;
    }
    for (size_t i = 0; i < run->thread_count; i++) {
        pthread_join(run->threads[i], NULL);
    }
    for (size_t i = 0; i < run->count; i++) {
        scan_record_release(&run->zones[i].record);
    }
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->lock);
    free(run->order);
    free(run->zones);
    free(run);
}
