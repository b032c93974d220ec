/* One completed TLS handshake as the edge would make it, over a connection of its own; with what only a completed one
 * shows: the chain, resumption, a staple, whether a client certificate is wanted.
 *
 * The offer is the edge's (crawler/edge_offer.h), the facts are those of crawler/fetch.h. Nothing is verified.
 */
#ifndef ORIGINTLS_CRAWLER_HANDSHAKE_H
#define ORIGINTLS_CRAWLER_HANDSHAKE_H

#include "crawler/fetch.h"
#include "crawler/tcp_connect.h"

/* What a server gave to resume by. */
struct handshake_session;

enum handshake_session_kind {
    HANDSHAKE_SESSION_NONE,
    HANDSHAKE_SESSION_ID,     /* TLS 1.2 and below, kept by the server */
    HANDSHAKE_SESSION_TICKET, /* TLS 1.2 and below, kept by the client */
    HANDSHAKE_SESSION_PSK     /* TLS 1.3 */
};

struct handshake_request {
    struct address address;
    uint16_t port;
    const char *sni;      /* NULL: none. All texts are copied */
    uint16_t version_max; /* on the wire, 0x0303 for TLS 1.2; 0: the edge's */
    bool offer_h2;
    bool without_tickets;                                      /* TLS 1.2: ask for a session id */
    const struct fetch_client_certificate *client_certificate; /* NULL: none. Must stay where it is */
    const struct handshake_session *resume;                    /* NULL: a fresh one */
    const char *http_request; /* sent when the handshake is done, unless h2 was chosen; NULL: nothing */
    int64_t timeout_ms;       /* for everything */
};

enum handshake_outcome {
    HANDSHAKE_COMPLETED,
    HANDSHAKE_FAILED, /* an alert, a reset, silence, no TLS at all: `detail` says which */
    HANDSHAKE_NO_CONNECTION
};

struct handshake_result {
    enum handshake_outcome outcome;
    enum tcp_outcome tcp;
    const char *detail; /* a sentence where it is not completed; else NULL */
    struct fetch_tls tls;
    bool timed_out; /* of HANDSHAKE_FAILED: the server fell silent */
    bool resumed;
    bool refused_afterwards; /* the handshake was done, and then came a fatal alert (tls.alert): how TLS 1.3 says that a
                              * client certificate is missing or not accepted */
    int http_status;         /* of the answer to http_request; 0: none came */
    uint64_t bytes_read;     /* of the handshake */
    uint64_t bytes_written;
    unsigned round_trips; /* of the handshake, without that of TCP */
    enum handshake_session_kind session_kind;
    struct handshake_session *session; /* NULL or the callee's, who frees */
    struct arena memory;               /* owns the texts; released after the callback, with tls.parsed */
};

typedef void handshake_done(void *context, struct handshake_result *result);

struct handshake;

/* The callback is called once, from the loop, never from within; then the handle is dead. */
struct handshake *handshake_start(struct loop *loop, const struct handshake_request *request, handshake_done *done,
                                  void *context, struct err *err);
/* No callback any more. NULL is fine. */
void handshake_cancel(struct handshake *handshake);

void handshake_session_free(struct handshake_session *session);

#endif
