#include "tests/lab/connection.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEPS_PER_TURN  64 /* then others have their turn */
#define DRAIN_BYTES_MAX (1u << 20)
#define READ_BYTES      16384

/* Results of reading and writing, besides a number of bytes. */
enum { IO_END = 0, IO_FAILED = -1, IO_WANTS_READ = -2, IO_WANTS_WRITE = -3 };

static enum connection_state first_state(const struct listener *listener)
{
    if (!listener->https)
        return STATE_READING;
    switch (listener->behaviour) {
    case PORT_SERVES:
        return STATE_HANDSHAKE;
    case PORT_STALLS:
    case PORT_ALERTS:
        return STATE_FAKE_HANDSHAKE;
    case PORT_PLAIN:
        return STATE_READING;
    case PORT_HANGS:
    case PORT_CLOSED:
    case PORT_SILENT:
        return STATE_SILENT;
    }
    abort();
}

struct connection *connection_new(struct world *world, struct listener *listener, int fd, struct rng *rng)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return NULL;
    }
    connection->watch.kind = WATCH_CONNECTION;
    connection->world = world;
    connection->listener = listener;
    connection->rng = rng;
    connection->fd = fd;
    connection->state = first_state(listener);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    count_connection(listener->origin);
    if (connection->state != STATE_HANDSHAKE)
        return connection;
    connection->ssl = SSL_new(listener->origin->contexts[0]);
    if (connection->ssl == NULL || !SSL_set_fd(connection->ssl, fd)) {
        connection_free(connection);
        return NULL;
    }
    SSL_set_accept_state(connection->ssl);
    return connection;
}

void connection_free(struct connection *connection)
{
    count_connection_end(connection->listener->origin);
    SSL_free(connection->ssl);
    response_release(&connection->response);
    buf_release(&connection->in);
    buf_release(&connection->out);
    close(connection->fd);
    free(connection);
}

static ssize_t ssl_result(struct connection *connection, int result)
{
    if (result > 0)
        return result;
    int error = SSL_get_error(connection->ssl, result);
    ERR_clear_error();
    switch (error) {
    case SSL_ERROR_WANT_READ:
        return IO_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return IO_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return IO_END;
    default:
        return IO_FAILED;
    }
}

static ssize_t plain_result(ssize_t result, int wants)
{
    if (result >= 0)
        return result;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? wants : IO_FAILED;
}

static ssize_t receive(struct connection *connection, void *bytes, int size)
{
    if (connection->ssl != NULL)
        return ssl_result(connection, SSL_read(connection->ssl, bytes, size));
    return plain_result(recv(connection->fd, bytes, (size_t)size, 0), IO_WANTS_READ);
}

static ssize_t transmit(struct connection *connection, struct slice bytes)
{
    int size = bytes.len > 65536 ? 65536 : (int)bytes.len;
    if (connection->ssl != NULL)
        return ssl_result(connection, SSL_write(connection->ssl, bytes.ptr, size));
    return plain_result(send(connection->fd, bytes.ptr, (size_t)size, MSG_NOSIGNAL), IO_WANTS_WRITE);
}

static enum wait wait_of(ssize_t result)
{
    return result == IO_WANTS_READ ? WAIT_READ : result == IO_WANTS_WRITE ? WAIT_WRITE : WAIT_ENDED;
}

/* Says goodbye in TLS and TCP, and listens until the client has gone. */
static enum wait start_draining(struct connection *connection)
{
    if (connection->ssl != NULL && SSL_is_init_finished(connection->ssl))
        SSL_shutdown(connection->ssl);
    ERR_clear_error();
    shutdown(connection->fd, SHUT_WR);
    connection->state = STATE_DRAINING;
    return WAIT_NOTHING;
}

static enum wait step_handshake(struct connection *connection)
{
    ssize_t result = ssl_result(connection, SSL_accept(connection->ssl));
    if (result == IO_FAILED || result == IO_END)
        return start_draining(connection);
    if (result < 0)
        return wait_of(result);
    const char *name = SSL_get_servername(connection->ssl, TLSEXT_NAMETYPE_host_name);
    count_handshake(connection->listener->origin, SSL_session_reused(connection->ssl) == 1, name);
    connection->state = STATE_READING;
    return WAIT_NOTHING;
}

static enum wait step_fake_handshake(struct connection *connection)
{
    /* The head of a ServerHello's record, and the alert handshake_failure. */
    static const char record_head[] = {0x16, 0x03, 0x03, 0x00, 0x5a, 0x02};
    static const char alert[] = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28};
    char hello[READ_BYTES];
    ssize_t result = receive(connection, hello, sizeof hello);
    if (result <= 0)
        return wait_of(result);
    if (connection->listener->behaviour == PORT_ALERTS) {
        transmit(connection, slice_make(alert, sizeof alert));
        return start_draining(connection);
    }
    transmit(connection, slice_make(record_head, sizeof record_head));
    connection->state = STATE_SILENT;
    return WAIT_NOTHING;
}

static const struct site *site_of(const struct origin *origin, struct slice host)
{
    for (int i = 0; i < origin->site_count; i++) {
        if (slice_equal_nocase(host, slice_of(origin->sites[i]->about.hostname)))
            return origin->sites[i];
    }
    return origin->sites[0];
}

static void answer(const struct request *request, struct response *response)
{
    if (!slice_equal(request->method, SLICE("GET"))) {
        response->status = 405;
        response->close = true;
        return;
    }
    answer_fn *side = request->https ? request->site->https : request->site->http;
    if (side == NULL)
        side = answer_site;
    side(request, response);
}

static void start_answer(struct connection *connection, struct request *request, bool close, int64_t now_ms)
{
    struct origin *origin = connection->listener->origin;
    request->https = connection->listener->https;
    request->site = site_of(origin, request->host);
    request->rng = connection->rng;
    request->canary_url = connection->world->canary_url;
    request->client_certificate = connection->ssl != NULL && SSL_get0_peer_certificate(connection->ssl) != NULL;
    count_request(origin, request, now_ms);
    response_release(&connection->response);
    response_init(&connection->response);
    connection->response.close = close;
    answer(request, &connection->response);
    buf_reset(&connection->out);
    response_serialize(&connection->response, &connection->out);
    connection->out_done = 0;
    connection->blocks_left = connection->response.block_times;
    connection->next_byte_ms = now_ms;
    connection->state = STATE_WRITING;
}

/* What a web server says to a TLS hello on a port that speaks plain HTTP. */
static enum wait refuse_request(struct connection *connection)
{
    transmit(connection, SLICE("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    return start_draining(connection);
}

static enum wait step_reading(struct connection *connection, int64_t now_ms)
{
    struct request request = {0};
    struct buf head = {0};
    bool close = false;
    int parsed = request_parse(&connection->in, &head, &request, &close);
    if (parsed > 0)
        start_answer(connection, &request, close, now_ms);
    buf_release(&head);
    if (parsed > 0)
        return WAIT_NOTHING;
    if (parsed < 0)
        return refuse_request(connection);
    char bytes[READ_BYTES];
    ssize_t result = receive(connection, bytes, sizeof bytes);
    if (result <= 0)
        return wait_of(result);
    return buf_append(&connection->in, bytes, (size_t)result) == 0 ? WAIT_NOTHING : WAIT_ENDED;
}

static enum wait finish_answer(struct connection *connection)
{
    const struct response *response = &connection->response;
    if (response->reset) {
        struct linger none = {.l_onoff = 1, .l_linger = 0};
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        return WAIT_ENDED;
    }
    if (response->stall) {
        connection->state = STATE_SILENT;
        return WAIT_NOTHING;
    }
    if (response->close)
        return start_draining(connection);
    connection->state = STATE_READING;
    return WAIT_NOTHING;
}

/* What is to be sent next: the rest of the beginning, then block after block. */
static struct slice next_bytes(const struct connection *connection)
{
    if (connection->out_done < connection->out.len)
        return slice_from(buf_slice(&connection->out), connection->out_done);
    if (connection->blocks_left == 0)
        return SLICE_EMPTY;
    return slice_from(buf_slice(&connection->response.block), connection->out_done - connection->out.len);
}

static void sent(struct connection *connection, size_t bytes)
{
    connection->out_done += bytes;
    connection->listener->origin->stats->bytes_sent += bytes;
    size_t block = connection->response.block.len;
    if (connection->blocks_left == 0 || connection->out_done < connection->out.len + block)
        return;
    connection->out_done = connection->out.len;
    if (connection->blocks_left != UINT64_MAX)
        connection->blocks_left--;
}

static enum wait step_writing(struct connection *connection, int64_t now_ms)
{
    struct slice bytes = next_bytes(connection);
    if (bytes.len == 0)
        return finish_answer(connection);
    unsigned drip_ms = connection->response.drip_ms;
    if (drip_ms > 0) {
        if (now_ms < connection->next_byte_ms)
            return WAIT_TIME;
        bytes.len = 1;
    }
    ssize_t result = transmit(connection, bytes);
    if (result <= 0)
        return wait_of(result);
    sent(connection, (size_t)result);
    connection->next_byte_ms = now_ms + drip_ms;
    return WAIT_NOTHING;
}

static enum wait step_draining(struct connection *connection)
{
    char bytes[READ_BYTES];
    ssize_t result = plain_result(recv(connection->fd, bytes, sizeof bytes, 0), IO_WANTS_READ);
    if (result <= 0)
        return wait_of(result);
    connection->drained += (size_t)result;
    return connection->drained > DRAIN_BYTES_MAX ? WAIT_ENDED : WAIT_NOTHING;
}

static enum wait step(struct connection *connection, int64_t now_ms)
{
    switch (connection->state) {
    case STATE_HANDSHAKE:
        return step_handshake(connection);
    case STATE_FAKE_HANDSHAKE:
        return step_fake_handshake(connection);
    case STATE_READING:
        return step_reading(connection, now_ms);
    case STATE_WRITING:
        return step_writing(connection, now_ms);
    case STATE_SILENT:
        return WAIT_HANGUP;
    case STATE_DRAINING:
        return step_draining(connection);
    }
    abort();
}

enum wait connection_advance(struct connection *connection, int64_t now_ms)
{
    for (int i = 0; i < STEPS_PER_TURN; i++) {
        enum wait wait = step(connection, now_ms);
        if (wait != WAIT_NOTHING)
            return wait;
    }
    return WAIT_NOTHING;
}
