#include "crawler/limiter.h"

#include "base/limits.h"
#include "crawler/address_map.h"

#include <pthread.h>
#include <stdlib.h>

/* How long a new address waits when all places are taken by busy ones. */
enum { WAIT_FOR_ROOM_MS = 100 };

struct bucket {
    struct address address;
    int64_t last_us;       /* when the last request was due to go */
    int64_t remembered_us; /* until then somebody's rate is bound by it */
    int64_t blocked_ms;    /* no request before */
    unsigned active;
};

struct limiter {
    pthread_mutex_t lock;
    struct address_map buckets;
    size_t sweep_at;          /* a sweep is tried when so many addresses are known, */
    int64_t next_sweep_ms;    /* but not before this */
    int64_t total_spacing_us; /* between requests to whatever address; 0: none */
    int64_t total_next_us;    /* no request before */
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
    return bucket->active == 0 && bucket->remembered_us <= now_ms * 1000 && bucket->blocked_ms <= now_ms;
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

static int64_t spacing_us(const struct limiter_bounds *bounds)
{
    return bounds->requests_per_second > 0 ? (int64_t)(1e6 / bounds->requests_per_second) : 0;
}

static bool take(struct bucket *bucket, const struct limiter_bounds *bounds, int64_t now_ms, int64_t *wait_ms)
{
    /* Beyond a thousand requests a second several fall into one millisecond of the clock: those of the whole
     * millisecond that has begun may go. */
    int64_t next_us = bucket->last_us + spacing_us(bounds);
    int64_t earliest_ms = bucket->blocked_ms > next_us / 1000 ? bucket->blocked_ms : next_us / 1000;
    if (earliest_ms > now_ms) {
        *wait_ms = earliest_ms - now_ms;
        return false;
    }
    if (bounds->connections > 0 && bucket->active >= bounds->connections) {
        *wait_ms = LIMITER_WAIT_FOR_RELEASE;
        return false;
    }
    bucket->last_us = next_us > now_ms * 1000 ? next_us : now_ms * 1000;
    int64_t bound_until_us = bucket->last_us + spacing_us(bounds);
    bucket->remembered_us = bound_until_us > bucket->remembered_us ? bound_until_us : bucket->remembered_us;
    bucket->active++;
    return true;
}

void limiter_limit_total(struct limiter *limiter, double requests_per_second)
{
    limiter->total_spacing_us = requests_per_second > 0 ? (int64_t)(1e6 / requests_per_second) : 0;
}

/* Whether the bound on everything lets a request go; *wait_ms where it does not. */
static bool total_allows(const struct limiter *limiter, int64_t now_ms, int64_t *wait_ms)
{
    int64_t wait_us = limiter->total_next_us - now_ms * 1000;
    *wait_ms = wait_us / 1000 > 0 ? wait_us / 1000 : 1;
    return limiter->total_spacing_us == 0 || wait_us < 1000;
}

static void count_total(struct limiter *limiter, int64_t now_ms)
{
    int64_t from_us = limiter->total_next_us > now_ms * 1000 ? limiter->total_next_us : now_ms * 1000;
    limiter->total_next_us = from_us + limiter->total_spacing_us;
}

bool limiter_acquire(struct limiter *limiter, const struct address *address, const struct limiter_bounds *bounds,
                     int64_t now_ms, int64_t *wait_ms)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = bucket_of(limiter, address, now_ms);
    bool taken = false;
    if (bucket == NULL) {
        *wait_ms = WAIT_FOR_ROOM_MS;
    } else if (total_allows(limiter, now_ms, wait_ms)) {
        taken = take(bucket, bounds, now_ms, wait_ms);
        if (taken) {
            count_total(limiter, now_ms);
        }
    }
    pthread_mutex_unlock(&limiter->lock);
    return taken;
}

void limiter_release(struct limiter *limiter, const struct address *address)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = address_map_get(&limiter->buckets, address);
    if (bucket != NULL && bucket->active > 0) {
        bucket->active--;
    }
    pthread_mutex_unlock(&limiter->lock);
}

void limiter_back_off(struct limiter *limiter, const struct address *address, int64_t until_ms, int64_t now_ms)
{
    pthread_mutex_lock(&limiter->lock);
    struct bucket *bucket = bucket_of(limiter, address, now_ms);
    if (bucket != NULL && until_ms > bucket->blocked_ms) {
        bucket->blocked_ms = until_ms;
    }
    pthread_mutex_unlock(&limiter->lock);
}

size_t limiter_count(struct limiter *limiter)
{
    pthread_mutex_lock(&limiter->lock);
    size_t count = limiter->buckets.count;
    pthread_mutex_unlock(&limiter->lock);
    return count;
}
