/* The sockets that a fetcher has open, so that idle ones count against the bound of an origin address too: the limiter
 * is told of each that is kept, and of its end.
 *
 * libcurl keeps connections for reuse but cannot be told to close one of them. A connection that has to go is shut down
 * here at the socket: the origin sees its end at once, and libcurl, which looks before it reuses, finds it dead and
 * closes it in its own time. Knows descriptors, not libcurl.
 */
#ifndef ORIGINTLS_CRAWLER_FETCH_CONNECTIONS_H
#define ORIGINTLS_CRAWLER_FETCH_CONNECTIONS_H

#include "base/address.h"
#include "crawler/address_map.h"
#include "crawler/limiter.h"
#include "crawler/loop.h"

#include <stddef.h>
#include <stdint.h>

struct open_connection;
struct connection_address;

/* Zeroed but for `loop` and `limiter` it is a valid empty registry. */
struct fetch_connections {
    struct loop *loop;       /* borrowed; stops watching what is closed. NULL: none */
    struct limiter *limiter; /* borrowed; NULL: none */
    struct limiter_keeper keeper;
    struct open_connection **by_fd;
    size_t capacity;
    struct address_map addresses;        /* struct connection_address */
    struct open_connection *idle_oldest; /* of all addresses, in the order in which they became idle */
    struct open_connection *idle_newest;
};

void fetch_connections_release(struct fetch_connections *connections);

/* A socket was opened for `user`, an opaque mark. Requests of the same `kind` may use it in turn. 0, or -1 when out of
 * memory. */
int fetch_connections_opened(struct fetch_connections *connections, int fd, const struct address *address,
                             uint64_t kind, const void *user);
/* Before it is closed; one that is not known is fine. */
void fetch_connections_closed(struct fetch_connections *connections, int fd);
/* `user` works on it now: perhaps on another than was reserved for his kind, which is idle again then. */
void fetch_connections_busy(struct fetch_connections *connections, int fd, const void *user);
/* `user` is done with it. The limiter is asked whether it may be kept; where not, it is shut down. False if the
 * descriptor is not that user's any more: the limiter was told nothing. */
bool fetch_connections_idle(struct fetch_connections *connections, int fd, const void *user, int64_t now_ms);

/* Reserves an idle connection for a request of this kind: nobody else gets it, and its end is not told to the limiter.
 * False: there is none. */
bool fetch_connections_reserve(struct fetch_connections *connections, const struct address *address, uint64_t kind);
/* The request does not come after all: the connection is idle again. */
void fetch_connections_unreserve(struct fetch_connections *connections, const struct address *address, uint64_t kind);
/* The request opens another connection in the place of the reserved one, which is shut down. */
void fetch_connections_replace_reserved(struct fetch_connections *connections, const struct address *address,
                                        uint64_t kind);

/* Shuts the oldest idle connection to the address down, to make room for a new one of this kind. Not where one of the
 * kind is open and will be free soon, unless the oldest has been idle for FETCH_CONNECTIONS_SPARE_MS: else the two
 * schemes of one site would take the place from each other with a handshake for each request. False: nothing was shut.
 */
bool fetch_connections_make_room(struct fetch_connections *connections, const struct address *address, uint64_t kind,
                                 int64_t now_ms);
#define FETCH_CONNECTIONS_SPARE_MS 200
/* Shuts down what the limiter wants back. */
void fetch_connections_give_back(struct fetch_connections *connections);
/* Shuts all idle connections to the address down. */
void fetch_connections_close_idle(struct fetch_connections *connections, const struct address *address);
/* Shuts down what became idle at or before `since_ms`. Returns when the oldest that is left became idle, or -1. */
int64_t fetch_connections_reap(struct fetch_connections *connections, int64_t since_ms);
/* Open and not shut down, idle ones included. */
unsigned fetch_connections_open_to(const struct fetch_connections *connections, const struct address *address);

#endif
