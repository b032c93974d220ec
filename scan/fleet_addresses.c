#include "base/clock.h"
#include "base/log.h"
#include "db/address_state.h"
#include "scan/fleet_state.h"

#include <string.h>

/* A zone whose address wants a shorter rest is scanned, and waits for it. */
#define REST_WAITED_FOR_MS    10000
#define ADDRESS_NOT_ANSWERING "address_not_answering"
#define RETRY_AFTER           "retry_after"
#define DEFER_S               3600 /* at least */

/* ---- which addresses a zone has */

static bool has_address(const struct fleet_zone *zone, const struct address *address)
{
    for (size_t i = 0; i < zone->address_count; i++) {
        if (address_equal(&zone->addresses[i], address)) {
            return true;
        }
    }
    return false;
}

void fleet_zone_add_address(struct fleet_zone *zone, const struct address *address)
{
    if (zone->address_count < LIMIT_FLEET_ADDRESSES_PER_ZONE && !has_address(zone, address)) {
        zone->addresses[zone->address_count++] = *address;
    }
}

int fleet_zone_find_addresses(struct fleet_zone *zone, struct err *err)
{
    zone->addresses = arena_alloc(&zone->inventory.arena, LIMIT_FLEET_ADDRESSES_PER_ZONE * sizeof *zone->addresses);
    if (zone->addresses == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < zone->inventory.hostname_count; i++) {
        const struct inventory_hostname *hostname = &zone->inventory.hostnames[i];
        for (size_t j = 0; j < hostname->origin_count; j++) {
            struct address address;
            if (!hostname->origins[j].is_name && address_parse(slice_of(hostname->origins[j].address), &address) == 0) {
                fleet_zone_add_address(zone, &address);
            }
        }
    }
    zone->literal_count = zone->address_count;
    return 0;
}

/* ---- before a scan */

struct obstacles {
    size_t open;          /* addresses whose breaker is */
    int64_t open_until_s; /* the first of them */
    int64_t rest_until_s; /* the last that wants a rest; 0: none */
    size_t half_open;     /* addresses, of which this zone would be the try */
};

static int look_at(struct fleet *fleet, const struct address *address, int64_t now_s, struct obstacles *found,
                   struct err *err)
{
    char text[ADDRESS_TEXT_BYTES];
    struct address_state state;
    if (address_state_find(fleet->store, address_format(address, text), &state, err) < 0) {
        return -1;
    }
    if (state.not_before_s > now_s + REST_WAITED_FOR_MS / 1000 && state.not_before_s > found->rest_until_s) {
        found->rest_until_s = state.not_before_s;
    }
    bool is_open = state.failures >= ADDRESS_FAILURES_TO_OPEN && state.open_until_s > now_s;
    if (is_open && (found->open == 0 || state.open_until_s < found->open_until_s)) {
        found->open_until_s = state.open_until_s;
    }
    found->open += is_open;
    found->half_open += !is_open && address_breaker(&state, now_s) == BREAKER_HALF_OPEN;
    return 0;
}

static int claim_tries(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err)
{
    for (size_t i = 0; i < zone->address_count; i++) {
        char text[ADDRESS_TEXT_BYTES];
        struct address_state state;
        address_format(&zone->addresses[i], text);
        if (address_state_find(fleet->store, text, &state, err) < 0) {
            return -1;
        }
        if (address_breaker(&state, now_s) == BREAKER_HALF_OPEN && state.open_until_s <= now_s &&
            address_state_probe(fleet->store, text, now_s, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A zone that has other addresses, too, is put off for those that do not answer but once. */
static int is_put_off(struct fleet *fleet, const struct fleet_zone *zone, const struct obstacles *found,
                      struct err *err)
{
    if (found->open == 0) {
        return 0;
    }
    return found->open == zone->address_count
               ? 1
               : !fleet_is_deferred(fleet->store, zone->due.zone, ADDRESS_NOT_ANSWERING, err);
}

int fleet_addresses_allow(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err)
{
    struct obstacles found = {.open = 0};
    for (size_t i = 0; i < zone->address_count; i++) {
        if (look_at(fleet, &zone->addresses[i], now_s, &found, err) != 0) {
            return -1;
        }
    }
    if (found.rest_until_s > 0) {
        return fleet_release(fleet->store, fleet->run, zone->due.zone, found.rest_until_s, RETRY_AFTER, err);
    }
    if (is_put_off(fleet, zone, &found, err) > 0) {
        return fleet_release(fleet->store, fleet->run, zone->due.zone, found.open_until_s, ADDRESS_NOT_ANSWERING, err);
    }
    return found.half_open > 0 && claim_tries(fleet, zone, now_s, err) != 0 ? -1 : 1;
}

/* ---- after a scan */

enum heard { HEARD_NOTHING_OF, HEARD_SILENCE, HEARD_ANSWER };

static enum heard hear(const struct origin_record *origin)
{
    if (origin->status == STATUS_OPTED_OUT) {
        return HEARD_NOTHING_OF;
    }
    if (origin->status != STATUS_INCOMPLETE) {
        return HEARD_ANSWER;
    }
    switch (origin->incomplete_reason) {
    case CODE_UNREACHABLE:
        return HEARD_SILENCE;
    case CODE_NO_ROUTE:
    case CODE_INTERRUPTED:
    case CODE_NONE:
        return HEARD_NOTHING_OF;
    default:
        return HEARD_ANSWER;
    }
}

/* Of any hostname of the zone: one answer is enough. */
static enum heard heard_of(const struct scan_record *record, const char *address)
{
    enum heard most = HEARD_NOTHING_OF;
    for (size_t i = 0; i < record->hostname_count; i++) {
        const struct hostname_record *hostname = &record->hostnames[i];
        for (size_t j = 0; j < hostname->origin_count; j++) {
            enum heard heard =
                strcmp(hostname->origins[j].address, address) == 0 ? hear(&hostname->origins[j]) : HEARD_NOTHING_OF;
            most = heard > most ? heard : most;
        }
    }
    return most;
}

static int note_silence(struct fleet *fleet, const struct fleet_zone *zone, const struct address *address,
                        const char *text, int64_t now_s, struct err *err)
{
    struct address_state state;
    if (address_state_failed(fleet->store, text, now_s, &state, err) != 0) {
        return -1;
    }
    if (address_breaker(&state, now_s) != BREAKER_OPEN) {
        return 0;
    }
    int64_t put_off =
        fleet_defer_address(fleet->store, fleet_address_hash(address), now_s, DEFER_S, ADDRESS_NOT_ANSWERING, err);
    if (put_off > 0 && !zone->noted) {
        log_line(LOG_WARNING, "nothing answers at %s: %lld more zones of it are put off for an hour", text,
                 (long long)put_off);
    }
    return put_off < 0 ? -1 : 0;
}

/* Zones whose origins are all given by name have the name in place of their lowest address: where nothing answers at
 * any address of it, the others of that name are put off, too. */
static int note_silent_name(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err)
{
    if (zone->literal_count > 0 || zone->address_count == 0) {
        return 0;
    }
    for (size_t i = 0; i < zone->address_count; i++) {
        char text[ADDRESS_TEXT_BYTES];
        struct address_state state;
        if (address_state_find(fleet->store, address_format(&zone->addresses[i], text), &state, err) < 0) {
            return -1;
        }
        if (address_breaker(&state, now_s) != BREAKER_OPEN) {
            return 0;
        }
    }
    return fleet_defer_address(fleet->store, zone->due.address_hash, now_s, DEFER_S, ADDRESS_NOT_ANSWERING, err) < 0
               ? -1
               : 0;
}

int fleet_addresses_note(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err)
{
    for (size_t i = 0; i < zone->address_count; i++) {
        char text[ADDRESS_TEXT_BYTES];
        int result = 0;
        address_format(&zone->addresses[i], text);
        switch (heard_of(&zone->record, text)) {
        case HEARD_NOTHING_OF:
            break;
        case HEARD_SILENCE:
            result = note_silence(fleet, zone, &zone->addresses[i], text, now_s, err);
            break;
        case HEARD_ANSWER:
            result = address_state_answered(fleet->store, text, now_s, err);
            break;
        }
        if (result != 0) {
            return -1;
        }
    }
    return note_silent_name(fleet, zone, now_s, err);
}

/* ---- rests */

void fleet_note_rest(struct fleet *fleet, const struct address *address, int64_t until_s)
{
    pthread_mutex_lock(&fleet->lock);
    rests_add(&fleet->rests, address, until_s);
    pthread_mutex_unlock(&fleet->lock);
}

int fleet_store_rests(struct fleet *fleet, int64_t now_s, struct err *err)
{
    for (size_t i = 0; i < fleet->rests_taken.count; i++) {
        char text[ADDRESS_TEXT_BYTES];
        const struct rest *rest = &fleet->rests_taken.items[i];
        if (address_state_rest(fleet->store, address_format(&rest->address, text), rest->until_s, now_s, err) != 0) {
            return -1;
        }
    }
    return 0;
}

struct resting {
    struct fleet *fleet;
    int64_t now_s, now_ms;
};

static int take_rest(void *context, const char *text, const struct address_state *state, struct err *err)
{
    const struct resting *resting = context;
    struct address address;
    (void)err;
    if (address_parse(slice_of(text), &address) == 0) {
        int64_t rest_s = state->not_before_s - resting->now_s;
        rest_s = rest_s < LIMIT_REST_SECONDS ? rest_s : LIMIT_REST_SECONDS;
        limiter_back_off(resting->fleet->limiter, &address, resting->now_ms + rest_s * 1000, resting->now_ms);
        if (rest_s > LIMIT_RETRY_AFTER_SECONDS) {
            atomic_fetch_add(&resting->fleet->long_rests, 1);
        }
    }
    return 0;
}

int fleet_learn_rests(struct fleet *fleet, int64_t now_s, int64_t now_ms, struct err *err)
{
    struct resting resting = {fleet, now_s, now_ms};
    return address_state_each_resting(fleet->store, now_s, take_rest, &resting, err);
}

bool fleet_zone_rests(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_ms)
{
    for (size_t i = 0; i < zone->address_count; i++) {
        if (limiter_blocked_ms(fleet->limiter, &zone->addresses[i], now_ms) > LIMIT_RETRY_AFTER_SECONDS * 1000) {
            return true;
        }
    }
    return false;
}

int fleet_put_off_resting(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err)
{
    int64_t now_ms = clock_monotonic_ms(), longest_ms = 0;
    for (size_t i = 0; i < zone->address_count; i++) {
        int64_t blocked_ms = limiter_blocked_ms(fleet->limiter, &zone->addresses[i], now_ms);
        longest_ms = blocked_ms > longest_ms ? blocked_ms : longest_ms;
    }
    return fleet_release(fleet->store, fleet->run, zone->due.zone, now_s + longest_ms / 1000 + 1, RETRY_AFTER, err);
}
