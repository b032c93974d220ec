/* What all addresses together may be asked, in requests, connections and bytes a second. Part of the limiter, which
 * locks it; pure over a given time.
 *
 * Requests and connections are evenly spaced, without bursts. How many bytes a request will cost is not known before
 * its end: it is taken for as expensive as those before it, and the difference is settled when it ends. The average
 * therefore holds exactly; within a short time the bound may be exceeded by what the requests that are under way bring
 * beyond the estimate, which a pause then makes up for.
 */
#ifndef ORIGINTLS_CRAWLER_LIMITER_TOTAL_H
#define ORIGINTLS_CRAWLER_LIMITER_TOTAL_H

#include <stdbool.h>
#include <stdint.h>

struct limiter_total_bounds {
    double requests_per_second; /* 0: no bound; so for the others */
    double connections_per_second;
    double bytes_per_second;
};

/* What a request is taken to cost before any has ended: a page with its headers. */
#define LIMITER_FIRST_ESTIMATE_BYTES 16384

/* Zeroed but for `bounds` and `parts` it is ready. */
struct limiter_total {
    struct limiter_total_bounds bounds;
    unsigned parts;              /* of how many equal parts of the bounds one is ours; at least 1 */
    int64_t next_request_us;     /* none before */
    int64_t next_connection_us;  /* none before */
    double byte_balance;         /* may be spent now; below 0: to be waited for */
    int64_t balance_us;          /* when that was reckoned */
    double bytes_of_one;         /* what a request is expected to cost */
    double bytes_reserved;       /* for requests that are under way */
    unsigned requests_under_way; /* that something was reserved for */
};

/* 0: a request may go now; else the milliseconds to wait at least. */
int64_t limiter_total_wait_ms(struct limiter_total *total, bool new_connection, int64_t now_ms);
/* A request goes. */
void limiter_total_begin(struct limiter_total *total, bool new_connection, int64_t now_ms);
/* A connection that was not foreseen. */
void limiter_total_connect(struct limiter_total *total, int64_t now_ms);
/* What a request has cost, once for each. */
void limiter_total_spend(struct limiter_total *total, uint64_t bytes);
/* A request is over, whether or not its cost was told. */
void limiter_total_end(struct limiter_total *total);

#endif
