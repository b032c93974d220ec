#include "base/clock.h"
#include "base/log.h"
#include "crawler/loop.h"
#include "scan/fleet_state.h"

#include <stdlib.h>

#define CONNECT_TIMEOUT_MS 19000

void fleet_loop_wake(struct fleet_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    pthread_cond_signal(&loop->wake);
    if (loop->runner != NULL) {
        loop_stop(runner_loop(loop->runner));
    }
    pthread_mutex_unlock(&loop->lock);
}

void fleet_loop_give(struct fleet_loop *loop, struct fleet_zone *zones)
{
    if (zones == NULL) {
        return;
    }
    pthread_mutex_lock(&loop->lock);
    struct fleet_zone **end = &loop->inbox;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = zones;
    pthread_mutex_unlock(&loop->lock);
    fleet_loop_wake(loop);
}

static struct fleet_zone *take_inbox(struct fleet_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct fleet_zone *zones = loop->inbox;
    loop->inbox = NULL;
    pthread_mutex_unlock(&loop->lock);
    return zones;
}

/* Connections of a scan that is over are of no use to others: hostnames never share them. */
static void close_connections(struct fleet_loop *loop, const struct fleet_zone *zone)
{
    for (size_t i = zone->literal_count; i < zone->address_count; i++) {
        fetcher_close_idle(runner_fetcher(loop->runner), &zone->addresses[i]);
    }
    for (size_t i = 0; i < zone->inventory.hostname_count; i++) {
        const struct inventory_hostname *hostname = &zone->inventory.hostnames[i];
        for (size_t j = 0; j < hostname->origin_count; j++) {
            struct address address;
            if (!hostname->origins[j].is_name && address_parse(slice_of(hostname->origins[j].address), &address) == 0) {
                fetcher_close_idle(runner_fetcher(loop->runner), &address);
            }
        }
    }
}

static void on_done(void *context, struct scan_run *run)
{
    struct fleet_zone *zone = context;
    struct err err = ERR_INIT;
    bool interrupted = scan_run_interrupted(run) && atomic_load(&zone->loop->fleet->stopping);
    int result = scan_run_finish(run, &zone->record, &err);
    zone->end = interrupted ? LEASE_INTERRUPTED : result == 0 ? LEASE_SCANNED : LEASE_FAILED;
    zone->end = zone->put_off ? LEASE_PUT_OFF : zone->opted_out ? LEASE_INTERRUPTED : zone->end;
    if (result != 0) {
        log_line(LOG_ERROR, "%s: %s", zone->due.name, err.message);
    }
    close_connections(zone->loop, zone);
    fleet_hand_back(zone->loop->fleet, zone);
}

static void start_scan(struct fleet_loop *loop, struct fleet_zone *zone)
{
    struct err err = ERR_INIT;
    const struct fleet_options *options = loop->fleet->options;
    if (atomic_load(&loop->fleet->stopping)) {
        zone->end = LEASE_INTERRUPTED;
        fleet_hand_back(loop->fleet, zone);
        return;
    }
    if (options->stub != NULL) {
        zone->end = options->stub(options->stub_context, &zone->inventory, &zone->record, &err) == 0 ? LEASE_SCANNED
                                                                                                     : LEASE_FAILED;
        fleet_hand_back(loop->fleet, zone);
        return;
    }
    if (runner_start(loop->runner, &zone->options, on_done, zone, &err) == NULL) {
        log_line(LOG_ERROR, "%s: %s", zone->due.name, err.message);
        zone->end = LEASE_FAILED;
        fleet_hand_back(loop->fleet, zone);
    }
}

static void start_inbox(struct fleet_loop *loop)
{
    for (struct fleet_zone *zone = take_inbox(loop); zone != NULL;) {
        struct fleet_zone *next = zone->next;
        zone->next = NULL;
        start_scan(loop, zone);
        zone = next;
    }
}

/* Of the zone that was answered so, and of all others. */
static void on_response(void *context, struct scan_run *run, const struct address *address,
                        const struct fetch_response *response)
{
    struct fleet_loop *loop = context;
    int64_t rest_s = rest_of_response(response), now_ms = loop_now_ms(runner_loop(loop->runner));
    (void)run;
    if (rest_s == 0) {
        return;
    }
    fleet_note_rest(loop->fleet, address, clock_wall_s() + rest_s);
    limiter_back_off(loop->limiter, address, now_ms + rest_s * 1000, now_ms);
    if (rest_s > LIMIT_RETRY_AFTER_SECONDS) {
        atomic_fetch_add(&loop->fleet->long_rests, 1);
    }
}

/* From now on the zone counts at these, too: its breakers, rests and opt-outs. */
static void on_resolved(void *context, struct scan_run *run, const struct resolve_result *result)
{
    struct fleet_loop *loop = context;
    struct fleet_zone *zone = scan_run_context(run);
    for (size_t i = 0; i < result->count; i++) {
        fleet_zone_add_address(zone, &result->addresses[i]);
    }
    if (fleet_zone_rests(loop->fleet, zone, clock_monotonic_ms())) {
        atomic_fetch_add(&loop->fleet->long_rests, 1);
    }
}

/* Zones do not sit and wait for an address that wants to be left alone for long. */
static void put_off_resting(struct fleet_loop *loop)
{
    unsigned long_rests = atomic_load(&loop->fleet->long_rests);
    if (long_rests == loop->long_rests) {
        return;
    }
    loop->long_rests = long_rests;
    for (struct scan_run *run = runner_next(loop->runner, NULL); run != NULL;) {
        struct scan_run *next = runner_next(loop->runner, run);
        struct fleet_zone *zone = scan_run_context(run);
        if (fleet_zone_rests(loop->fleet, zone, clock_monotonic_ms())) {
            zone->put_off = true;
            scan_run_interrupt(run);
            scan_run_drop(run);
        }
        run = next;
    }
}

/* A scan of somebody who has opted out ends at once: the zone is given back, and taken again with the list of now. */
static void drop_opted_out(struct fleet_loop *loop)
{
    struct fleet *fleet = loop->fleet;
    unsigned opt_outs = atomic_load(&fleet->opt_outs);
    if (opt_outs == loop->opt_outs) {
        return;
    }
    loop->opt_outs = opt_outs;
    for (struct scan_run *run = runner_next(loop->runner, NULL); run != NULL;) {
        struct scan_run *next = runner_next(loop->runner, run);
        struct fleet_zone *zone = scan_run_context(run);
        if (fleet_opt_outs_forbid(fleet, zone)) {
            zone->opted_out = true;
            scan_run_interrupt(run);
            scan_run_drop(run);
        }
        run = next;
    }
}

static void on_tick(void *context)
{
    struct fleet_loop *loop = context;
    drop_opted_out(loop);
    put_off_resting(loop);
    if (!atomic_load(&loop->fleet->stopping)) {
        return;
    }
    int64_t now_ms = clock_monotonic_ms();
    loop->stopping_ms = loop->stopping_ms == 0 ? now_ms : loop->stopping_ms;
    int64_t waited_ms = now_ms - loop->stopping_ms;
    for (struct scan_run *run = runner_next(loop->runner, NULL); run != NULL && waited_ms > LIMIT_FLEET_GRACE_MS;) {
        struct scan_run *next = runner_next(loop->runner, run);
        scan_run_interrupt(run);
        if (waited_ms > LIMIT_FLEET_GRACE_MS + LIMIT_INTERRUPT_GRACE_MS) {
            scan_run_drop(run);
        }
        run = next;
    }
}

static void run_stubbed(struct fleet_loop *loop)
{
    while (!atomic_load(&loop->fleet->ended)) {
        pthread_mutex_lock(&loop->lock);
        while (loop->inbox == NULL && !atomic_load(&loop->fleet->ended)) {
            pthread_cond_wait(&loop->wake, &loop->lock);
        }
        pthread_mutex_unlock(&loop->lock);
        start_inbox(loop);
    }
}

void *fleet_loop_thread(void *context)
{
    struct fleet_loop *loop = context;
    struct err err = ERR_INIT;
    if (loop->runner == NULL) {
        run_stubbed(loop);
        return NULL;
    }
    while (!atomic_load(&loop->fleet->ended)) {
        start_inbox(loop);
        if (loop_run(runner_loop(loop->runner), &err) != 0) {
            log_line(LOG_ERROR, "%s", err.message);
            atomic_store(&loop->fleet->stopping, true);
        }
    }
    return NULL;
}

int fleet_loop_open(struct fleet_loop *loop, struct err *err)
{
    const struct scan_options *scan = &loop->fleet->options->scan;
    const struct runner_options options = {
        .fetching = {.limiter = loop->fleet->limiter,
                     .transfers = loop->fleet->options->transfers,
                     .connections = loop->fleet->options->connections,
                     .connect_timeout_ms = scan->timeout_ms < CONNECT_TIMEOUT_MS ? scan->timeout_ms : 0},
        .family = scan->family,
        .allow_special_addresses = scan->allow_special_addresses,
        .on_response = on_response,
        .on_resolved = on_resolved,
        .on_tick = on_tick,
        .context = loop,
    };
    pthread_mutex_init(&loop->lock, NULL);
    pthread_cond_init(&loop->wake, NULL);
    if (loop->fleet->options->stub == NULL) {
        loop->runner = runner_new(&options, err);
        return loop->runner != NULL ? 0 : -1;
    }
    return 0;
}

void fleet_loop_close(struct fleet_loop *loop)
{
    if (loop->started) {
        fleet_loop_wake(loop);
        pthread_join(loop->thread, NULL);
    }
    /* Only where the run failed: what it has in flight is scanned again by the next one. */
    struct fleet_zone *left = NULL;
    for (struct scan_run *run = NULL; loop->runner != NULL && (run = runner_next(loop->runner, run)) != NULL;) {
        struct fleet_zone *zone = scan_run_context(run);
        zone->next = left;
        left = zone;
    }
    runner_free(loop->runner);
    while (left != NULL) {
        struct fleet_zone *zone = left;
        left = zone->next;
        fleet_zone_free(zone);
    }
    pthread_mutex_destroy(&loop->lock);
    pthread_cond_destroy(&loop->wake);
}
