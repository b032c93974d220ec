#include "base/clock.h"
#include "scan/fleet_state.h"
#include "scan/rollouts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows that one transaction looks at, at most. */
#define ROWS_PER_TURN  2000
#define ROWS_PER_QUERY 64
/* Of the loop's places: for zones of addresses that are crowded, while others are due. */
#define PLACES_FOR_CROWD(places) (((places) + 1) / 2)

struct busy_address *fleet_queue_busy(struct fleet *fleet, uint32_t hash)
{
    for (size_t i = 0; i < fleet->busy_count; i++) {
        if (fleet->busy[i].hash == hash) {
            return &fleet->busy[i];
        }
    }
    return NULL;
}

static struct busy_address *add_busy(struct fleet *fleet, uint32_t hash)
{
    if (fleet->busy_count == fleet->busy_capacity) {
        size_t wanted = fleet->busy_capacity == 0 ? 64 : fleet->busy_capacity * 2;
        struct busy_address *grown = realloc(fleet->busy, wanted * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        fleet->busy = grown;
        fleet->busy_capacity = wanted;
    }
    fleet->busy[fleet->busy_count] = (struct busy_address){.hash = hash};
    return &fleet->busy[fleet->busy_count++];
}

/* ---- crowded addresses: those that have zones in flight, and those of which more zones wait */

static bool is_left_behind(const struct busy_address *busy)
{
    return busy->more || busy->waiting_count > 0;
}

static bool is_crowded(const struct busy_address *busy)
{
    return busy->zones > 0 || is_left_behind(busy);
}

static size_t count_left_behind(const struct fleet *fleet)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->busy_count; i++) {
        count += is_left_behind(&fleet->busy[i]);
    }
    return count;
}

/* How many more of their zones the loop may take now. Once the walk has seen everything that is due, nobody waits
 * behind them. */
static unsigned room_for_crowd(const struct fleet_loop *loop)
{
    unsigned places = PLACES_FOR_CROWD(loop->fleet->options->zones_per_loop);
    return loop->walk_ended ? UINT_MAX : loop->crowd < places ? places - loop->crowd : 0;
}

/* Where so many addresses are crowded that it costs to remember them all, the order of the queue alone decides. */
static bool has_place(const struct fleet_loop *loop, const struct busy_address *busy)
{
    if (busy == NULL || !is_crowded(busy)) {
        return true;
    }
    return busy->zones < LIMIT_FLEET_ZONES_PER_ADDRESS &&
           (room_for_crowd(loop) > 0 ||
            (!is_left_behind(busy) && count_left_behind(loop->fleet) >= LIMIT_FLEET_CROWDED));
}

void fleet_queue_forget(struct fleet *fleet, const struct fleet_zone *zone)
{
    zone->loop->crowd -= zone->of_crowd;
    struct busy_address *busy = fleet_queue_busy(fleet, zone->due.address_hash);
    if (busy != NULL) {
        busy->zones--;
    }
    for (size_t i = 0; i < zone->literal_count; i++) {
        uint32_t hash = fleet_address_hash(&zone->addresses[i]);
        busy = hash != zone->due.address_hash ? fleet_queue_busy(fleet, hash) : NULL;
        if (busy != NULL) {
            busy->zones--;
        }
    }
}

bool fleet_queue_waits(const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->busy_count; i++) {
        if (fleet->busy[i].waiting_count > 0) {
            return true;
        }
    }
    return false;
}

void fleet_queue_release(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->busy_count; i++) {
        free(fleet->busy[i].waiting);
    }
    free(fleet->busy);
}

void fleet_zone_free(struct fleet_zone *zone)
{
    if (zone != NULL) {
        if (zone->opt_out != NULL) {
            zone->opt_out->leases--;
        }
        scan_record_release(&zone->record);
        inventory_zone_release(&zone->inventory);
        free(zone);
    }
}

/* Zones without origins are those of public DNS, where that is allowed. */
static int add_resolved(struct inventory_zone *zone)
{
    char www[LIMIT_HOSTNAME_BYTES + 8];
    snprintf(www, sizeof www, "www.%s", zone->zone);
    const char *const names[] = {zone->zone, www};
    for (size_t i = 0; i < 2; i++) {
        struct inventory_hostname *hostname = inventory_add_hostname(zone, names[i]);
        const struct inventory_origin origin = {.address = names[i],
                                                .is_name = true,
                                                .http_port = INVENTORY_DEFAULT_HTTP_PORT,
                                                .https_port = INVENTORY_DEFAULT_HTTPS_PORT,
                                                .source = SOURCE_DNS};
        if (hostname == NULL || (hostname->origin_count == 0 && inventory_add_origin(zone, hostname, &origin) != 0)) {
            return -1;
        }
    }
    return 0;
}

static int fill_inventory(struct fleet *fleet, struct fleet_zone *zone, struct err *err)
{
    int found = store_read_inventory(fleet->store, zone->due.name, &zone->inventory, err);
    if (found == 0) {
        zone->inventory.zone = arena_text(&zone->inventory.arena, zone->due.name);
    }
    if (found < 0 || zone->inventory.zone == NULL) {
        return -1;
    }
    if (fleet->options->scan.resolve && add_resolved(&zone->inventory) != 0) {
        return err_memory(err);
    }
    return rollouts_note_modes(fleet->store, &zone->inventory, err);
}

static struct fleet_zone *make_zone(struct fleet_loop *loop, const struct fleet_due *due, struct err *err)
{
    struct fleet *fleet = loop->fleet;
    struct fleet_zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL) {
        err_memory(err);
        return NULL;
    }
    zone->due = *due;
    zone->loop = loop;
    if (fill_inventory(fleet, zone, err) != 0 || fleet_zone_find_addresses(zone, err) != 0) {
        fleet_zone_free(zone);
        return NULL;
    }
    zone->opt_out = fleet->opt_out;
    fleet->opt_out->leases++;
    zone->options = fleet->options->scan;
    zone->options.inventory = &zone->inventory;
    zone->options.opt_out = fleet->opt_out->list;
    return zone;
}

static void wait_for_place(struct busy_address *busy, const struct fleet_zone *zone)
{
    if (busy->waiting == NULL) {
        busy->waiting = calloc(LIMIT_FLEET_WAITING_PER_ADDRESS, sizeof *busy->waiting);
    }
    for (unsigned i = 0; i < busy->waiting_count; i++) {
        if (busy->waiting[i].zone == zone->due.zone) {
            return;
        }
    }
    /* Those that find no room are found again by the next walk through everything that is due. */
    if (busy->waiting != NULL && busy->waiting_count < LIMIT_FLEET_WAITING_PER_ADDRESS) {
        busy->waiting[busy->waiting_count++] = (struct waiting_zone){zone->due.zone, zone->loop->index};
    }
}

/* The lowest address has a place; but all have to. 1; 0: the zone is given back and waits; -1. */
static int find_place(struct fleet *fleet, const struct fleet_zone *zone, struct err *err)
{
    for (size_t i = 0; i < zone->address_count; i++) {
        struct busy_address *busy = fleet_queue_busy(fleet, fleet_address_hash(&zone->addresses[i]));
        if (!has_place(zone->loop, busy)) {
            wait_for_place(busy, zone);
            return fleet_release(fleet->store, fleet->run, zone->due.zone, -1, NULL, err);
        }
    }
    return 1;
}

static int count_at(struct fleet *fleet, struct fleet_zone *zone, uint32_t hash)
{
    struct busy_address *busy = fleet_queue_busy(fleet, hash);
    busy = busy != NULL ? busy : add_busy(fleet, hash);
    if (busy == NULL) {
        return -1;
    }
    zone->of_crowd = zone->of_crowd || is_crowded(busy);
    busy->zones++;
    return 0;
}

/* All addresses of a zone that goes to its loop. Without memory the run ends, whatever was counted. */
static int count_in(struct fleet *fleet, struct fleet_zone *zone)
{
    int result = count_at(fleet, zone, zone->due.address_hash);
    for (size_t i = 0; i < zone->address_count && result == 0; i++) {
        uint32_t hash = fleet_address_hash(&zone->addresses[i]);
        result = hash != zone->due.address_hash ? count_at(fleet, zone, hash) : 0;
    }
    zone->loop->crowd += zone->of_crowd;
    return result;
}

/* 1: leased; 0: not now; -1. */
static int lease_one(struct fleet_loop *loop, const struct fleet_due *due, struct fleet_zone **leased, struct err *err)
{
    struct fleet *fleet = loop->fleet;
    if (!pattern_matches(fleet->options->pattern, slice_of(due->name))) {
        return 0;
    }
    struct busy_address *busy = fleet_queue_busy(fleet, due->address_hash);
    if (!has_place(loop, busy)) {
        busy->more = true;
        return 0;
    }
    int got = fleet_lease(fleet->store, fleet->run, due->zone, err);
    if (got <= 0) {
        return got;
    }
    struct fleet_zone *zone = make_zone(loop, due, err);
    got = zone != NULL ? find_place(fleet, zone, err) : -1;
    if (got == 1) {
        got = fleet_addresses_allow(fleet, zone, clock_wall_s(), err);
    }
    if (got == 1 && count_in(fleet, zone) != 0) {
        got = err_memory(err);
    }
    if (got != 1) {
        fleet_zone_free(zone);
        return got;
    }
    zone->next = *leased;
    *leased = zone;
    loop->pass_leased = true;
    fleet->leased++;
    return 1;
}

static struct fleet_filter filter_of(const struct fleet_loop *loop, int64_t now_s)
{
    const struct fleet_options *options = loop->fleet->options;
    int64_t reference_s = options->watch ? now_s : loop->fleet->began_s;
    return (struct fleet_filter){
        .shards = options->shards,
        .shard = options->shard,
        .loops = options->loops,
        .loop = loop->index,
        .now_s = now_s,
        .scanned_before_s = options->max_age_s >= 0 ? reference_s - options->max_age_s : -1,
        .without_origin = options->scan.resolve,
    };
}

/* Addresses of which nothing runs and nothing waits. */
static void forget_idle(struct fleet *fleet)
{
    size_t kept = 0;
    for (size_t i = 0; i < fleet->busy_count; i++) {
        if (is_crowded(&fleet->busy[i])) {
            fleet->busy[kept++] = fleet->busy[i];
        } else {
            free(fleet->busy[i].waiting);
        }
    }
    fleet->busy_count = kept;
}

/* Zones that waited for a place at an address beside their lowest. */
static int lease_waiting(struct fleet_loop *loop, const struct fleet_filter *filter, size_t at, unsigned room,
                         struct fleet_zone **leased, struct err *err)
{
    struct fleet *fleet = loop->fleet;
    unsigned count = 0;
    for (unsigned i = 0; i < fleet->busy[at].waiting_count && count < room;) {
        struct busy_address *busy = &fleet->busy[at];
        struct fleet_due due;
        if (busy->zones >= LIMIT_FLEET_ZONES_PER_ADDRESS || room_for_crowd(loop) == 0) {
            break;
        }
        if (busy->waiting[i].loop != loop->index) {
            i++;
            continue;
        }
        int found = fleet_due_zone(fleet->store, busy->waiting[i].zone, filter, &due, err);
        memmove(&busy->waiting[i], &busy->waiting[i + 1], (--busy->waiting_count - i) * sizeof *busy->waiting);
        int got = found > 0 ? lease_one(loop, &due, leased, err) : found;
        if (got < 0) {
            return -1;
        }
        count += (unsigned)got;
    }
    return (int)count;
}

/* Further zones of one address that had more of them than may run at once. */
static int lease_more_at(struct fleet_loop *loop, const struct fleet_filter *filter, size_t at, unsigned room,
                         struct fleet_zone **leased, struct err *err)
{
    struct fleet *fleet = loop->fleet;
    struct fleet_due due[LIMIT_FLEET_ZONES_PER_ADDRESS];
    const uint32_t hash = fleet->busy[at].hash;
    const unsigned zones = fleet->busy[at].zones, crowd = room_for_crowd(loop);
    if (!fleet->busy[at].more || zones >= LIMIT_FLEET_ZONES_PER_ADDRESS ||
        hash / filter->shards % filter->loops != filter->loop) {
        return 0;
    }
    unsigned wanted = LIMIT_FLEET_ZONES_PER_ADDRESS - zones;
    wanted = wanted < room ? wanted : room;
    wanted = wanted < crowd ? wanted : crowd;
    int found = fleet_due_at_address(fleet->store, hash, filter, due, (int)wanted, err);
    fleet->busy[at].more = found == (int)wanted;
    int count = found < 0 ? -1 : 0;
    for (int i = 0; i < found; i++) {
        int got = lease_one(loop, &due[i], leased, err);
        if (got < 0) {
            return -1;
        }
        count += got;
    }
    return count;
}

/* Zones of addresses that are crowded; each time it is another one's turn to be first. */
static int lease_crowd(struct fleet_loop *loop, const struct fleet_filter *filter, unsigned room,
                       struct fleet_zone **leased, struct err *err)
{
    const size_t addresses = loop->fleet->busy_count, first = addresses > 0 ? loop->turns++ % addresses : 0;
    unsigned count = 0;
    for (size_t i = 0; i < addresses && count < room && room_for_crowd(loop) > 0; i++) {
        const size_t at = (first + i) % addresses;
        int waited = lease_waiting(loop, filter, at, room - count, leased, err);
        count += waited > 0 ? (unsigned)waited : 0;
        int more = waited < 0 ? -1
                   : count == room || room_for_crowd(loop) == 0
                       ? 0
                       : lease_more_at(loop, filter, at, room - count, leased, err);
        if (more < 0) {
            return -1;
        }
        count += (unsigned)more;
    }
    return (int)count;
}

static int lease_next(struct fleet_loop *loop, const struct fleet_filter *filter, unsigned room,
                      struct fleet_zone **leased, struct err *err)
{
    struct fleet_due due[ROWS_PER_QUERY];
    unsigned count = 0;
    for (int looked_at = 0; count < room && looked_at < ROWS_PER_TURN && !loop->walk_ended;) {
        int wanted = room - count < ROWS_PER_QUERY ? (int)(room - count) : ROWS_PER_QUERY;
        int found = fleet_walk_next(loop->fleet->store, &loop->walk, filter, due, wanted, err);
        if (found < 0) {
            return -1;
        }
        loop->walk_ended = found < wanted;
        looked_at += found;
        for (int i = 0; i < found; i++) {
            int got = lease_one(loop, &due[i], leased, err);
            if (got < 0) {
                return -1;
            }
            count += (unsigned)got;
        }
    }
    return (int)count;
}

int fleet_queue_lease(struct fleet_loop *loop, unsigned room, struct fleet_zone **leased, struct err *err)
{
    const struct fleet_options *options = loop->fleet->options;
    if (options->limit > 0 && options->limit - loop->fleet->leased < room) {
        room = (unsigned)(options->limit - loop->fleet->leased);
    }
    const struct fleet_filter filter = filter_of(loop, clock_wall_s());
    const bool walked = !loop->walk_ended;
    int crowd = lease_crowd(loop, &filter, room, leased, err);
    int next = crowd < 0 ? -1 : lease_next(loop, &filter, room - (unsigned)crowd, leased, err);
    int rest = 0;
    if (next >= 0 && walked && loop->walk_ended) {
        rest = lease_crowd(loop, &filter, room - (unsigned)crowd - (unsigned)next, leased, err);
    }
    forget_idle(loop->fleet);
    return next < 0 || rest < 0 ? -1 : crowd + next + rest;
}
