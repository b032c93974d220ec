/* One answer of an origin, as the comparison sees it: plain bytes and values, borrowed from whoever fetched them.
 *
 * Nothing here is owned: the slices must live as long as the call that they are passed to. No URL and no socket: the
 * caller says which hostname and path was asked for.
 */
#ifndef ORIGINTLS_COMPARE_RESPONSE_H
#define ORIGINTLS_COMPARE_RESPONSE_H

#include "base/slice.h"

#include <stdint.h>

/* How the exchange ended. Only EXCHANGE_ANSWERED has a status; headers and body count for no other. */
enum exchange_outcome {
    EXCHANGE_ANSWERED,                    /* a whole response, of whatever status */
    EXCHANGE_REFUSED,                     /* RST to the SYN: nobody listens (the edge would answer 521) */
    EXCHANGE_CONNECT_TIMEOUT,             /* no SYN-ACK in time (522) */
    EXCHANGE_UNREACHABLE,                 /* ICMP unreachable (523) */
    EXCHANGE_NO_ROUTE,                    /* no local route for the address family: our failure, not the origin's */
    EXCHANGE_TLS_FAILED,                  /* connected, but no TLS session (525) */
    EXCHANGE_CLIENT_CERTIFICATE_REQUIRED, /* the handshake failed for want of a client certificate */
    EXCHANGE_TIMEOUT,                     /* connected, then no whole response in time (524) */
    EXCHANGE_RESET,                       /* the connection was reset after it stood */
    EXCHANGE_BROKEN,      /* malformed headers, illegal chunking, a body shorter than announced or undecodable */
    EXCHANGE_EMPTY_REPLY, /* closed without a byte (520) */
    EXCHANGE_TOO_LARGE    /* more or larger header lines than we take */
};

struct compare_response {
    enum exchange_outcome outcome;
    int status;                /* of an answer; else 0 */
    bool truncated;            /* we stopped reading at our own bound; the body is its beginning */
    bool https;                /* the visitor's scheme, under which a browser would show this page */
    struct slice content_type; /* header values as sent; empty where there was no such header */
    struct slice location;
    struct slice access_control_allow_origin;
    struct slice strict_transport_security;
    struct slice content_security_policy;
    struct slice body;     /* content-decoded; not yet charset-decoded */
    struct slice host;     /* the hostname that was asked for, lower case, without a port */
    struct slice path;     /* with the query, as asked for; empty counts as "/" */
    int64_t retry_after_s; /* seconds from the answer on; -1: none was sent */
    const char *phrase; /* what a sentence calls it, "the response is malformed"; NULL: by outcome, class and status */
};

/* "answered", "refused", ... */
const char *exchange_outcome_name(enum exchange_outcome outcome);

#endif
