#include "crawler/limiter.h"

#include "base/limits.h"
#include "crawler/address_map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long a new address waits when all places are taken by busy ones. */
enum { WAIT_FOR_ROOM_MS = 100 };
/* How long a connection that has become free is held for who waited longest and looks again every so often, from when
 * somebody else asks for it. */
enum { TURN_MS = 150 };
/* How many of those who wait for an address are remembered; others may be passed over. */
enum { TURNS_MAX = 4 };
#define NONE_FREE      INT64_MAX
#define FREE_SINCE_NOW INT64_MIN
/* How long to wait where our part of the bounds has run out. */
enum { WAIT_FOR_VALIDITY_MS = 100 };

struct bucket {
    struct address address;
    int64_t last_us;              /* when the last request was due to go */
    int64_t remembered_us;        /* until then somebody's rate is bound by it */
    int64_t blocked_ms;           /* no request before */
    unsigned active;              /* requests under way, each on a connection */
    unsigned kept;                /* idle connections */
    unsigned bound;               /* on both together, as who asked last has it; 0: none */
    bool wanted;                  /* somebody waits for a kept one */
    const void *turns[TURNS_MAX]; /* who waits for a connection, longest first; only compared */
    unsigned turn_count;
    int64_t turn_until_ms; /* for the first, from when one was free; or NONE_FREE, FREE_SINCE_NOW */
};

struct limiter {
    pthread_mutex_t lock;
    struct address_map buckets;
    size_t sweep_at;       /* a sweep is tried when so many addresses are known, */
    int64_t next_sweep_ms; /* but not before this */
    struct limiter_total total;
    int64_t valid_until_ms;
    struct limiter_keeper *keepers;
};

struct limiter *limiter_new(struct err *err)
{
    struct limiter *limiter = calloc(1, sizeof *limiter);
    if (limiter == NULL) {
        err_memory(err);
        return NULL;
    }
    pthread_mutex_init(&limiter->lock, NULL);
    limiter->sweep_at = 1024;
    limiter->total.parts = 1;
    limiter->valid_until_ms = INT64_MAX;
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    if (limiter == NULL) {
        return;
    }
    for (size_t i = 0; i < limiter->buckets.capacity; i++) {
        free(address_map_at(&limiter->buckets, i));
    }
    address_map_release(&limiter->buckets);
    pthread_mutex_destroy(&limiter->lock);
    free(limiter);
}

static bool says_nothing(const struct bucket *bucket, int64_t now_ms)
{
    return bucket->active == 0 && bucket->kept == 0 && bucket->remembered_us <= now_ms * 1000 &&
           bucket->blocked_ms <= now_ms;
}

/* Forgets every address that does not bind anybody any more. One pass over the map, and only after it has grown by as
 * much as the last pass left, so that an address costs a constant share of it. */
static void sweep(struct limiter *limiter, int64_t now_ms)
{
    struct address_map kept = {0};
    for (size_t i = 0; i < limiter->buckets.capacity; i++) {
        struct bucket *bucket = address_map_at(&limiter->buckets, i);
        if (bucket == NULL || says_nothing(bucket, now_ms)) {
            continue;
        }
        if (address_map_put(&kept, &bucket->address, bucket) != 0) {
            address_map_release(&kept);
            return;
        }
    }
    for (size_t i = 0; i < limiter->buckets.capacity; i++) {
        struct bucket *bucket = address_map_at(&limiter->buckets, i);
        if (bucket != NULL && says_nothing(bucket, now_ms)) {
            free(bucket);
        }
    }
    address_map_release(&limiter->buckets);
    limiter->buckets = kept;
    size_t next = kept.count * 2 < 1024 ? 1024 : kept.count * 2;
    limiter->sweep_at = next > LIMIT_LIMITER_ADDRESSES ? LIMIT_LIMITER_ADDRESSES : next;
}

/* NULL where there is no room or no memory. */
static struct bucket *bucket_of(struct limiter *limiter, const struct address *address, int64_t now_ms)
{
    struct bucket *bucket = address_map_get(&limiter->buckets, address);
    if (bucket != NULL) {
        return bucket;
    }
    if (limiter->buckets.count >= limiter->sweep_at && now_ms >= limiter->next_sweep_ms) {
        limiter->next_sweep_ms = now_ms + WAIT_FOR_ROOM_MS;
        sweep(limiter, now_ms);
    }
    if (limiter->buckets.count >= LIMIT_LIMITER_ADDRESSES || (bucket = calloc(1, sizeof *bucket)) == NULL) {
        return NULL;
    }
    bucket->address = *address;
    bucket->last_us = INT64_MIN / 2;
    if (address_map_put(&limiter->buckets, address, bucket) != 0) {
        free(bucket);
        return NULL;
    }
    return bucket;
}

/* ---- one request after another */

static int64_t spacing_us(const struct limiter *limiter, const struct limiter_bounds *bounds)
{
    return bounds->requests_per_second > 0 ? (int64_t)(1e6 * limiter->total.parts / bounds->requests_per_second) : 0;
}

/* Our part of a bound on connections; 0: no bound. */
static unsigned part_of(const struct limiter *limiter, unsigned connections)
{
    return connections > limiter->total.parts ? connections / limiter->total.parts : connections > 0;
}

static bool fits(const struct limiter *limiter, const struct bucket *bucket)
{
    unsigned part = part_of(limiter, bucket->bound);
    return part == 0 || bucket->active + bucket->kept <= part;
}

/* Whoever asks knows of those that he keeps himself. */
static void wake_keepers(struct limiter *limiter, const void *asker)
{
    const uint64_t one = 1;
    for (struct limiter_keeper *keeper = limiter->keepers; keeper != NULL; keeper = keeper->next) {
        if (keeper != asker) {
            (void)!write(keeper->wake_fd, &one, sizeof one);
        }
    }
}

static void remove_turn(struct bucket *bucket, unsigned i)
{
    bucket->turn_count--;
    memmove(&bucket->turns[i], &bucket->turns[i + 1], (bucket->turn_count - i) * sizeof bucket->turns[0]);
    if (i == 0) {
        bucket->turn_until_ms = NONE_FREE;
    }
}

static unsigned find_turn(const struct bucket *bucket, const void *asker)
{
    unsigned i = 0;
    while (i < bucket->turn_count && bucket->turns[i] != asker) {
        i++;
    }
    return i;
}

static void end_turn(struct bucket *bucket, const void *asker)
{
    unsigned i = find_turn(bucket, asker);
    if (i < bucket->turn_count) {
        remove_turn(bucket, i);
    }
}

/* Whether a free connection is held for somebody else. */
static bool is_held(struct bucket *bucket, const void *asker, int64_t now_ms)
{
    if (bucket->turn_until_ms == FREE_SINCE_NOW) {
        bucket->turn_until_ms = now_ms + TURN_MS;
    } else if (bucket->turn_count > 0 && bucket->turn_until_ms <= now_ms) {
        remove_turn(bucket, 0); /* he did not come */
    }
    return bucket->turn_count > 0 && bucket->turns[0] != asker && bucket->turn_until_ms != NONE_FREE;
}

/* Whether a connection may be opened. Who may not is remembered, so that others do not take it from him for ever. */
static bool take_place(struct limiter *limiter, struct bucket *bucket, const struct limiter_bounds *bounds,
                       const void *asker, int64_t now_ms)
{
    unsigned part = part_of(limiter, bounds->connections);
    bool held = is_held(bucket, asker, now_ms);
    bool is_free = part == 0 || bucket->active + bucket->kept < part;
    if (is_free && !held) {
        return true;
    }
    if (find_turn(bucket, asker) == bucket->turn_count && bucket->turn_count < TURNS_MAX) {
        bucket->turn_until_ms = bucket->turn_count == 0 ? NONE_FREE : bucket->turn_until_ms;
        bucket->turns[bucket->turn_count++] = asker;
    }
    if (!is_free && bucket->kept > 0 && !bucket->wanted) {
        bucket->wanted = true;
        wake_keepers(limiter, asker);
    }
    return false;
}

static bool take(struct limiter *limiter, struct bucket *bucket, const struct limiter_bounds *bounds, const void *asker,
                 bool kept, int64_t now_ms, int64_t *wait_ms)
{
    /* Beyond a thousand requests a second several fall into one millisecond of the clock: those of the whole
     * millisecond that has begun may go. */
    int64_t next_us = bucket->last_us + spacing_us(limiter, bounds);
    int64_t earliest_ms = bucket->blocked_ms > next_us / 1000 ? bucket->blocked_ms : next_us / 1000;
    if (earliest_ms > now_ms) {
        *wait_ms = earliest_ms - now_ms;
        return false;
    }
    bucket->bound = bounds->connections;
    if (!kept && !take_place(limiter, bucket, bounds, asker, now_ms)) {
        *wait_ms = LIMITER_WAIT_FOR_RELEASE;
        return false;
    }
    bucket->last_us = next_us > now_ms * 1000 ? next_us : now_ms * 1000;
    int64_t bound_until_us = bucket->last_us + spacing_us(limiter, bounds);
    bucket->remembered_us = bound_until_us > bucket->remembered_us ? bound_until_us : bucket->remembered_us;
    bucket->active++;
    end_turn(bucket, asker);
    return true;
}

void limiter_limit_total(struct limiter *limiter, const struct limiter_total_bounds *bounds)
{
    limiter->total.bounds = *bounds;
    limiter->total.bytes_of_one = LIMITER_FIRST_ESTIMATE_BYTES;
}

static bool acquire(struct limiter *limiter, const struct address *address, const struct limiter_bounds *bounds,
                    const void *asker, bool kept, int64_t now_ms, int64_t *wait_ms)
{
    if (now_ms >= limiter->valid_until_ms) {
        *wait_ms = WAIT_FOR_VALIDITY_MS;
        return false;
    }
    struct bucket *bucket = bucket_of(limiter, address, now_ms);
    if (bucket == NULL) {
        *wait_ms = WAIT_FOR_ROOM_MS;
        return false;
    }
    *wait_ms = limiter_total_wait_ms(&limiter->total, !kept, now_ms);
    if (*wait_ms > 0 || !take(limiter, bucket, bounds, asker, kept, now_ms, wait_ms)) {
        return false;
    }
    bucket->kept -= kept && bucket->kept > 0;
    limiter_total_begin(&limiter->total, !kept, now_ms);
    return true;
}

bool limiter_acquire(struct limiter *limiter, const struct address *address, const struct limiter_bounds *bounds,
                     int64_t now_ms, int64_t *wait_ms)
{
    pthread_mutex_lock(&limiter->lock);
    bool taken = acquire(limiter, address, bounds, bounds, false, now_ms, wait_ms);
    pthread_mutex_unlock(&limiter->lock);
    return taken;
}

bool limiter_acquire_for(struct limiter *limiter, const struct limiter_keeper *asker, bool kept,
                         const struct address *address, const struct limiter_bounds *bounds, int64_t now_ms,
                         int64_t *wait_ms)
{
    pthread_mutex_lock(&limiter->lock);
    bool taken = acquire(limiter, address, bounds, asker, kept, now_ms, wait_ms);
    pthread_mutex_unlock(&limiter->lock);
    return taken;
}

/* A connection is no more: it is held a while for who waits for one. */
static void free_place(struct bucket *bucket)
{
    bucket->wanted = false;
    bucket->turn_until_ms = FREE_SINCE_NOW;
}

/* A request is over; its connection, or the place of it, stays only if it is kept. */
static void end_request(struct limiter *limiter, struct bucket *bucket, bool keep)
{
    bucket->active--;
    bucket->kept += keep;
    if (!keep) {
        free_place(bucket);
    }
    limiter_total_end(&limiter->total);
}

void limiter_release(struct limiter *limiter, const struct address *address)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = address_map_get(&limiter->buckets, address);
    if (bucket != NULL && bucket->active > 0) {
        end_request(limiter, bucket, false);
    }
    pthread_mutex_unlock(&limiter->lock);
}

bool limiter_release_kept(struct limiter *limiter, const struct limiter_keeper *asker, const struct address *address)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = address_map_get(&limiter->buckets, address);
    bool keep = false;
    if (bucket != NULL && bucket->active > 0) {
        unsigned part = part_of(limiter, bucket->bound);
        bool others_wait = bucket->turn_count > 0 && bucket->turns[0] != asker;
        keep = !others_wait && (part == 0 || bucket->active + bucket->kept <= part);
        end_request(limiter, bucket, keep);
    }
    pthread_mutex_unlock(&limiter->lock);
    return keep;
}

bool limiter_keep_place(struct limiter *limiter, const struct address *address)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = address_map_get(&limiter->buckets, address);
    bool keep = false;
    if (bucket != NULL && bucket->active > 0) {
        unsigned part = part_of(limiter, bucket->bound);
        keep = part == 0 || (part > 1 && bucket->active + bucket->kept <= part);
        end_request(limiter, bucket, keep);
    }
    pthread_mutex_unlock(&limiter->lock);
    return keep;
}

void limiter_drop_kept(struct limiter *limiter, const struct address *address)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = address_map_get(&limiter->buckets, address);
    if (bucket != NULL && bucket->kept > 0) {
        bucket->kept--;
        free_place(bucket);
    }
    pthread_mutex_unlock(&limiter->lock);
}

void limiter_connect_anew(struct limiter *limiter, int64_t now_ms)
{
    pthread_mutex_lock(&limiter->lock);
    limiter_total_connect(&limiter->total, now_ms);
    pthread_mutex_unlock(&limiter->lock);
}

void limiter_spend(struct limiter *limiter, uint64_t bytes)
{
    pthread_mutex_lock(&limiter->lock);
    limiter_total_spend(&limiter->total, bytes);
    pthread_mutex_unlock(&limiter->lock);
}

/* ---- back-off */

void limiter_back_off(struct limiter *limiter, const struct address *address, int64_t until_ms, int64_t now_ms)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = bucket_of(limiter, address, now_ms);
    if (bucket != NULL && until_ms > bucket->blocked_ms) {
        bucket->blocked_ms = until_ms;
    }
    pthread_mutex_unlock(&limiter->lock);
}

int64_t limiter_blocked_ms(struct limiter *limiter, const struct address *address, int64_t now_ms)
{
    pthread_mutex_lock(&limiter->lock);
    const struct bucket *bucket = address_map_get(&limiter->buckets, address);
    int64_t blocked_ms = bucket != NULL && bucket->blocked_ms > now_ms ? bucket->blocked_ms - now_ms : 0;
    pthread_mutex_unlock(&limiter->lock);
    return blocked_ms;
}

/* ---- kept connections */

void limiter_add_keeper(struct limiter *limiter, struct limiter_keeper *keeper)
{
    pthread_mutex_lock(&limiter->lock);
    keeper->next = limiter->keepers;
    limiter->keepers = keeper;
    pthread_mutex_unlock(&limiter->lock);
}

void limiter_remove_keeper(struct limiter *limiter, struct limiter_keeper *keeper)
{
    pthread_mutex_lock(&limiter->lock);
    for (struct limiter_keeper **link = &limiter->keepers; *link != NULL; link = &(*link)->next) {
        if (*link == keeper) {
            *link = keeper->next;
            break;
        }
    }
    pthread_mutex_unlock(&limiter->lock);
}

bool limiter_wants_back(struct limiter *limiter, const struct address *address)
{
    pthread_mutex_lock(&limiter->lock);
    const struct bucket *bucket = address_map_get(&limiter->buckets, address);
    bool wanted = false;
    if (bucket != NULL && bucket->kept > 0) {
        bool is_full = bucket->active + bucket->kept >= part_of(limiter, bucket->bound);
        wanted = !fits(limiter, bucket) || (bucket->wanted && is_full);
    }
    pthread_mutex_unlock(&limiter->lock);
    return wanted;
}

/* ---- processes */

void limiter_share(struct limiter *limiter, unsigned parts)
{
    pthread_mutex_lock(&limiter->lock);
    bool smaller = parts > limiter->total.parts;
    limiter->total.parts = parts > 0 ? parts : 1;
    if (smaller) {
        wake_keepers(limiter, NULL);
    }
    pthread_mutex_unlock(&limiter->lock);
}

bool limiter_fits(struct limiter *limiter)
{
    bool all = true;
    pthread_mutex_lock(&limiter->lock);
    for (size_t i = 0; all && i < limiter->buckets.capacity; i++) {
        const struct bucket *bucket = address_map_at(&limiter->buckets, i);
        all = bucket == NULL || fits(limiter, bucket);
    }
    pthread_mutex_unlock(&limiter->lock);
    return all;
}

void limiter_valid_until(struct limiter *limiter, int64_t until_ms)
{
    pthread_mutex_lock(&limiter->lock);
    limiter->valid_until_ms = until_ms;
    pthread_mutex_unlock(&limiter->lock);
}

size_t limiter_count(struct limiter *limiter)
{
    pthread_mutex_lock(&limiter->lock);
    size_t count = limiter->buckets.count;
    pthread_mutex_unlock(&limiter->lock);
    return count;
}
