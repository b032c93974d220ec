/* How fast and how broadly one origin address may be asked, across everything that this process does there.
 *
 * Pure over a given time. Spacing without bursts: with a rate of R, requests to one address are at least 1000/R ms
 * apart (to within the millisecond of the clock). Beside the rate there is a bound on requests under way at once, and a
 * time before which an address is not asked at all (Retry-After, back-off).
 *
 * Memory is bounded by LIMIT_LIMITER_ADDRESSES: addresses that nothing is known about any more are forgotten to make
 * room, and if all are busy a new one has to wait. One limiter may be shared by the loops of several threads: it locks
 * itself.
 */
#ifndef ORIGINTLS_CRAWLER_LIMITER_H
#define ORIGINTLS_CRAWLER_LIMITER_H

#include "base/address.h"
#include "base/err.h"

#include <stdint.h>

struct limiter;

/* The bounds for one address. They come with each request, for two zones may name different ones: whoever asks is held
 * to his own, counting what all have done there. */
struct limiter_bounds {
    double requests_per_second; /* 0: no bound */
    unsigned connections;       /* at once; 0: no bound */
};

/* What `limiter_acquire` puts into *wait_ms when only a release can help. */
#define LIMITER_WAIT_FOR_RELEASE (-1)

struct limiter *limiter_new(struct err *err);
void limiter_free(struct limiter *limiter);

/* All addresses together: at most so many requests a second, evenly spaced; 0: no bound. Before the first request. */
void limiter_limit_total(struct limiter *limiter, double requests_per_second);

/* True: one request may go to the address now, and counts as under way until `limiter_release`. False: not before
 * *wait_ms (1 or more), or LIMITER_WAIT_FOR_RELEASE. */
bool limiter_acquire(struct limiter *limiter, const struct address *address, const struct limiter_bounds *bounds,
                     int64_t now_ms, int64_t *wait_ms);
void limiter_release(struct limiter *limiter, const struct address *address);
/* Nothing goes to the address before `until_ms`; the latest of several times counts. */
void limiter_back_off(struct limiter *limiter, const struct address *address, int64_t until_ms, int64_t now_ms);
/* Addresses that something is known about. */
size_t limiter_count(struct limiter *limiter);

#endif
