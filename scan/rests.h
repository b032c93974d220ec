/* Addresses that have asked to be left alone for a while: a 429 or 503 with Retry-After (RFC 9110 section 10.2.3). */
#ifndef ORIGINTLS_SCAN_RESTS_H
#define ORIGINTLS_SCAN_RESTS_H

#include "base/address.h"
#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>

struct fetch_response; /* crawler/fetch.h */

/* How many seconds a response asks for, at most LIMIT_REST_SECONDS; 0: it does not. */
int64_t rest_of_response(const struct fetch_response *response);

struct rest {
    struct address address;
    int64_t until_s;
};

/* The first LIMIT_RESTS of them; zeroed it is empty. */
struct rests {
    struct rest items[LIMIT_RESTS];
    size_t count;
};

/* The latest time counts. */
void rests_add(struct rests *rests, const struct address *address, int64_t until_s);
/* Until when the address wants to be left alone; 0: not known. NULL is fine. */
int64_t rests_until(const struct rests *rests, const struct address *address);

#endif
