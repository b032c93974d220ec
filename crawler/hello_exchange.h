/* Sends one ClientHello over a connection of its own, and tells what came back. No handshake is ever completed here. */
#ifndef ORIGINTLS_CRAWLER_HELLO_EXCHANGE_H
#define ORIGINTLS_CRAWLER_HELLO_EXCHANGE_H

#include "crawler/hello.h"
#include "crawler/tcp_connect.h"

enum hello_outcome {
    HELLO_TAKEN,        /* a ServerHello */
    HELLO_ASKED_AGAIN,  /* a HelloRetryRequest, and nothing was answered to it */
    HELLO_REFUSED,      /* an alert */
    HELLO_CLOSED,       /* the connection was closed in good order without a word */
    HELLO_RESET,        /* the connection was reset */
    HELLO_SILENCE,      /* nothing, or not enough, in time */
    HELLO_NONSENSE,     /* something that is not TLS, or malformed */
    HELLO_NO_CONNECTION /* `tcp` says why */
};

/* "taken", "asked_again", "refused", "closed", "reset", "silence", "nonsense", "no_connection". */
const char *hello_outcome_name(enum hello_outcome outcome);

struct hello_request {
    struct address address;
    uint16_t port;
    struct hello_offer offer; /* its name must stay where it is until the end */
    uint64_t seed;
    bool follow_retry;  /* answer a HelloRetryRequest with a second hello; the outcome is then that one's */
    bool want_flight;   /* read the whole flight of TLS 1.2, not only the ServerHello */
    size_t split_at;    /* send this many bytes, and the rest a moment later; 0: all at once */
    int64_t timeout_ms; /* for everything */
};

struct hello_result {
    enum hello_outcome outcome;
    enum tcp_outcome tcp;
    struct hello_answer answer; /* slices are good during the callback */
    bool retried;               /* a HelloRetryRequest came before what the answer tells */
    unsigned hellos;            /* sent: 0, 1 or 2 */
    uint64_t bytes;             /* both ways */
};

typedef void hello_done(void *context, const struct hello_result *result);

struct hello_exchange;

/* The callback is called once, from the loop, never from within; then the handle is dead. NULL with `err` set: no
 * memory, or an offer too large. */
struct hello_exchange *hello_exchange_start(struct loop *loop, const struct hello_request *request, hello_done *done,
                                            void *context, struct err *err);
/* No callback any more. NULL is fine. */
void hello_exchange_cancel(struct hello_exchange *exchange);

#endif
