/* Exchanges that were made on behalf of one comparison, and what a journey needs to know of each. */
#ifndef ORIGINTLS_SCAN_EXCHANGE_H
#define ORIGINTLS_SCAN_EXCHANGE_H

#include "compare/response.h"
#include "crawler/fetch.h"
#include "crawler/html_links.h"
#include "recommend/journey.h"
#include "scan/cookies.h"

/* Two journeys of LIMIT_REDIRECT_HOPS for each of at most three different candidates. */
#define EXCHANGE_SET_MAX 72

struct exchange {
    struct exchange_key key;        /* texts in `arena` */
    struct fetch_response response; /* owned */
    struct exchange_fact fact;      /* texts in `arena` */
    struct cookie_jar jar;          /* after this answer */
    struct html_links *links;       /* owned; read while the body arrived. NULL: it was not */
    struct arena arena;
};

/* A zeroed set is empty. */
struct exchange_set {
    struct exchange *items[EXCHANGE_SET_MAX];
    size_t count;
};

void exchange_set_release(struct exchange_set *set);
/* Takes the response. NULL when full or out of memory; the response is then released. */
struct exchange *exchange_set_add(struct exchange_set *set, const struct exchange_key *key,
                                  struct fetch_response *response);
/* An `exchange_lookup`; the context is the set. */
const struct exchange_fact *exchange_set_lookup(void *context, const struct exchange_key *key);
struct exchange *exchange_set_find(const struct exchange_set *set, const struct exchange_key *key);
/* The visitor's cookies in this state; NULL for the empty state 0. */
const struct cookie_jar *exchange_set_jar(const struct exchange_set *set, uint64_t cookies);

/* The response as compare/ sees it, borrowing from the exchange. */
struct compare_response exchange_view(const struct exchange *exchange);
enum exchange_outcome exchange_outcome_of(enum fetch_outcome outcome);

#endif
