#include "crawler/hello_exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPLIT_PAUSE_MS 30
#define CHUNK_BYTES    16384

struct hello_exchange {
    struct loop *loop;
    struct hello_request request;
    hello_done *done;
    void *context;
    struct tcp_connect tcp;
    struct loop_timer deadline;
    struct loop_timer pause; /* between the two parts of a split hello */
    struct hello_reader reader;
    struct buf hello;
    size_t sent;
    size_t send_until; /* the end of the part that may be sent now */
    int fd;
    int64_t deadline_ms;
    struct hello_result result;
};

const char *hello_outcome_name(enum hello_outcome outcome)
{
    switch (outcome) {
    case HELLO_TAKEN:
        return "taken";
    case HELLO_ASKED_AGAIN:
        return "asked_again";
    case HELLO_REFUSED:
        return "refused";
    case HELLO_CLOSED:
        return "closed";
    case HELLO_RESET:
        return "reset";
    case HELLO_SILENCE:
        return "silence";
    case HELLO_NONSENSE:
        return "nonsense";
    case HELLO_NO_CONNECTION:
        break;
    }
    return "no_connection";
}

void hello_exchange_cancel(struct hello_exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    tcp_connect_cancel(&exchange->tcp);
    loop_timer_clear(exchange->loop, &exchange->deadline);
    loop_timer_clear(exchange->loop, &exchange->pause);
    if (exchange->fd >= 0) {
        loop_unwatch(exchange->loop, exchange->fd);
        close(exchange->fd);
    }
    hello_reader_release(&exchange->reader);
    buf_release(&exchange->hello);
    free(exchange);
}

static void finish(struct hello_exchange *exchange, enum hello_outcome outcome)
{
    exchange->result.outcome = outcome;
    exchange->result.answer = exchange->reader.answer;
    exchange->done(exchange->context, &exchange->result);
    hello_exchange_cancel(exchange);
}

static void on_ready(void *context, int fd, unsigned events);

static int watch(struct hello_exchange *exchange)
{
    unsigned events = LOOP_READ | (exchange->sent < exchange->send_until ? LOOP_WRITE : 0);
    return loop_watch(exchange->loop, exchange->fd, events, on_ready, exchange, NULL);
}

static void begin_sending(struct hello_exchange *exchange)
{
    size_t split_at = exchange->request.split_at;
    exchange->sent = 0;
    exchange->send_until = split_at > 0 && split_at < exchange->hello.len ? split_at : exchange->hello.len;
    exchange->result.hellos++;
}

/* The second hello, on the same connection. True if it is under way. */
static bool answer_retry(struct hello_exchange *exchange)
{
    struct hello_answer *answer = &exchange->reader.answer;
    if (!exchange->request.follow_retry || exchange->result.retried) {
        return false;
    }
    buf_reset(&exchange->hello);
    if (hello_build_again(&exchange->request.offer, exchange->request.seed, answer->group, answer->cookie,
                          &exchange->hello) != 0) {
        return false;
    }
    exchange->result.retried = true;
    hello_reader_release(&exchange->reader);
    hello_reader_init(&exchange->reader);
    begin_sending(exchange);
    return watch(exchange) == 0;
}

/* True if the exchange is over, and freed. */
static bool look_at_answer(struct hello_exchange *exchange)
{
    const struct hello_answer *answer = &exchange->reader.answer;
    switch (answer->kind) {
    case HELLO_INCOMPLETE:
        return false;
    case HELLO_SERVER_HELLO:
        if (exchange->request.want_flight && !answer->whole_flight) {
            return false;
        }
        finish(exchange, HELLO_TAKEN);
        return true;
    case HELLO_RETRY_REQUEST:
        if (answer_retry(exchange)) {
            return false;
        }
        finish(exchange, HELLO_ASKED_AGAIN);
        return true;
    case HELLO_ALERT:
        finish(exchange, HELLO_REFUSED);
        return true;
    case HELLO_NOT_TLS:
    case HELLO_MALFORMED:
        break;
    }
    finish(exchange, HELLO_NONSENSE);
    return true;
}

/* What a connection that ends before the answer is complete means. */
static void finish_early(struct hello_exchange *exchange, enum hello_outcome outcome)
{
    finish(exchange, exchange->reader.answer.kind == HELLO_SERVER_HELLO ? HELLO_TAKEN : outcome);
}

static void receive(struct hello_exchange *exchange)
{
    char chunk[CHUNK_BYTES];
    for (;;) {
        ssize_t got = recv(exchange->fd, chunk, sizeof chunk, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        }
        if (got <= 0) {
            finish_early(exchange, got == 0 ? HELLO_CLOSED : HELLO_RESET);
            return;
        }
        exchange->result.bytes += (uint64_t)got;
        hello_reader_feed(&exchange->reader, slice_make(chunk, (size_t)got));
        if (look_at_answer(exchange)) {
            return;
        }
    }
}

/* False if the connection is gone. What the peer said before it went is still to be read. */
static bool send_part(struct hello_exchange *exchange)
{
    while (exchange->sent < exchange->send_until) {
        ssize_t put = send(exchange->fd, exchange->hello.data + exchange->sent, exchange->send_until - exchange->sent,
                           MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK;
        }
        exchange->sent += (size_t)put;
        exchange->result.bytes += (uint64_t)put;
    }
    if (exchange->sent < exchange->hello.len && !loop_timer_is_set(&exchange->pause)) {
        return loop_timer_set(exchange->loop, &exchange->pause, SPLIT_PAUSE_MS, NULL) == 0;
    }
    return true;
}

static void on_ready(void *context, int fd, unsigned events)
{
    struct hello_exchange *exchange = context;
    (void)fd;
    if ((events & LOOP_WRITE) != 0 && !send_part(exchange)) {
        exchange->send_until = exchange->sent;
    }
    if (watch(exchange) != 0) {
        exchange->result.tcp = TCP_LOCAL_FAULT;
        finish(exchange, HELLO_NO_CONNECTION);
        return;
    }
    if ((events & (LOOP_READ | LOOP_ERROR)) != 0) {
        receive(exchange);
    }
}

static void on_pause_over(void *context)
{
    struct hello_exchange *exchange = context;
    exchange->send_until = exchange->hello.len;
    if (watch(exchange) != 0) {
        exchange->result.tcp = TCP_LOCAL_FAULT;
        finish(exchange, HELLO_NO_CONNECTION);
    }
}

static void on_deadline(void *context)
{
    struct hello_exchange *exchange = context;
    finish_early(exchange, HELLO_SILENCE);
}

static void on_connected(void *context, enum tcp_outcome outcome, int fd)
{
    struct hello_exchange *exchange = context;
    exchange->result.tcp = outcome;
    exchange->fd = fd;
    if (outcome != TCP_CONNECTED) {
        finish(exchange, HELLO_NO_CONNECTION);
        return;
    }
    begin_sending(exchange);
    int64_t left_ms = exchange->deadline_ms - loop_now_ms(exchange->loop);
    if (watch(exchange) != 0 ||
        loop_timer_set(exchange->loop, &exchange->deadline, left_ms > 0 ? left_ms : 0, NULL) != 0) {
        exchange->result.tcp = TCP_LOCAL_FAULT;
        finish(exchange, HELLO_NO_CONNECTION);
    }
}

struct hello_exchange *hello_exchange_start(struct loop *loop, const struct hello_request *request, hello_done *done,
                                            void *context, struct err *err)
{
    struct hello_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        err_memory(err);
        return NULL;
    }
    exchange->loop = loop;
    exchange->request = *request;
    exchange->done = done;
    exchange->context = context;
    exchange->fd = -1;
    exchange->deadline = (struct loop_timer){.callback = on_deadline, .context = exchange};
    exchange->pause = (struct loop_timer){.callback = on_pause_over, .context = exchange};
    exchange->deadline_ms = loop_now_ms(loop) + request->timeout_ms;
    hello_reader_init(&exchange->reader);
    if (hello_build(&request->offer, request->seed, &exchange->hello) != 0) {
        hello_exchange_cancel(exchange);
        err_set(err, ERR_INTERNAL, "the TLS offer does not fit into a ClientHello");
        return NULL;
    }
    tcp_connect_start(&exchange->tcp, loop, &request->address, request->port, request->timeout_ms, on_connected,
                      exchange);
    return exchange;
}
