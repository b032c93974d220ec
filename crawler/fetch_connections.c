#include "crawler/fetch_connections.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Everything known of one address: how many are open, and the idle ones in order of age. */
struct connection_address {
    struct address address;
    unsigned open;
    unsigned sockets; /* entries that point here, shut ones too: it goes with the last */
    struct open_connection *oldest;
    struct open_connection *newest;
    struct open_connection *reserved; /* linked by here_newer; few */
    struct open_connection *first;    /* of all that are open, linked by here_next */
};

struct open_connection {
    struct connection_address *address;
    const void *user; /* NULL: idle, reserved or shut */
    uint64_t kind;
    int64_t idle_since_ms;
    int fd;
    bool is_idle;
    bool is_reserved;
    bool is_shut;
    struct open_connection *all_older, *all_newer;   /* among all idle ones */
    struct open_connection *here_older, *here_newer; /* among those of the address */
    struct open_connection *here_previous, *here_next;
};

void fetch_connections_release(struct fetch_connections *connections)
{
    for (size_t fd = 0; fd < connections->capacity; fd++) {
        free(connections->by_fd[fd]);
    }
    for (size_t i = 0; i < connections->addresses.capacity; i++) {
        free(address_map_at(&connections->addresses, i));
    }
    address_map_release(&connections->addresses);
    free(connections->by_fd);
    *connections = (struct fetch_connections){0};
}

static struct open_connection *connection_of(const struct fetch_connections *connections, int fd)
{
    return fd >= 0 && (size_t)fd < connections->capacity ? connections->by_fd[fd] : NULL;
}

static void link_idle(struct fetch_connections *all, struct open_connection *connection)
{
    struct connection_address *here = connection->address;
    connection->is_idle = true;
    connection->all_older = all->idle_newest;
    connection->all_newer = NULL;
    *(all->idle_newest != NULL ? &all->idle_newest->all_newer : &all->idle_oldest) = connection;
    all->idle_newest = connection;
    connection->here_older = here->newest;
    connection->here_newer = NULL;
    *(here->newest != NULL ? &here->newest->here_newer : &here->oldest) = connection;
    here->newest = connection;
}

static void unlink_idle(struct fetch_connections *all, struct open_connection *connection)
{
    struct connection_address *here = connection->address;
    if (!connection->is_idle) {
        return;
    }
    connection->is_idle = false;
    *(connection->all_older != NULL ? &connection->all_older->all_newer : &all->idle_oldest) = connection->all_newer;
    *(connection->all_newer != NULL ? &connection->all_newer->all_older : &all->idle_newest) = connection->all_older;
    *(connection->here_older != NULL ? &connection->here_older->here_newer : &here->oldest) = connection->here_newer;
    *(connection->here_newer != NULL ? &connection->here_newer->here_older : &here->newest) = connection->here_older;
}

static void unlink_reserved(struct open_connection *connection)
{
    struct open_connection **link = &connection->address->reserved;
    while (*link != NULL && *link != connection) {
        link = &(*link)->here_newer;
    }
    if (*link != NULL) {
        *link = connection->here_newer;
    }
    connection->is_reserved = false;
}

static struct open_connection *find_reserved(const struct connection_address *here, uint64_t kind)
{
    struct open_connection *connection = here->reserved;
    while (connection != NULL && connection->kind != kind) {
        connection = connection->here_newer;
    }
    return connection;
}

/* Idle no more, nor reserved. The place of a reserved one belongs to its request already. */
static void drop(struct fetch_connections *connections, struct open_connection *connection)
{
    if (connection->is_reserved) {
        unlink_reserved(connection);
    } else if (connection->is_idle) {
        unlink_idle(connections, connection);
        if (connections->limiter != NULL) {
            limiter_drop_kept(connections->limiter, &connection->address->address);
        }
    }
}

static void link_open(struct open_connection *connection)
{
    struct connection_address *here = connection->address;
    connection->here_next = here->first;
    if (here->first != NULL) {
        here->first->here_previous = connection;
    }
    here->first = connection;
    here->open++;
}

static void unlink_open(struct open_connection *connection)
{
    struct connection_address *here = connection->address;
    *(connection->here_previous != NULL ? &connection->here_previous->here_next : &here->first) = connection->here_next;
    if (connection->here_next != NULL) {
        connection->here_next->here_previous = connection->here_previous;
    }
    here->open--;
}

static int grow(struct fetch_connections *connections, size_t least)
{
    size_t capacity = connections->capacity == 0 ? 64 : connections->capacity;
    while (capacity < least) {
        capacity *= 2;
    }
    struct open_connection **grown = realloc(connections->by_fd, capacity * sizeof(struct open_connection *));
    if (grown == NULL) {
        return -1;
    }
    memset(grown + connections->capacity, 0, (capacity - connections->capacity) * sizeof(struct open_connection *));
    connections->by_fd = grown;
    connections->capacity = capacity;
    return 0;
}

static struct connection_address *address_entry(struct fetch_connections *connections, const struct address *address)
{
    struct connection_address *entry = address_map_get(&connections->addresses, address);
    if (entry != NULL || (entry = calloc(1, sizeof *entry)) == NULL) {
        return entry;
    }
    entry->address = *address;
    if (address_map_put(&connections->addresses, address, entry) != 0) {
        free(entry);
        return NULL;
    }
    return entry;
}

static void drop_address_if_unused(struct fetch_connections *connections, struct connection_address *entry)
{
    if (entry->sockets == 0) {
        address_map_remove(&connections->addresses, &entry->address);
        free(entry);
    }
}

int fetch_connections_opened(struct fetch_connections *connections, int fd, const struct address *address,
                             uint64_t kind, const void *user)
{
    fetch_connections_closed(connections, fd);
    if (fd < 0 || ((size_t)fd >= connections->capacity && grow(connections, (size_t)fd + 1) != 0)) {
        return -1;
    }
    struct connection_address *entry = address_entry(connections, address);
    if (entry == NULL) {
        return -1;
    }
    struct open_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        drop_address_if_unused(connections, entry);
        return -1;
    }
    connection->address = entry;
    connection->user = user;
    connection->kind = kind;
    connection->fd = fd;
    connections->by_fd[fd] = connection;
    link_open(connection);
    entry->sockets++;
    return 0;
}

void fetch_connections_closed(struct fetch_connections *connections, int fd)
{
    struct open_connection *connection = connection_of(connections, fd);
    if (connection == NULL) {
        return;
    }
    struct connection_address *entry = connection->address;
    drop(connections, connection);
    if (connections->loop != NULL) {
        loop_unwatch(connections->loop, fd);
    }
    if (!connection->is_shut) {
        unlink_open(connection);
    }
    entry->sockets--;
    connections->by_fd[fd] = NULL;
    free(connection);
    drop_address_if_unused(connections, entry);
}

void fetch_connections_busy(struct fetch_connections *connections, int fd, const void *user)
{
    struct open_connection *connection = connection_of(connections, fd);
    if (connection == NULL) {
        return;
    }
    if (connection->is_reserved) {
        unlink_reserved(connection);
    } else if (connection->is_idle && find_reserved(connection->address, connection->kind) != NULL) {
        fetch_connections_unreserve(connections, &connection->address->address, connection->kind);
        unlink_idle(connections, connection);
    } else {
        drop(connections, connection);
    }
    connection->user = user;
}

static void shut(struct fetch_connections *connections, struct open_connection *connection)
{
    drop(connections, connection);
    connection->is_shut = true;
    connection->user = NULL;
    unlink_open(connection);
    shutdown(connection->fd, SHUT_RDWR);
}

bool fetch_connections_idle(struct fetch_connections *connections, int fd, const void *user, int64_t now_ms)
{
    struct open_connection *connection = connection_of(connections, fd);
    if (connection == NULL || connection->user != user || connection->is_shut || connection->is_idle) {
        return false;
    }
    connection->user = NULL;
    connection->idle_since_ms = now_ms;
    if (connections->limiter != NULL &&
        !limiter_release_kept(connections->limiter, &connections->keeper, &connection->address->address)) {
        shut(connections, connection);
    } else {
        link_idle(connections, connection);
    }
    return true;
}

/* ---- reserved for a request */

bool fetch_connections_reserve(struct fetch_connections *connections, const struct address *address, uint64_t kind)
{
    struct connection_address *here = address_map_get(&connections->addresses, address);
    struct open_connection *connection = here != NULL ? here->newest : NULL;
    while (connection != NULL && connection->kind != kind) {
        connection = connection->here_older;
    }
    if (connection == NULL) {
        return false;
    }
    unlink_idle(connections, connection);
    connection->is_reserved = true;
    connection->here_newer = here->reserved;
    here->reserved = connection;
    return true;
}

void fetch_connections_unreserve(struct fetch_connections *connections, const struct address *address, uint64_t kind)
{
    struct connection_address *here = address_map_get(&connections->addresses, address);
    struct open_connection *connection = here != NULL ? find_reserved(here, kind) : NULL;
    if (connection != NULL) {
        unlink_reserved(connection);
        link_idle(connections, connection);
    }
}

void fetch_connections_replace_reserved(struct fetch_connections *connections, const struct address *address,
                                        uint64_t kind)
{
    struct connection_address *here = address_map_get(&connections->addresses, address);
    struct open_connection *connection = here != NULL ? find_reserved(here, kind) : NULL;
    if (connection != NULL) {
        shut(connections, connection);
    }
}

/* ---- ended by us */

static bool any_open(const struct connection_address *here, uint64_t kind)
{
    const struct open_connection *connection = here->first;
    while (connection != NULL && connection->kind != kind) {
        connection = connection->here_next;
    }
    return connection != NULL;
}

bool fetch_connections_make_room(struct fetch_connections *connections, const struct address *address, uint64_t kind,
                                 int64_t now_ms)
{
    struct connection_address *here = address_map_get(&connections->addresses, address);
    if (here == NULL || here->oldest == NULL ||
        (now_ms - here->oldest->idle_since_ms < FETCH_CONNECTIONS_SPARE_MS && any_open(here, kind))) {
        return false;
    }
    shut(connections, here->oldest);
    return true;
}

void fetch_connections_give_back(struct fetch_connections *connections)
{
    for (struct open_connection *connection = connections->idle_oldest, *next = NULL; connection != NULL;
         connection = next) {
        next = connection->all_newer;
        if (limiter_wants_back(connections->limiter, &connection->address->address)) {
            shut(connections, connection);
        }
    }
}

void fetch_connections_close_idle(struct fetch_connections *connections, const struct address *address)
{
    struct connection_address *entry = address_map_get(&connections->addresses, address);
    while (entry != NULL && entry->oldest != NULL) {
        shut(connections, entry->oldest);
    }
}

int64_t fetch_connections_reap(struct fetch_connections *connections, int64_t since_ms)
{
    while (connections->idle_oldest != NULL && connections->idle_oldest->idle_since_ms <= since_ms) {
        shut(connections, connections->idle_oldest);
    }
    return connections->idle_oldest != NULL ? connections->idle_oldest->idle_since_ms : -1;
}

unsigned fetch_connections_open_to(const struct fetch_connections *connections, const struct address *address)
{
    const struct connection_address *entry = address_map_get(&connections->addresses, address);
    return entry != NULL ? entry->open : 0;
}
