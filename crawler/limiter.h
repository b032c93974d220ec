/* How fast and how broadly one origin address may be asked, across everything that this process does there.
 *
 * Pure over a given time. Spacing without bursts: with a rate of R, requests to one address are at least 1000/R ms
 * apart (to within the millisecond of the clock). Beside the rate there is a bound on open connections: those that a
 * request is under way on, and those that are kept idle for the next one. And there is a time before which an address
 * is not asked at all (Retry-After, back-off).
 *
 * Processes that share the bounds each have an equal part of them (limiter_share), and only as long as they are known
 * to be there (limiter_valid_until).
 *
 * Memory is bounded by LIMIT_LIMITER_ADDRESSES: addresses that nothing is known about any more are forgotten to make
 * room, and if all are busy a new one has to wait. One limiter may be shared by the loops of several threads: it locks
 * itself.
 */
#ifndef ORIGINTLS_CRAWLER_LIMITER_H
#define ORIGINTLS_CRAWLER_LIMITER_H

#include "base/address.h"
#include "base/err.h"
#include "crawler/limiter_total.h"

#include <stddef.h>
#include <stdint.h>

struct limiter;

/* Whoever keeps connections for further requests: `wake_fd`, an eventfd, is written to when some of them may have to be
 * given up for others. Lies in its owner's memory until it is removed. */
struct limiter_keeper {
    int wake_fd;
    struct limiter_keeper *next;
};

/* The bounds for one address. They come with each request, for two zones may name different ones: whoever asks is held
 * to his own, counting what all have done there. */
struct limiter_bounds {
    double requests_per_second; /* 0: no bound */
    unsigned connections;       /* open at once, idle ones included; 0: no bound */
};

/* What `limiter_acquire` puts into *wait_ms when only a release can help. */
#define LIMITER_WAIT_FOR_RELEASE (-1)

struct limiter *limiter_new(struct err *err);
void limiter_free(struct limiter *limiter);

/* All addresses together. Before the first request. */
void limiter_limit_total(struct limiter *limiter, const struct limiter_total_bounds *bounds);

/* ---- one request after another */

/* True: one request may go to the address now, on a new connection, and counts as under way until `limiter_release`.
 * False: not before *wait_ms (1 or more), or LIMITER_WAIT_FOR_RELEASE. Who was refused for want of a connection, and
 * asks again with the same `bounds` object, has one that becomes free before those who came later. */
bool limiter_acquire(struct limiter *limiter, const struct address *address, const struct limiter_bounds *bounds,
                     int64_t now_ms, int64_t *wait_ms);
/* The same for one who keeps connections and has many requests: `asker` has the turn. `kept`: the request goes on a
 * connection that he kept; it is kept no more, but in use. */
bool limiter_acquire_for(struct limiter *limiter, const struct limiter_keeper *asker, bool kept,
                         const struct address *address, const struct limiter_bounds *bounds, int64_t now_ms,
                         int64_t *wait_ms);
/* The request is over and its connection closed. */
void limiter_release(struct limiter *limiter, const struct address *address);
/* The request is over. True: `asker` may keep its connection, which counts until `limiter_drop_kept`. False: it is to
 * be closed at once, for somebody else waits for it; nothing is kept. */
bool limiter_release_kept(struct limiter *limiter, const struct limiter_keeper *asker, const struct address *address);
/* The request is over and its connection closed, and another one will follow soon: its place counts as a kept
 * connection until `limiter_acquire_for` with `kept`, or `limiter_drop_kept`. Else others would close connections that
 * they go on to need, for each of many short ones. False: nothing is kept, for it is the only place, or one too many.
 */
bool limiter_keep_place(struct limiter *limiter, const struct address *address);
/* A kept connection was closed. */
void limiter_drop_kept(struct limiter *limiter, const struct address *address);
/* A request that was to use a kept connection had to open another one after all. */
void limiter_connect_anew(struct limiter *limiter, int64_t now_ms);
/* What one request has cost, both ways; before its release. */
void limiter_spend(struct limiter *limiter, uint64_t bytes);

/* ---- back-off */

/* Nothing goes to the address before `until_ms`; the latest of several times counts. */
void limiter_back_off(struct limiter *limiter, const struct address *address, int64_t until_ms, int64_t now_ms);
/* How long nothing goes to the address; 0: it may be asked. */
int64_t limiter_blocked_ms(struct limiter *limiter, const struct address *address, int64_t now_ms);

/* ---- kept connections that somebody else waits for */

void limiter_add_keeper(struct limiter *limiter, struct limiter_keeper *keeper);
void limiter_remove_keeper(struct limiter *limiter, struct limiter_keeper *keeper);
/* Whether a kept connection to the address is to be closed now. */
bool limiter_wants_back(struct limiter *limiter, const struct address *address);

/* ---- processes */

/* One of so many equal parts of all bounds is ours from now on. Kept connections beyond it are wanted back. */
void limiter_share(struct limiter *limiter, unsigned parts);
/* Whether what is open at each address lies within our part: false as long as requests from before a smaller part are
 * still under way. */
bool limiter_fits(struct limiter *limiter);
/* No request begins at or after this time, until a later one is told; INT64_MAX (the initial value): no end. */
void limiter_valid_until(struct limiter *limiter, int64_t until_ms);

/* Addresses that something is known about. */
size_t limiter_count(struct limiter *limiter);

#endif
