/* Fetches URLs from origins as the edge would: one GET to one planned address, and what came back as a value.
 *
 * Built on libcurl's multi interface and the project's event loop. A fetcher belongs to one loop and so to one thread;
 * it holds thousands of wishes and has at most LIMIT_TRANSFERS_PER_LOOP of them under way. Callers just start what they
 * want: the fetcher queues per origin address, fairly between owners, and asks the limiter before every request.
 *
 * What is promised:
 *  - A connection goes to the address and port of its request and nowhere else: no DNS, no proxy from the environment,
 * no redirect followed. The address is checked again at the socket.
 *  - Connections and TLS sessions are never shared between hostnames, even on one address.
 *  - GET only. The same header set in the same order for every kind of exchange: Host, User-Agent, `Accept: * / *`
 * (without the spaces), `Accept-Encoding: br, gzip`, X-Forwarded-Proto, CF-Visitor, then the operator's headers, then
 * Cookie. Host carries no port. The request target goes out byte for byte as given.
 *  - Nothing is verified in the handshake: certificates never fail a fetch. The chain is recorded for whoever judges
 * it. No trust store is ever loaded here.
 *  - Time, header and body sizes, decompressed sizes and the number of header lines are bounded (base/limits.h).
 *
 * What an origin does wrong is an outcome, never an error. No request header that the operator gave is ever logged.
 */
#ifndef ORIGINTLS_CRAWLER_FETCH_H
#define ORIGINTLS_CRAWLER_FETCH_H

#include "base/address.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "crawler/certificate_parsed.h"
#include "crawler/limiter.h"
#include "crawler/loop.h"

#include <stdint.h>

enum fetch_outcome {
    FETCH_ANSWERED = 0,    /* a whole response, whatever its status; or one cut at our bound (`truncated`) */
    FETCH_REFUSED,         /* the port is closed */
    FETCH_CONNECT_TIMEOUT, /* no TCP connection in time */
    FETCH_UNREACHABLE,     /* the network said that host or net cannot be reached */
    FETCH_NO_ROUTE,        /* this machine has no route for such an address: our failure, not the origin's */
    FETCH_TLS_FAILED,      /* a TCP connection but no TLS; `detail` says how */
    FETCH_CLIENT_CERTIFICATE_REQUIRED, /* refused in the handshake for want of a client certificate */
    FETCH_TIMEOUT,                     /* connected, but no whole response in time */
    FETCH_RESET,                       /* the connection was cut off before anything came */
    FETCH_BROKEN,     /* not HTTP, malformed, too many headers, a body that ends early or cannot be decoded */
    FETCH_EMPTY,      /* closed in good order without an answer */
    FETCH_TOO_LARGE,  /* more bytes over the wire than LIMIT_BODY_WIRE_BYTES without a page in them */
    FETCH_LOCAL_FAULT /* our own failure: no descriptors or memory left */
};

/* "answered", "connect_timeout", ... */
const char *fetch_outcome_name(enum fetch_outcome outcome);

/* What was used, summed over the requests of one owner. */
struct fetch_cost {
    uint64_t requests;    /* sent, or tried and failed before */
    uint64_t connections; /* TCP connections tried */
    uint64_t hellos;      /* TLS handshakes begun */
    uint64_t handshakes;  /* TLS handshakes completed */
    uint64_t bytes;       /* both ways: headers, bodies as they crossed the wire, handshakes */
};

void fetch_cost_add(struct fetch_cost *sum, const struct fetch_cost *cost);

struct fetch_header {
    struct slice name;
    struct slice value;
};

/* Takes "NAME: VALUE" apart. Refuses (ERR_USAGE, without showing the value) what is no header line, and names that the
 * fetcher keeps for itself: Host, User-Agent, Accept-Encoding, X-Forwarded-Proto, CF-Visitor, Connection and the like.
 * The slices point into `line`. */
int fetch_header_parse(struct slice line, struct fetch_header *header, struct err *err);

/* A client certificate with its key, for origins that accept only the edge. Read once, shared by many requests, and
 * freed after the fetcher. */
struct fetch_client_certificate;
/* Both files are PEM; the first may carry the chain behind the leaf. An unreadable or malformed file, or a key that
 * does not belong to the certificate, is ERR_USAGE and named. */
struct fetch_client_certificate *fetch_client_certificate_load(const char *certificate_path, const char *key_path,
                                                               struct err *err);
void fetch_client_certificate_free(struct fetch_client_certificate *certificate);

/* One wish. Everything that it points to is copied by `fetch_start`, except `cost` and `client_certificate`. */
struct fetch_request {
    struct address address;
    uint16_t port;
    bool https;                         /* the origin scheme */
    bool visitor_https;                 /* the visitor scheme, told to the origin */
    const char *hostname;               /* of the Host header; lower case, no port */
    const char *sni;                    /* NULL: the hostname */
    const char *path_query;             /* begins with '/', no fragment, no white space or control characters */
    const char *user_agent;             /* NULL: Cloudflare-SSLDetector */
    const struct fetch_header *headers; /* the operator's */
    size_t header_count;
    const char *cookie; /* value of the Cookie header; NULL: none. An operator's Cookie header wins */
    int64_t timeout_ms; /* for everything from the connection to the last byte; 0: 30 s. Time in the queue is free */
    const struct fetch_client_certificate *client_certificate; /* NULL: none */
    bool offer_http2;          /* ALPN h2 before http/1.1. Content is fetched over HTTP/1.1, which is cheaper; a server
                                  that refuses that by ALPN is asked again over HTTP/2, as it would be by the edge */
    bool fresh_connection;     /* never on a connection that was used before, and none is kept afterwards */
    uint64_t connection_group; /* requests of different groups never share a connection either */

    struct limiter_bounds bounds; /* for this address */
    uint64_t owner;               /* owners take turns in the queue of an address */
    struct fetch_cost *cost;      /* added to when the fetch ends, also one that is cancelled; NULL: nobody counts. Must
                                     outlive      the fetch */
};

#define FETCH_USER_AGENT "Cloudflare-SSLDetector"

/* The TLS connection of one response. Only the request that opened a connection tells of its handshake. */
struct fetch_tls {
    bool begun;     /* a ClientHello was sent */
    bool completed; /* the handshake ended well; else only the chain and the flags below may be known */
    bool client_certificate_requested;
    bool chain_cut;            /* the server sent more than LIMIT_CHAIN_CERTIFICATES or LIMIT_CHAIN_BYTES */
    int alert;                 /* the last fatal alert that the server sent (RFC 8446 section 6); -1: none */
    const char *version;       /* "TLSv1.3"; NULL where not known, so for those below */
    const char *cipher;        /* the standard's name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
    const char *group;         /* of the key exchange: "X25519"; NULL for static RSA */
    const char *signature;     /* of the server's key exchange: "rsa_pss SHA256" */
    const char *alpn;          /* "http/1.1"; NULL: the server chose none */
    const struct slice *chain; /* DER, leaf first, as sent */
    size_t chain_count;
    struct certificate_parsed parsed; /* the same, as the handshake has parsed them: for certificate_judge */
    struct slice ocsp;                /* the stapled OCSP response, DER; empty: none */
};

struct fetch_timing { /* milliseconds since the request left the queue; -1: never got there */
    int64_t connected_ms;
    int64_t tls_ms;
    int64_t first_byte_ms;
    int64_t total_ms;
};

/* What came back. Owns its memory: `fetch_response_release`. Texts are NULL where the header was absent, end in a NUL
 * and contain none; of several equal headers the first counts. A header value above LIMIT_HEADER_VALUE_BYTES is cut. */
struct fetch_response {
    enum fetch_outcome outcome;
    const char *detail; /* one English sentence without final stop where the outcome is no answer; else NULL */
    int status;         /* of the final response; 0 if none came. May be set with other outcomes than `answered` */
    const char *content_type;
    const char *content_encoding;
    const char *location;
    const char *strict_transport_security;
    const char *content_security_policy;
    const char *access_control_allow_origin;
    const char *server;
    const char *const *set_cookies; /* values of the Set-Cookie headers, in order */
    size_t set_cookie_count;
    int64_t retry_after_s; /* seconds to wait; -1: not told */
    struct buf body;       /* decoded; at most LIMIT_BODY_BYTES */
    bool truncated;        /* there was more */
    bool new_connection;
    bool starved;           /* a local fault for want of descriptors or memory: later it may go */
    struct fetch_cost cost; /* of this request */
    struct fetch_timing timing;
    struct fetch_tls tls;
    struct arena arena; /* holds all of the above but the body */
};

void fetch_response_release(struct fetch_response *response);
/* Hands the response over: *from is empty afterwards. */
struct fetch_response fetch_response_take(struct fetch_response *from);

/* Called once, from the loop, never from within `fetch_start`. The fetch is over, its handle is dead. The response is
 * released after the call unless it was taken. May start and cancel fetches. */
typedef void fetch_done(void *context, struct fetch_response *response);

/* The decoded body as it arrives, at most LIMIT_BODY_BYTES altogether; `head` already has status and headers (and the
 * body up to here). Returns true to go on; false ends the fetch as answered, with `truncated` set. May start fetches
 * and cancel others. */
typedef bool fetch_body_sink(void *context, const struct fetch_response *head, struct slice bytes);

struct fetcher_options {
    struct limiter *limiter;    /* borrowed, perhaps shared between fetchers; NULL: one of its own */
    unsigned transfers;         /* under way at once; 0: LIMIT_TRANSFERS_PER_LOOP, which it may not exceed */
    unsigned connections;       /* kept open at once; 0: LIMIT_CONNECTIONS_PER_LOOP, which it may not exceed */
    int64_t connect_timeout_ms; /* for TCP and TLS; 0: 19 s, as the edge has it */
    int64_t idle_connection_ms; /* kept for further requests this long; 0: 10 s */
};

struct fetcher;
struct fetch;

/* `options` may be NULL. The loop must outlive the fetcher. */
struct fetcher *fetcher_new(struct loop *loop, const struct fetcher_options *options, struct err *err);
/* Ends everything; no callback is called. */
void fetcher_free(struct fetcher *fetcher);
/* The limiter that it asks, for others who connect to the same addresses. Borrowed. */
struct limiter *fetcher_limiter(struct fetcher *fetcher);

/* The handle is good until `done` is called or the fetch is cancelled. NULL with `err` set: out of memory, or a request
 * that is malformed. `on_body` may be NULL. */
struct fetch *fetch_start(struct fetcher *fetcher, const struct fetch_request *request, fetch_body_sink *on_body,
                          fetch_done *done, void *context, struct err *err);
/* `done` is not called any more. NULL is fine. */
void fetch_cancel(struct fetch *fetch);

/* Nothing goes to the address within the next `seconds`: for Retry-After and back-off. */
void fetcher_back_off(struct fetcher *fetcher, const struct address *address, int64_t seconds);
/* Closes the idle connections to an address: a scan is done with it. */
void fetcher_close_idle(struct fetcher *fetcher, const struct address *address);
/* Fetches that wait, and that are under way. */
size_t fetcher_queued(const struct fetcher *fetcher);
size_t fetcher_active(const struct fetcher *fetcher);

#endif
