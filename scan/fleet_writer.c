#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "crawler/route.h"
#include "db/fleet_budget.h"
#include "scan/fleet_state.h"
#include "scan/rollouts.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ALIVE_EVERY_MS  2000
#define BUDGET_EVERY_MS 250 /* while runs come and go */
/* What a run does on the strength of its last word ends before the others may take it for dead. */
#define VOUCHED_FOR_MS ((FLEET_RUN_ALIVE_S - 5) * 1000)
#define TURN_MS        20 /* results that come within it are recorded together */
#define WATCH_MS       5000
#define WALK_AGAIN_MS                                                                                                  \
    30000            /* a run that goes on looks for what has become due meanwhile, while it has zones in flight */
#define PLACE_MS 500 /* before a loop that has nothing else to do looks for a free place again */
/* Zones in a row without a route: the network is gone, and says nothing of the origins. */
#define NO_ROUTE_MAX      20
#define NO_ROUTE_REST_S   300
#define NO_ROUTE_PAUSE_MS 5000
#define FAILED_REST_S     600

/* What one transaction did, so that it can be taken back where it fails. */
struct turn {
    struct fleet *fleet;
    struct fleet_zone *finished; /* to be recorded */
    struct fleet_zone *leased;
    struct fleet_walk *walks; /* as they stood before */
    struct fleet_progress counted;
    uint64_t random;
};

/* Recording a scan turns its decisions into those that policy and rollouts make of them. When the store does not take
 * them, the next attempt begins with the scan's own again: an upgrade that waits there would look like a hold. */
static int restore_decisions(struct fleet_zone *zone, struct err *err)
{
    struct scan_record *record = &zone->record;
    if (zone->decisions != NULL) {
        for (size_t i = 0; i < record->hostname_count; i++) {
            record->hostnames[i].decision = zone->decisions[i];
        }
        return 0;
    }
    struct decision *kept = arena_alloc(&record->arena, (record->hostname_count + 1) * sizeof *kept);
    if (kept == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        kept[i] = record->hostnames[i].decision;
    }
    zone->decisions = kept;
    return 0;
}

static int record_scan(struct turn *turn, struct fleet_zone *zone, int64_t now_s, struct err *err)
{
    struct fleet *fleet = turn->fleet;
    struct scan_record *record = &zone->record;
    struct rollout_policy policy = *fleet->options->policy;
    policy.ceiling = record->ceiling;
    const struct schedule_policy *schedule = &fleet->options->schedule;
    turn->random = hash_mix(turn->random, hash_slice(slice_of(record->scan_id)));
    uint32_t failures = zone->due.failures;
    uint32_t failures_in_rollout = failures;
    record->next_scan_s = schedule_next(schedule, record->status, false, now_s, turn->random, &failures);
    const struct rollout_run rollouts = {
        .store = fleet->store,
        .policy = &policy,
        .opt_out = zone->opt_out->list,
        .now_s = now_s,
        .program_version = record->program_version,
        .rollout_scan_s = schedule_next(schedule, record->status, true, now_s, turn->random, &failures_in_rollout)};
    if (rollouts_after_scan(&rollouts, record, &zone->inventory, err) != 0) {
        return -1;
    }
    const struct fleet_outcome outcome = {
        .zone = zone->due.zone,
        .fingerprint = zone->due.fingerprint,
        .due_s = record->next_scan_s,
        .failures = failures,
        .status = scan_status_name(record->status),
        .reason = record->incomplete_reason != CODE_NONE ? code_name(record->incomplete_reason) : NULL,
        .finished_s = record->finished_s,
    };
    if (fleet_complete(fleet->store, &outcome, now_s, err) != 0) {
        return -1;
    }
    turn->counted.done++;
    turn->counted.by_status[record->status]++;
    for (size_t i = 0; i < record->hostname_count; i++) {
        turn->counted.upgrades += record->hostnames[i].decision.action == ACTION_UPGRADE;
    }
    return fleet_addresses_note(fleet, zone, now_s, err);
}

/* Whether the result says more of this machine than of the origins. */
static bool network_is_gone(struct fleet *fleet, struct fleet_zone *zone)
{
    const struct scan_record *record = &zone->record;
    bool none = record->status == STATUS_INCOMPLETE && record->incomplete_reason == CODE_NO_ROUTE;
    if (zone->noted) {
        return zone->network_gone;
    }
    int64_t now_ms = clock_monotonic_ms();
    fleet->no_route_in_row = none ? fleet->no_route_in_row + 1 : 0;
    if (fleet->no_route_in_row == NO_ROUTE_MAX) {
        log_line(LOG_WARNING, "this machine has no route to any origin: zones stay due until the network is back");
        fleet->network_gone_ms = now_ms;
    } else if (fleet->no_route_in_row == 0 && fleet->network_gone_ms != 0) {
        log_line(LOG_WARNING, "the network is back");
        fleet->network_gone_ms = 0;
    }
    if (fleet->network_gone_ms != 0) {
        fleet->lease_after_ms = now_ms + NO_ROUTE_PAUSE_MS;
    }
    zone->network_gone = none && (fleet->no_route_in_row >= NO_ROUTE_MAX || !route_exists_at_all());
    return zone->network_gone;
}

/* The zone is not recorded: it is due as before, or a little later where one cannot know what it is that is missing. */
static int give_back(struct turn *turn, struct fleet_zone *zone, int64_t now_s, struct err *err)
{
    struct fleet *fleet = turn->fleet;
    int64_t zone_id = zone->due.zone;
    if (zone->end == LEASE_PUT_OFF) {
        return fleet_put_off_resting(fleet, zone, now_s, err);
    }
    if (zone->end == LEASE_FAILED) {
        turn->counted.failed++;
        return fleet_release(fleet->store, fleet->run, zone_id, now_s + FAILED_REST_S, "scanner_failed", err);
    }
    if (zone->end == LEASE_SCANNED && fleet->network_gone_ms == 0) {
        return fleet_release(fleet->store, fleet->run, zone_id, now_s + NO_ROUTE_REST_S, "no_route", err);
    }
    return fleet_release(fleet->store, fleet->run, zone_id, -1, NULL, err);
}

static int record_zone(struct turn *turn, struct fleet_zone *zone, struct err *err)
{
    struct fleet *fleet = turn->fleet;
    int64_t now_s = clock_wall_s();
    int has = fleet_has(fleet->store, fleet->run, &zone->due, err);
    if (has <= 0) {
        turn->counted.lost += has == 0;
        return has;
    }
    if (has == 2) {
        /* What was found out is not about what the operator tells now: the zone is due, and is scanned again. */
        turn->counted.lost++;
        return fleet_release(fleet->store, fleet->run, zone->due.zone, -1, NULL, err);
    }
    bool gone = zone->end == LEASE_SCANNED && network_is_gone(fleet, zone);
    if (zone->end != LEASE_SCANNED || gone) {
        return give_back(turn, zone, now_s, err);
    }
    turn->counted.requests += zone->record.cost.requests;
    turn->counted.connections += zone->record.cost.connections;
    turn->counted.bytes += zone->record.cost.bytes;
    return restore_decisions(zone, err) == 0 ? record_scan(turn, zone, now_s, err) : -1;
}

/* Our part of what all runs on the database may do together. */
static int renew_budget(struct fleet *fleet, int64_t now_s, int64_t now_ms, struct err *err)
{
    struct fleet_budget budget = {
        .connections = fleet->options->scan.connections, .parts = fleet->parts, .fits = limiter_fits(fleet->limiter)};
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        budget.is_busy = budget.is_busy || fleet->loops[i].in_flight > 0;
    }
    if (fleet_budget_renew(fleet->store, fleet->run, now_s, &budget, err) != 0) {
        return -1;
    }
    fleet->parts = budget.next_parts;
    fleet->may_work = budget.may_work;
    limiter_share(fleet->limiter, fleet->parts);
    limiter_valid_until(fleet->limiter, budget.holds ? now_ms + VOUCHED_FOR_MS : now_ms);
    fleet->next_alive_ms = now_ms + (budget.settled ? ALIVE_EVERY_MS : BUDGET_EVERY_MS);
    return 0;
}

static int say_alive(struct fleet *fleet, int64_t now_ms, struct err *err)
{
    if (now_ms < fleet->next_alive_ms) {
        return 0;
    }
    const int64_t now_s = clock_wall_s();
    int lost = fleet_run_alive(fleet->store, fleet->run, now_s, &fleet->runs, err);
    if (lost < 0) {
        return -1;
    }
    if (lost > 0) {
        log_line(LOG_WARNING, "this run was taken for dead, by the clock: what it had in flight is scanned again");
    }
    return fleet_learn_rests(fleet, now_s, now_ms, err) == 0 ? renew_budget(fleet, now_s, now_ms, err) : -1;
}

static bool may_lease(const struct fleet *fleet, const struct fleet_loop *loop, int64_t now_ms)
{
    return !atomic_load(&fleet->stopping) && now_ms >= fleet->lease_after_ms && now_ms >= loop->rest_until_ms &&
           fleet->may_work && loop->in_flight < fleet->options->zones_per_loop &&
           (fleet->options->limit == 0 || fleet->leased < fleet->options->limit);
}

/* Whether the loop begins at the head of the queue again. Zones that became due meanwhile do not wait for the end of a
 * crowd that keeps it busy. */
static bool walks_again(const struct fleet_loop *loop, int64_t now_ms)
{
    return loop->walk_ended &&
           (loop->in_flight == 0 || (loop->fleet->options->watch && now_ms - loop->walk_began_ms >= WALK_AGAIN_MS));
}

static int lease_for(struct turn *turn, struct fleet_loop *loop, int64_t now_ms, struct err *err)
{
    if (walks_again(loop, now_ms)) {
        loop->walk = (struct fleet_walk)FLEET_WALK_START;
        loop->walk_ended = loop->pass_leased = false;
        loop->walk_began_ms = now_ms;
    }
    unsigned room = turn->fleet->options->zones_per_loop - loop->in_flight;
    return fleet_queue_lease(loop, room, &turn->leased, err) < 0 ? -1 : 0;
}

static int do_turn(struct store *store, void *context, struct err *err)
{
    struct turn *turn = context;
    struct fleet *fleet = turn->fleet;
    int64_t now_ms = clock_monotonic_ms();
    (void)store;
    if (say_alive(fleet, now_ms, err) != 0 || fleet_store_rests(fleet, clock_wall_s(), err) != 0) {
        return -1;
    }
    for (struct fleet_zone *zone = turn->finished; zone != NULL; zone = zone->next) {
        int result = record_zone(turn, zone, err);
        zone->noted = true;
        if (result != 0) {
            return -1;
        }
    }
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        if (may_lease(fleet, &fleet->loops[i], now_ms) && lease_for(turn, &fleet->loops[i], now_ms, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void take_back(struct turn *turn)
{
    struct fleet *fleet = turn->fleet;
    while (turn->leased != NULL) {
        struct fleet_zone *zone = turn->leased;
        turn->leased = zone->next;
        fleet_queue_forget(fleet, zone);
        fleet_zone_free(zone);
        fleet->leased--;
    }
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        fleet->loops[i].walk = turn->walks[i];
        fleet->loops[i].walk_ended = false;
    }
    turn->counted = (struct fleet_progress){0};
    fleet->next_alive_ms = 0;
}

/* Somebody who stops the run waits for the grace of the zones in flight, and no longer. */
static bool is_patient(const struct fleet *fleet, int64_t began_ms, int64_t *stopping_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    if (atomic_load(&fleet->stopping) && *stopping_ms == 0) {
        *stopping_ms = now_ms;
    }
    return *stopping_ms != 0 ? now_ms - *stopping_ms <= LIMIT_FLEET_GRACE_MS
                             : now_ms - began_ms <= LIMIT_FLEET_STORE_PATIENCE_S * 1000;
}

/* Tries until the store takes it: a full disk may be emptied, a lock given back. */
static int run_turn(struct turn *turn, struct err *err)
{
    struct fleet *fleet = turn->fleet;
    int64_t began_ms = clock_monotonic_ms(), stopping_ms = 0;
    for (bool told = false;; told = true) {
        for (unsigned i = 0; i < fleet->options->loops; i++) {
            turn->walks[i] = fleet->loops[i].walk;
        }
        *err = (struct err)ERR_INIT;
        if (store_transaction(fleet->store, do_turn, turn, err) == 0) {
            if (told) {
                log_line(LOG_WARNING, "the database takes results again");
            }
            return 0;
        }
        take_back(turn);
        if (!is_patient(fleet, began_ms, &stopping_ms)) {
            return -1;
        }
        if (!told) {
            log_line(LOG_ERROR, "%s; trying again for %d s", err->message, LIMIT_FLEET_STORE_PATIENCE_S);
        }
        sleep(1);
    }
}

static unsigned count_in_flight(const struct fleet *fleet)
{
    unsigned count = 0;
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        count += fleet->loops[i].in_flight;
    }
    return count;
}

static void end_turn(struct turn *turn)
{
    struct fleet *fleet = turn->fleet;
    while (turn->finished != NULL) {
        struct fleet_zone *zone = turn->finished;
        turn->finished = zone->next;
        zone->loop->in_flight--;
        fleet_queue_forget(fleet, zone);
        fleet_zone_free(zone);
    }
    while (turn->leased != NULL) {
        struct fleet_zone *zone = turn->leased;
        turn->leased = zone->next;
        zone->next = zone->loop->leased;
        zone->loop->leased = zone;
        zone->loop->in_flight++;
    }
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        fleet_loop_give(&fleet->loops[i], fleet->loops[i].leased);
        fleet->loops[i].leased = NULL;
    }
    unsigned in_flight = count_in_flight(fleet);
    pthread_mutex_lock(&fleet->lock);
    struct fleet_progress *sum = &fleet->progress;
    sum->done += turn->counted.done;
    sum->lost += turn->counted.lost;
    sum->failed += turn->counted.failed;
    sum->requests += turn->counted.requests;
    sum->connections += turn->counted.connections;
    sum->bytes += turn->counted.bytes;
    sum->upgrades += turn->counted.upgrades;
    for (size_t i = 0; i < 4; i++) {
        sum->by_status[i] += turn->counted.by_status[i];
    }
    sum->in_flight = in_flight;
    sum->runs = fleet->runs;
    pthread_mutex_unlock(&fleet->lock);
}

/* Ends a pass of each loop that has found nothing; true if nothing is left for this run. */
static bool look_for_the_end(struct fleet *fleet, int64_t now_ms)
{
    bool limit = fleet->options->limit > 0 && fleet->leased >= fleet->options->limit;
    bool all = true;
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        struct fleet_loop *loop = &fleet->loops[i];
        if (loop->in_flight > 0) {
            all = false;
        } else if (atomic_load(&fleet->stopping) || limit) {
            continue;
        } else if (!loop->walk_ended || loop->pass_leased) {
            all = false;
        } else if (fleet_queue_waits(fleet)) {
            loop->rest_until_ms = loop->rest_until_ms > now_ms ? loop->rest_until_ms : now_ms + PLACE_MS;
            all = false;
        } else if (fleet->options->watch) {
            loop->rest_until_ms = loop->rest_until_ms > now_ms ? loop->rest_until_ms : now_ms + WATCH_MS;
            all = false;
        }
    }
    return all;
}

/* A run that goes on waits for the network as it waits for zones. */
static bool has_no_network(const struct fleet *fleet, int64_t now_ms)
{
    return fleet->network_gone_ms != 0 && !fleet->options->watch &&
           now_ms - fleet->network_gone_ms > LIMIT_FLEET_NETWORK_PATIENCE_S * 1000;
}

static struct timespec after_ms(int64_t delay_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += delay_ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return until;
}

/* The first result waits a moment for others, since a transaction costs much the same with one as with a hundred; but
 * not once a good part of what is in flight is there, or loops would run dry. */
static void gather(struct fleet *fleet)
{
    size_t enough = count_in_flight(fleet) / 4;
    fleet->wake_at = enough < LIMIT_FLEET_GROUP ? enough : LIMIT_FLEET_GROUP;
    const struct timespec until = after_ms(TURN_MS);
    while (fleet->finished_count < fleet->wake_at &&
           pthread_cond_timedwait(&fleet->handed_back, &fleet->lock, &until) == 0) {
    }
}

static struct fleet_zone *take_finished(struct fleet *fleet, bool idle)
{
    const struct timespec until = after_ms(idle ? 10 * TURN_MS : TURN_MS);
    pthread_mutex_lock(&fleet->lock);
    if (fleet->finished == NULL) {
        pthread_cond_timedwait(&fleet->handed_back, &fleet->lock, &until);
    }
    if (fleet->finished != NULL) {
        gather(fleet);
    }
    struct fleet_zone *zones = fleet->finished;
    struct fleet_zone **end = &zones;
    size_t count = 0;
    for (; *end != NULL && count < LIMIT_FLEET_GROUP; count++) {
        end = &(*end)->next;
    }
    fleet->finished = *end;
    fleet->finished_count -= count;
    *end = NULL;
    pthread_mutex_unlock(&fleet->lock);
    return zones;
}

/* What origins asked for meanwhile; true if there is something. */
static bool take_rests(struct fleet *fleet)
{
    pthread_mutex_lock(&fleet->lock);
    fleet->rests_taken = fleet->rests;
    fleet->rests.count = 0;
    pthread_mutex_unlock(&fleet->lock);
    return fleet->rests_taken.count > 0;
}

static int write_all(struct fleet *fleet, struct err *err)
{
    struct turn turn = {.fleet = fleet, .random = (uint64_t)clock_monotonic_ms()};
    turn.walks = calloc(fleet->options->loops, sizeof *turn.walks);
    int result = turn.walks == NULL ? err_memory(err) : 0;
    bool idle = false;
    while (result == 0) {
        int64_t now_ms = clock_monotonic_ms();
        turn.counted = (struct fleet_progress){0};
        if (fleet_clock_watch(fleet, err) != 0 || fleet_opt_outs_look(fleet, now_ms, err) != 0) {
            result = -1;
            break;
        }
        fleet_start_rollouts(fleet, now_ms);
        bool wanted = false;
        for (unsigned i = 0; i < fleet->options->loops; i++) {
            const struct fleet_loop *loop = &fleet->loops[i];
            wanted = wanted || (may_lease(fleet, loop, now_ms) && (!loop->walk_ended || walks_again(loop, now_ms)));
        }
        bool rests = take_rests(fleet);
        if (turn.finished != NULL || wanted || rests || now_ms >= fleet->next_alive_ms) {
            result = run_turn(&turn, err);
            fleet->rests_taken.count = 0;
        }
        if (result == 0) {
            end_turn(&turn);
            if (look_for_the_end(fleet, now_ms)) {
                break;
            }
            if (has_no_network(fleet, now_ms)) {
                result = err_set(err, ERR_INTERNAL,
                                 "this machine has had no route to any origin for %d s: what is due stays due; run it "
                                 "again when 'ip route' shows a way out",
                                 LIMIT_FLEET_NETWORK_PATIENCE_S);
            }
            idle = !wanted;
            turn.finished = take_finished(fleet, idle);
        }
    }
    while (turn.finished != NULL) {
        struct fleet_zone *zone = turn.finished;
        turn.finished = zone->next;
        fleet_zone_free(zone);
    }
    free(turn.walks);
    return result;
}

void *fleet_writer_thread(void *context)
{
    struct fleet *fleet = context;
    struct err err = ERR_INIT;
    int result = write_all(fleet, &err);
    if (fleet->run > 0 && fleet_run_end(fleet->store, fleet->run, result == 0 ? &err : NULL) != 0) {
        result = -1;
    }
    pthread_mutex_lock(&fleet->lock);
    fleet->writer_failed = result != 0;
    fleet->writer_err = err;
    pthread_mutex_unlock(&fleet->lock);
    atomic_store(&fleet->stopping, true);
    atomic_store(&fleet->ended, true);
    return NULL;
}
