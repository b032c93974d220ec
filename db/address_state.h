/* What is known of origin addresses over all zones, runs and restarts: which have asked to be left alone (Retry-After),
 * and where nothing has answered for several scans in a row (the circuit breaker).
 *
 * The breaker of an address is closed as long as fewer than ADDRESS_FAILURES_TO_OPEN scans in a row found nobody there;
 * then open for an hour, doubled each further time, at most a day; then half open: one zone is tried, and what comes of
 * it closes or opens it again. An address that answers, and wants no rest, is forgotten.
 *
 * Addresses are canonical text. Whoever writes does so within a transaction of his own, or lets each call be one.
 */
#ifndef ORIGINTLS_DB_ADDRESS_STATE_H
#define ORIGINTLS_DB_ADDRESS_STATE_H

#include "db/store.h"

#define ADDRESS_FAILURES_TO_OPEN 5
/* A zone that is tried has so long; after that another one is. */
#define ADDRESS_PROBE_S 600

enum breaker { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
/* "closed", "open", "half_open" */
const char *breaker_name(enum breaker breaker);

struct address_state {
    int64_t not_before_s; /* 0: it wants no rest */
    uint32_t failures;
    int64_t open_until_s; /* of the breaker, or of the try that is under way */
    bool probing;         /* one zone is being tried */
};

/* Half open: `open_until_s` is over, or one zone is being tried. */
enum breaker address_breaker(const struct address_state *state, int64_t now_s);

/* 1; 0 with *state zeroed: nothing is known; -1. */
int address_state_find(struct store *store, const char *address, struct address_state *state, struct err *err);
/* The latest time counts. 0 or -1. */
int address_state_rest(struct store *store, const char *address, int64_t until_s, int64_t now_s, struct err *err);
/* One zone of an address whose breaker is half open is tried now. 0 or -1. */
int address_state_probe(struct store *store, const char *address, int64_t now_s, struct err *err);
/* A scan had an answer from the address, or none; *state as it is then. 0 or -1. */
int address_state_answered(struct store *store, const char *address, int64_t now_s, struct err *err);
int address_state_failed(struct store *store, const char *address, int64_t now_s, struct address_state *state,
                         struct err *err);

typedef int address_state_visit(void *context, const char *address, const struct address_state *state, struct err *err);
/* Every address that wants a rest now. 0, or -1, also when `visit` says so. */
int address_state_each_resting(struct store *store, int64_t now_s, address_state_visit *visit, void *context,
                               struct err *err);
/* Every address that wants a rest or whose breaker is not closed, at most `max`, the longest first. 0 or -1. */
int address_state_each(struct store *store, int64_t now_s, int max, address_state_visit *visit, void *context,
                       struct err *err);

struct address_state_counts {
    uint64_t open, half_open, resting;
};
int address_state_count(struct store *store, int64_t now_s, struct address_state_counts *counts, struct err *err);

#endif
