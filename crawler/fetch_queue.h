/* Fetches that wait for their turn: by origin address, and within an address by owner, so that a big scan cannot starve
 * a small one on a shared server. Asks the limiter, and looks among the connections that are kept; knows nothing of
 * libcurl.
 */
#ifndef ORIGINTLS_CRAWLER_FETCH_QUEUE_H
#define ORIGINTLS_CRAWLER_FETCH_QUEUE_H

#include "base/address.h"
#include "crawler/address_map.h"
#include "crawler/fetch_connections.h"
#include "crawler/limiter.h"
#include "crawler/loop.h"

struct queue_address;
struct queue_owner;

/* Part of whatever waits. Zeroed: it does not wait. */
struct queue_entry {
    struct queue_owner *owner; /* NULL: not in the queue */
    struct queue_entry *previous;
    struct queue_entry *next;
    uint64_t kind; /* of the connection that it can use; 0: a new one alone */
    bool on_kept;  /* once it may go: a kept connection is reserved for it */
};

struct fetch_queue {
    struct loop *loop;                     /* borrowed */
    struct limiter *limiter;               /* borrowed */
    struct fetch_connections *connections; /* borrowed */
    loop_timer_callback *ready;            /* called from a timer when something may go again */
    void *context;                         /* of `ready` */
    struct address_map addresses;          /* struct queue_address */
    struct queue_address *ready_first;     /* addresses that may be asked now, in turns */
    struct queue_address *ready_last;
    size_t count;
};

void fetch_queue_init(struct fetch_queue *queue, struct loop *loop, struct limiter *limiter,
                      struct fetch_connections *connections, loop_timer_callback *ready, void *context);
/* Entries that still wait are forgotten. */
void fetch_queue_release(struct fetch_queue *queue);

/* 0, or -1 with `err` set. */
int fetch_queue_push(struct fetch_queue *queue, struct queue_entry *entry, const struct address *address, uint64_t kind,
                     uint64_t owner, const struct limiter_bounds *bounds, struct err *err);
/* One that does not wait is fine. */
void fetch_queue_remove(struct fetch_queue *queue, struct queue_entry *entry);
/* The next entry that may go now: out of the queue, and acquired from the limiter. NULL: none for the moment; `ready`
 * will be called when that changes with time alone. */
struct queue_entry *fetch_queue_next(struct fetch_queue *queue);
/* A request to the address has ended and was released: those that waited for it may be asked again. */
void fetch_queue_wake(struct fetch_queue *queue, const struct address *address);

#endif
