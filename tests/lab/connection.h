/* One connection to an origin: TLS or not, one request after the other. Never blocks. */
#ifndef ORIGINTLS_TESTS_LAB_CONNECTION_H
#define ORIGINTLS_TESTS_LAB_CONNECTION_H

#include "tests/lab/world.h"

/* What epoll's data points to. */
struct watch {
    enum { WATCH_STOP, WATCH_LISTENER, WATCH_CONNECTION } kind;
    struct listener *listener; /* of WATCH_LISTENER */
};

enum connection_state {
    STATE_HANDSHAKE,
    STATE_FAKE_HANDSHAKE, /* of PORT_STALLS and PORT_ALERTS: waits for a ClientHello */
    STATE_READING,
    STATE_WRITING,
    STATE_SILENT,  /* says no more, until the client goes */
    STATE_DRAINING /* our side is closed; what still comes is thrown away, so that no reset overtakes our last words */
};

/* What a connection waits for next. */
enum wait { WAIT_READ, WAIT_WRITE, WAIT_TIME, WAIT_HANGUP, WAIT_NOTHING, WAIT_ENDED };

struct connection {
    struct watch watch; /* first: epoll's pointer is the connection's */
    struct connection *previous;
    struct connection *next;
    struct world *world;
    struct listener *listener;
    struct rng *rng;
    int fd;
    SSL *ssl; /* NULL where no TLS is spoken */
    enum connection_state state;
    uint32_t interest; /* epoll events asked for */
    struct buf in;
    size_t drained;
    struct response response; /* being written */
    struct buf out;           /* its beginning, serialized */
    size_t out_done;          /* bytes of `out`, then of the block, that are sent */
    uint64_t blocks_left;
    int64_t next_byte_ms; /* of a dripping response */
};

/* Takes over `fd`. NULL when out of memory; `fd` is closed then. */
struct connection *connection_new(struct world *world, struct listener *listener, int fd, struct rng *rng);
void connection_free(struct connection *connection);
/* Goes on as far as possible without blocking or starving others. */
enum wait connection_advance(struct connection *connection, int64_t now_ms);

/* Cuts the first request head off `in` and reads it into *request, whose slices point into `head`; `head` takes the
 * bytes. 1: there it is; 0: not whole yet; -1: malformed or too long. */
int request_parse(struct buf *in, struct buf *head, struct request *request, bool *close);

#endif
