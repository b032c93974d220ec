#include "tests/lab/connection.h"

#include "base/clock.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_PER_TURN  128
#define ACCEPTS_PER_TURN 64
#define DRIP_CHECK_MS    20

struct server {
    struct world *world;
    int epoll;
    struct watch stop;
    struct watch *listeners;        /* two per origin */
    struct connection *connections; /* all */
    size_t dripping;                /* connections that wait for their time */
    struct rng rng;
    int64_t now_ms;
};

static void watch_fd(struct server *server, int operation, int fd, struct watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    epoll_ctl(server->epoll, operation, fd, &event);
}

static void forget(struct server *server, struct connection *connection)
{
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    connection_free(connection);
}

static uint32_t events_of(enum wait wait)
{
    switch (wait) {
    case WAIT_READ:
        return EPOLLIN;
    case WAIT_WRITE:
    case WAIT_NOTHING:
        return EPOLLOUT;
    case WAIT_TIME:
    case WAIT_HANGUP:
    case WAIT_ENDED:
        break;
    }
    return EPOLLRDHUP;
}

static void advance(struct server *server, struct connection *connection)
{
    enum wait wait = connection_advance(connection, server->now_ms);
    if (wait == WAIT_ENDED) {
        forget(server, connection);
        return;
    }
    if (wait == WAIT_TIME)
        server->dripping++;
    uint32_t events = events_of(wait);
    if (events == connection->interest)
        return;
    watch_fd(server, connection->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connection->fd, &connection->watch,
             events);
    connection->interest = events;
}

static bool is_open(int fd)
{
    struct pollfd watched = {.fd = fd, .events = POLLRDHUP};
    return poll(&watched, 1, 0) == 0;
}

/* A client that closes one connection and opens another has one: that we have not read the end of the first yet does
 * not count against it. What is found open here was so when the first of them was looked at. */
static void count_open(const struct server *server, struct origin *origin)
{
    uint32_t open = 0;
    if (origin->stats->concurrent <= origin->stats->max_concurrent)
        return;
    for (const struct connection *other = server->connections; other != NULL; other = other->next)
        open += other->listener->origin == origin && is_open(other->fd);
    if (open > origin->stats->max_concurrent)
        origin->stats->max_concurrent = open;
}

static void accept_all(struct server *server, struct listener *listener)
{
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct connection *connection = connection_new(server->world, listener, fd, &server->rng);
        if (connection == NULL)
            return;
        connection->next = server->connections;
        if (server->connections != NULL)
            server->connections->previous = connection;
        server->connections = connection;
        count_open(server, listener->origin);
        advance(server, connection);
    }
}

static void on_event(struct server *server, struct watch *watch, uint32_t events)
{
    if (watch->kind == WATCH_LISTENER) {
        accept_all(server, watch->listener);
        return;
    }
    struct connection *connection = (struct connection *)watch;
    bool gone =
        (events & (EPOLLERR | EPOLLHUP)) != 0 || ((events & EPOLLRDHUP) != 0 && connection->interest == EPOLLRDHUP);
    if (gone)
        forget(server, connection);
    else
        advance(server, connection);
}

/* Each connection that waits for its time is looked at; those that still wait count themselves again. */
static void advance_dripping(struct server *server)
{
    if (server->dripping == 0)
        return;
    server->dripping = 0;
    struct connection *next = NULL;
    for (struct connection *connection = server->connections; connection != NULL; connection = next) {
        next = connection->next;
        if (connection->state == STATE_WRITING && connection->response.drip_ms > 0)
            advance(server, connection);
    }
}

static void watch_listeners(struct server *server)
{
    for (size_t i = 0; i < server->world->origin_count; i++) {
        struct listener *both[] = {&server->world->origins[i].http, &server->world->origins[i].https};
        for (size_t j = 0; j < 2; j++) {
            if (both[j]->behaviour == PORT_CLOSED || both[j]->behaviour == PORT_SILENT)
                continue;
            struct watch *watch = &server->listeners[2 * i + j];
            *watch = (struct watch){.kind = WATCH_LISTENER, .listener = both[j]};
            watch_fd(server, EPOLL_CTL_ADD, both[j]->fd, watch, EPOLLIN);
        }
    }
}

static void serve(struct server *server)
{
    struct epoll_event events[EVENTS_PER_TURN];
    for (;;) {
        int count = epoll_wait(server->epoll, events, EVENTS_PER_TURN, server->dripping > 0 ? DRIP_CHECK_MS : -1);
        server->now_ms = clock_monotonic_ms();
        for (int i = 0; i < count; i++) {
            struct watch *watch = events[i].data.ptr;
            if (watch->kind == WATCH_STOP)
                return;
            on_event(server, watch, events[i].events);
        }
        advance_dripping(server);
    }
}

void server_run(struct world *world, int stop_fd)
{
    struct server server = {.world = world, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    server.listeners = calloc(2 * world->origin_count + 1, sizeof *server.listeners);
    rng_init(&server.rng, world->seed);
    server.now_ms = clock_monotonic_ms();
    if (server.epoll < 0 || server.listeners == NULL)
        goto out;
    server.stop.kind = WATCH_STOP;
    watch_fd(&server, EPOLL_CTL_ADD, stop_fd, &server.stop, EPOLLIN);
    watch_listeners(&server);
    serve(&server);
out:
    while (server.connections != NULL)
        forget(&server, server.connections);
    free(server.listeners);
    if (server.epoll >= 0)
        close(server.epoll);
}
