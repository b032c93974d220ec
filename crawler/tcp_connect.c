#include "crawler/tcp_connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *tcp_outcome_name(enum tcp_outcome outcome)
{
    switch (outcome) {
    case TCP_CONNECTED:
        return "connected";
    case TCP_REFUSED:
        return "refused";
    case TCP_TIMEOUT:
        return "timeout";
    case TCP_UNREACHABLE:
        return "unreachable";
    case TCP_NO_ROUTE:
        return "no_route";
    case TCP_LOCAL_FAULT:
        break;
    }
    return "local_fault";
}

/* What `connect` says at once. ENETUNREACH then comes from our own routing table; later it comes from the network. */
static enum tcp_outcome outcome_of(int error, bool at_once)
{
    switch (error) {
    case 0:
        return TCP_CONNECTED;
    case ECONNREFUSED:
    case ECONNRESET:
        return TCP_REFUSED;
    case ETIMEDOUT:
        return TCP_TIMEOUT;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return TCP_NO_ROUTE;
    case ENETUNREACH:
        return at_once ? TCP_NO_ROUTE : TCP_UNREACHABLE;
    case EHOSTUNREACH:
    case EACCES:
    case EPERM:
        return TCP_UNREACHABLE;
    default:
        return TCP_LOCAL_FAULT;
    }
}

static void finish(struct tcp_connect *connect, enum tcp_outcome outcome)
{
    int fd = connect->fd;
    loop_timer_clear(connect->loop, &connect->timer);
    if (fd >= 0) {
        loop_unwatch(connect->loop, fd);
    }
    if (fd >= 0 && outcome != TCP_CONNECTED) {
        close(fd);
        fd = -1;
    }
    connect->fd = -1;
    connect->loop = NULL;
    connect->done(connect->context, outcome, fd);
}

static void on_writable(void *context, int fd, unsigned events)
{
    struct tcp_connect *connect = context;
    int error = 0;
    socklen_t len = sizeof error;
    (void)events;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    finish(connect, outcome_of(error, false));
}

static void on_timer(void *context)
{
    struct tcp_connect *connect = context;
    finish(connect, connect->outcome);
}

static int begin(struct tcp_connect *connect_to, const struct address *address, uint16_t port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    bool is_v4 = address->family == 4;
    memcpy(&v6.sin6_addr, address->bytes, 16);
    memcpy(&v4.sin_addr, address->bytes, 4);
    connect_to->fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connect_to->fd < 0) {
        return errno;
    }
    setsockopt(connect_to->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    int result = is_v4 ? connect(connect_to->fd, (struct sockaddr *)&v4, sizeof v4)
                       : connect(connect_to->fd, (struct sockaddr *)&v6, sizeof v6);
    return result == 0 ? 0 : errno;
}

void tcp_connect_start(struct tcp_connect *connect, struct loop *loop, const struct address *address, uint16_t port,
                       int64_t timeout_ms, tcp_connected *done, void *context)
{
    *connect = (struct tcp_connect){.loop = loop, .done = done, .context = context, .fd = -1};
    connect->timer = (struct loop_timer){.callback = on_timer, .context = connect};
    int error = begin(connect, address, port);
    connect->outcome = TCP_TIMEOUT;
    if (error == EINPROGRESS && loop_watch(loop, connect->fd, LOOP_WRITE, on_writable, connect, NULL) == 0) {
        loop_timer_set(loop, &connect->timer, timeout_ms, NULL);
        return;
    }
    connect->outcome = outcome_of(error, true);
    if (loop_timer_set(loop, &connect->timer, 0, NULL) != 0) {
        finish(connect, TCP_LOCAL_FAULT);
    }
}

void tcp_connect_cancel(struct tcp_connect *connect)
{
    if (connect->loop == NULL) {
        return;
    }
    loop_timer_clear(connect->loop, &connect->timer);
    if (connect->fd >= 0) {
        loop_unwatch(connect->loop, connect->fd);
        close(connect->fd);
    }
    connect->fd = -1;
    connect->loop = NULL;
}
