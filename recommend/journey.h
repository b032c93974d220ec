/* Journeys: following redirects as a visitor under a mode would meet them.
 *
 * A journey starts with a visitor's request for a URL. Under the mode of that hostname the edge either redirects by
 * itself or makes one exchange with the origin. A redirect to a hostname whose origin is known goes on under that
 * hostname's mode; any other URL ends the journey outside, compared as text. The walk is pure: it asks for exchanges by
 * key, and where one has not been made it stops and says which; whoever makes it calls again.
 */
#ifndef ORIGINTLS_RECOMMEND_JOURNEY_H
#define ORIGINTLS_RECOMMEND_JOURNEY_H

#include "base/limits.h"
#include "recommend/mode.h"

/* Which exchange. `cookies` names the state of the visitor's cookies at this point (0: none yet): whoever makes
 * exchanges chooses the number, the walk only carries it. */
struct exchange_key {
    const char *hostname;
    const char *path; /* with the query */
    enum exchange_kind kind;
    uint64_t cookies;
};

enum exchange_class {
    EXCHANGE_PAGE,     /* 2xx */
    EXCHANGE_REDIRECT, /* 3xx with a Location, or a page that refreshes to another URL at once */
    EXCHANGE_ANSWER,   /* any other answer below 500: an answer, not a failure */
    EXCHANGE_FAILURE   /* no connection, no TLS, timeout, broken body, 5xx */
};

/* What an exchange gave, as far as a journey cares. Strings are borrowed. */
struct exchange_fact {
    enum exchange_class class;
    int status;             /* 0: no answer */
    bool permanent;         /* for redirects: 301, 308 */
    const char *target_url; /* redirects: absolute, normalised */
    enum scheme target_scheme;
    const char *target_hostname; /* redirects */
    const char *target_path;
    bool target_default_port; /* a redirect to another port leaves the edge's reach: outside */
    uint64_t cookies_after;   /* the state after this answer's Set-Cookie */
    const char *failure;      /* failures: a short phrase, "connection refused" */
};

/* A hostname of the zone whose origin is known. */
struct journey_hostname {
    const char *hostname;
    enum mode mode; /* under which requests to it are taken in this walk */
    bool always_https;
};

/* NULL: that exchange has not been made. */
typedef const struct exchange_fact *exchange_lookup(void *context, const struct exchange_key *key);

enum journey_end {
    JOURNEY_NEEDS,   /* an exchange is missing: `needed` */
    JOURNEY_PAGE,    /* 2xx */
    JOURNEY_ANSWER,  /* 4xx and the like */
    JOURNEY_OUTSIDE, /* a URL that no known origin serves */
    JOURNEY_LOOP,
    JOURNEY_TOO_LONG, /* more than LIMIT_REDIRECT_HOPS */
    JOURNEY_FAILURE
};

struct journey {
    enum journey_end end;
    int hops;                         /* redirects followed, the edge's own included */
    struct exchange_key needed;       /* JOURNEY_NEEDS */
    struct exchange_key last;         /* the exchange that ended it: PAGE, ANSWER, FAILURE */
    const struct exchange_fact *fact; /* of `last` */
    enum scheme scheme;               /* the visitor's at the end, or of the outside URL */
    const char *hostname;
    const char *path;
    const char *outside_url;
};

/* `hostnames` lists every hostname of the zone with a known origin, the starting one included. Never fails; bounded by
 * LIMIT_REDIRECT_HOPS. Strings in *out are borrowed from the input and the facts. */
void journey_walk(const struct journey_hostname *hostnames, size_t hostname_count, enum scheme visitor,
                  const char *hostname, const char *path, exchange_lookup *lookup, void *context, struct journey *out);

enum journey_relation {
    JOURNEYS_SAME_EXCHANGE, /* both end with the very same exchange: nothing to compare */
    JOURNEYS_COMPARE,       /* both end at the same place by different exchanges: the two answers decide */
    JOURNEYS_SAME_OUTSIDE,  /* both leave for the same URL */
    JOURNEYS_BOTH_FAIL,     /* fails or loops today, and gives no page tomorrow: proves nothing, blames nobody */
    JOURNEYS_IMPROVED,      /* fails or loops today, a 2xx page (or an outside page) tomorrow */
    JOURNEYS_LOOP,          /* loops or grows too long tomorrow, not today */
    JOURNEYS_FAIL,          /* fails tomorrow, not today: the two answers decide (interference, https_unavailable) */
    JOURNEYS_SCHEME_LOST,   /* ends at http tomorrow, at https today */
    JOURNEYS_ELSEWHERE      /* ends at another place */
};

/* Compares the journey under today's mode with the one under a candidate mode (neither JOURNEY_NEEDS). `detail`, of
 * LIMIT_DETAIL_BYTES, gets a sentence that names both ends, for instance
 * "ends at https://www.example.com/ today, at http://www.example.com/ under full". */
enum journey_relation journey_compare(const struct journey *today, const struct journey *tomorrow, enum mode candidate,
                                      char *detail);

#endif
