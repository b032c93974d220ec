/* One TCP connection to one planned address, without blocking. */
#ifndef ORIGINTLS_CRAWLER_TCP_CONNECT_H
#define ORIGINTLS_CRAWLER_TCP_CONNECT_H

#include "base/address.h"
#include "crawler/loop.h"

enum tcp_outcome {
    TCP_CONNECTED,
    TCP_REFUSED,
    TCP_TIMEOUT,
    TCP_UNREACHABLE, /* the network said so */
    TCP_NO_ROUTE,    /* this machine has no route for such an address: our failure */
    TCP_LOCAL_FAULT  /* no descriptors or memory left */
};

/* "connected", "refused", "timeout", "unreachable", "no_route", "local_fault". */
const char *tcp_outcome_name(enum tcp_outcome outcome);

/* `fd` is the connected socket, now the callee's (close-on-exec, not blocking, no delay), or -1. Called from the loop,
 * never from within `tcp_connect_start`. */
typedef void tcp_connected(void *context, enum tcp_outcome outcome, int fd);

/* Lies in its owner's memory, and must stay there until the callback. */
struct tcp_connect {
    struct loop *loop;
    struct loop_timer timer;
    tcp_connected *done;
    void *context;
    enum tcp_outcome outcome;
    int fd;
};

/* Always ends in the callback, unless cancelled. */
void tcp_connect_start(struct tcp_connect *connect, struct loop *loop, const struct address *address, uint16_t port,
                       int64_t timeout_ms, tcp_connected *done, void *context);
/* A zeroed struct, and one that is done, is fine. */
void tcp_connect_cancel(struct tcp_connect *connect);

#endif
