/* The sockets that a fetcher has open, so that idle ones count against the bound of an origin address too.
 *
 * libcurl keeps connections for reuse but cannot be told to close one of them. A connection that has to go is shut down
 * here at the socket: the origin sees its end at once, and libcurl, which looks before it reuses, finds it dead and
 * closes it in its own time. Knows descriptors, not libcurl.
 */
#ifndef ORIGINTLS_CRAWLER_FETCH_CONNECTIONS_H
#define ORIGINTLS_CRAWLER_FETCH_CONNECTIONS_H

#include "base/address.h"
#include "crawler/address_map.h"
#include "crawler/loop.h"

#include <stddef.h>
#include <stdint.h>

struct open_connection;
struct connection_address;

/* Zeroed but for `loop` it is a valid empty registry. */
struct fetch_connections {
    struct loop *loop; /* borrowed; stops watching what is closed. NULL: none */
    struct open_connection **by_fd;
    size_t capacity;
    struct address_map addresses;        /* struct connection_address */
    struct open_connection *idle_oldest; /* of all addresses, in the order in which they became idle */
    struct open_connection *idle_newest;
};

void fetch_connections_release(struct fetch_connections *connections);

/* A socket was opened for `user`, an opaque mark. 0, or -1 when out of memory. */
int fetch_connections_opened(struct fetch_connections *connections, int fd, const struct address *address,
                             const void *user);
/* Before it is closed; one that is not known is fine. */
void fetch_connections_closed(struct fetch_connections *connections, int fd);
/* `user` works on it now. */
void fetch_connections_busy(struct fetch_connections *connections, int fd, const void *user);
/* `user` is done with it; nothing happens if the descriptor is not that user's any more. */
void fetch_connections_idle(struct fetch_connections *connections, int fd, const void *user, int64_t now_ms);

/* Shuts the oldest idle connections to the address down until fewer than `bound` (0: no bound) are open. */
void fetch_connections_make_room(struct fetch_connections *connections, const struct address *address, unsigned bound);
/* Shuts all idle connections to the address down. */
void fetch_connections_close_idle(struct fetch_connections *connections, const struct address *address);
/* Shuts down what became idle at or before `since_ms`. Returns when the oldest that is left became idle, or -1. */
int64_t fetch_connections_reap(struct fetch_connections *connections, int64_t since_ms);
/* Open and not shut down, idle ones included. */
unsigned fetch_connections_open_to(const struct fetch_connections *connections, const struct address *address);

#endif
