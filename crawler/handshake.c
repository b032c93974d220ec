#include "crawler/handshake.h"

#include "base/limits.h"
#include "crawler/edge_offer.h"
#include "crawler/fetch_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_BYTES   16384
#define REQUEST_BYTES 4096
#define LINGER_MS     1000 /* how long tickets, or a late refusal, may take */
#define STATUS_BYTES  12   /* "HTTP/1.1 200" */
#define RECEIVED_MAX  (LIMIT_CHAIN_BYTES * 2)

/* What a client of HTTP/2 says that comes and goes in good order: the preface, empty SETTINGS, GOAWAY without an error
 * (RFC 9113, sections 3.4, 6.5 and 6.8). A server that is left without a word drops the session that it kept for us. */
static const char h2_greeting[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                  "\0\0\0\x04\0\0\0\0\0"
                                  "\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";

struct handshake_session {
    SSL_SESSION *session;
};

struct handshake {
    struct loop *loop;
    handshake_done *done;
    void *context;
    struct tcp_connect tcp;
    struct loop_timer deadline;
    int64_t deadline_ms;
    SSL_CTX *ssl_context;
    SSL *ssl;
    struct fetch_tls_observation *observation;
    int fd;
    bool completed;
    bool peer_closed;
    bool resuming;
    bool greeted;                 /* over HTTP/2: the server's SETTINGS are waited for */
    uint64_t written_before_wait; /* to count the times that an answer was waited for */
    char request[REQUEST_BYTES];
    char status_line[STATUS_BYTES + 1];
    size_t status_len;
    struct handshake_result result;
};

void handshake_session_free(struct handshake_session *session)
{
    if (session != NULL) {
        SSL_SESSION_free(session->session);
        free(session);
    }
}

void handshake_cancel(struct handshake *handshake)
{
    if (handshake == NULL) {
        return;
    }
    tcp_connect_cancel(&handshake->tcp);
    loop_timer_clear(handshake->loop, &handshake->deadline);
    if (handshake->fd >= 0) {
        loop_unwatch(handshake->loop, handshake->fd);
        close(handshake->fd);
    }
    SSL_free(handshake->ssl);
    SSL_CTX_free(handshake->ssl_context);
    fetch_tls_let_go(handshake->observation);
    certificate_parsed_release(&handshake->result.tls.parsed);
    arena_release(&handshake->result.memory);
    free(handshake);
}

static enum handshake_session_kind kind_of(const SSL *ssl, const SSL_SESSION *session)
{
    if (!SSL_SESSION_is_resumable(session)) {
        return HANDSHAKE_SESSION_NONE;
    }
    if (SSL_version(ssl) >= TLS1_3_VERSION) {
        return HANDSHAKE_SESSION_PSK;
    }
    return SSL_SESSION_has_ticket(session) ? HANDSHAKE_SESSION_TICKET : HANDSHAKE_SESSION_ID;
}

static void keep_session(struct handshake *handshake)
{
    /* OpenSSL forbids to resume the session of a connection that was freed without a close. */
    SSL_set_shutdown(handshake->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_SESSION *session = SSL_get1_session(handshake->ssl);
    enum handshake_session_kind kind = session != NULL ? kind_of(handshake->ssl, session) : HANDSHAKE_SESSION_NONE;
    struct handshake_session *kept = kind != HANDSHAKE_SESSION_NONE ? malloc(sizeof *kept) : NULL;
    if (kept == NULL) {
        SSL_SESSION_free(session);
        return;
    }
    kept->session = session;
    handshake->result.session = kept;
    handshake->result.session_kind = kind;
}

static void explain(struct handshake *handshake, const char *library_text)
{
    struct buf text = {0};
    if (handshake->result.tcp != TCP_CONNECTED) {
        buf_printf(&text, "no connection: %s", tcp_outcome_name(handshake->result.tcp));
    } else {
        fetch_tls_explain(handshake->observation, slice_of(library_text), &text);
    }
    handshake->result.detail = arena_copy(&handshake->result.memory, buf_slice(&text));
    buf_release(&text);
}

static void finish(struct handshake *handshake, enum handshake_outcome outcome, const char *library_text)
{
    struct handshake_result *result = &handshake->result;
    result->outcome = outcome;
    fetch_tls_report(handshake->observation, &result->tls, &result->memory);
    if (outcome == HANDSHAKE_COMPLETED) {
        result->resumed = SSL_session_reused(handshake->ssl) == 1;
        result->refused_afterwards = result->tls.alert > 0;
        keep_session(handshake);
    } else {
        explain(handshake, library_text);
    }
    handshake->done(handshake->context, result);
    ERR_clear_error();
    handshake_cancel(handshake);
}

/* What OpenSSL has to say goes to the socket. False if the connection is gone. */
static bool flush(struct handshake *handshake)
{
    char *bytes = NULL;
    BIO *out = SSL_get_wbio(handshake->ssl);
    long len = BIO_get_mem_data(out, &bytes);
    long sent = 0;
    while (sent < len) {
        ssize_t put = send(handshake->fd, bytes + sent, (size_t)(len - sent), MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            return false;
        }
        if (put < 0) {
            break;
        }
        sent += put;
    }
    char chunk[CHUNK_BYTES];
    for (long left = sent; left > 0;) {
        int taken = BIO_read(out, chunk, left < CHUNK_BYTES ? (int)left : CHUNK_BYTES);
        left = taken > 0 ? left - taken : 0;
    }
    return true;
}

static void on_ready(void *context, int fd, unsigned events);

static int watch(struct handshake *handshake)
{
    unsigned events = LOOP_READ | (BIO_pending(SSL_get_wbio(handshake->ssl)) > 0 ? LOOP_WRITE : 0);
    return loop_watch(handshake->loop, handshake->fd, events, on_ready, handshake, NULL);
}

static void note_wait(struct handshake *handshake)
{
    uint64_t written = BIO_number_written(SSL_get_wbio(handshake->ssl));
    if (!handshake->completed && written > handshake->written_before_wait) {
        handshake->written_before_wait = written;
        handshake->result.round_trips++;
    }
}

static bool is_status_complete(struct handshake *handshake)
{
    int status = 0;
    if (handshake->status_len < STATUS_BYTES) {
        return false;
    }
    if (sscanf(handshake->status_line, "HTTP/1.%*1d %3d", &status) == 1) {
        handshake->result.http_status = status;
    }
    return true;
}

/* Behind the handshake: tickets come on their own, and application data ends the wait. True if it is over. */
static bool read_behind(struct handshake *handshake)
{
    char chunk[CHUNK_BYTES];
    bool asked = handshake->request[0] != '\0';
    int got = SSL_read(handshake->ssl, chunk, sizeof chunk);
    if (got <= 0) {
        int reason = SSL_get_error(handshake->ssl, got);
        return reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE;
    }
    for (int i = 0; i < got && handshake->status_len < STATUS_BYTES; i++) {
        handshake->status_line[handshake->status_len++] = chunk[i];
    }
    return !asked || is_status_complete(handshake);
}

/* Nothing more is to be learnt behind the handshake: only TLS 1.3 says something there on its own, which is the tickets
 * and whether a client certificate was missed. */
static bool has_all_it_wants(struct handshake *handshake)
{
    if (handshake->request[0] != '\0' || handshake->greeted ||
        fetch_tls_wants_client_certificate(handshake->observation)) {
        return false;
    }
    return handshake->resuming || SSL_version(handshake->ssl) < TLS1_3_VERSION ||
           SSL_SESSION_is_resumable(SSL_get0_session(handshake->ssl)) == 1;
}

static void complete(struct handshake *handshake)
{
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;
    handshake->completed = true;
    handshake->result.bytes_read = BIO_number_read(SSL_get_rbio(handshake->ssl));
    handshake->result.bytes_written = BIO_number_written(SSL_get_wbio(handshake->ssl));
    SSL_get0_alpn_selected(handshake->ssl, &alpn, &alpn_len);
    if (alpn_len == 2 && memcmp(alpn, "h2", 2) == 0) {
        handshake->request[0] = '\0';
        handshake->greeted = !handshake->resuming;
    }
    if (handshake->greeted) {
        SSL_write(handshake->ssl, h2_greeting, sizeof h2_greeting - 1);
    }
    if (handshake->request[0] != '\0') {
        SSL_write(handshake->ssl, handshake->request, (int)strlen(handshake->request));
    }
    int64_t left_ms = handshake->deadline_ms - loop_now_ms(handshake->loop);
    int64_t linger_ms = handshake->request[0] == '\0' && left_ms > LINGER_MS ? LINGER_MS : left_ms;
    loop_timer_set(handshake->loop, &handshake->deadline, linger_ms > 0 ? linger_ms : 0, NULL);
}

/* Goes on as far as it can. True if it is over, and freed. */
static bool proceed(struct handshake *handshake)
{
    char text[256] = "";
    bool over = false;
    ERR_clear_error();
    if (!handshake->completed) {
        int result = SSL_do_handshake(handshake->ssl);
        int reason = result == 1 ? SSL_ERROR_NONE : SSL_get_error(handshake->ssl, result);
        if (result == 1) {
            complete(handshake);
            over = has_all_it_wants(handshake);
        } else if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
            ERR_error_string_n(ERR_peek_error(), text, sizeof text);
            flush(handshake);
            finish(handshake, HANDSHAKE_FAILED, text);
            return true;
        }
    }
    if (!flush(handshake) && !handshake->completed) {
        finish(handshake, HANDSHAKE_FAILED, "reset by peer");
        return true;
    }
    note_wait(handshake);
    while (handshake->completed && !over) {
        int pending_before = BIO_pending(SSL_get_rbio(handshake->ssl));
        over = read_behind(handshake) || has_all_it_wants(handshake);
        if (BIO_pending(SSL_get_rbio(handshake->ssl)) == pending_before) {
            break;
        }
    }
    if (handshake->completed && (over || handshake->peer_closed)) {
        SSL_shutdown(handshake->ssl);
        flush(handshake);
        finish(handshake, HANDSHAKE_COMPLETED, "");
        return true;
    }
    return false;
}

/* From the socket to OpenSSL. False if the connection is at its end; *reset says how. */
static bool receive(struct handshake *handshake, bool *reset)
{
    char chunk[CHUNK_BYTES];
    for (;;) {
        ssize_t got = recv(handshake->fd, chunk, sizeof chunk, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return true;
        }
        *reset = got < 0;
        if (got <= 0 || BIO_pending(SSL_get_rbio(handshake->ssl)) > (int)RECEIVED_MAX) {
            return false;
        }
        BIO_write(SSL_get_rbio(handshake->ssl), chunk, (int)got);
    }
}

static void on_ready(void *context, int fd, unsigned events)
{
    struct handshake *handshake = context;
    bool reset = false;
    (void)fd;
    if ((events & (LOOP_READ | LOOP_ERROR)) != 0) {
        handshake->peer_closed = !receive(handshake, &reset);
    }
    if (proceed(handshake)) {
        return;
    }
    if (handshake->peer_closed || watch(handshake) != 0) {
        finish(handshake, HANDSHAKE_FAILED, reset ? "reset by peer" : "unexpected eof");
    }
}

static void on_deadline(void *context)
{
    struct handshake *handshake = context;
    handshake->result.timed_out = !handshake->completed;
    finish(handshake, handshake->completed ? HANDSHAKE_COMPLETED : HANDSHAKE_FAILED, "timed out");
}

static void on_connected(void *context, enum tcp_outcome outcome, int fd)
{
    struct handshake *handshake = context;
    handshake->result.tcp = outcome;
    handshake->fd = fd;
    if (outcome != TCP_CONNECTED) {
        finish(handshake, HANDSHAKE_NO_CONNECTION, "");
        return;
    }
    int64_t left_ms = handshake->deadline_ms - loop_now_ms(handshake->loop);
    loop_timer_set(handshake->loop, &handshake->deadline, left_ms > 0 ? left_ms : 0, NULL);
    if (!proceed(handshake) && watch(handshake) != 0) {
        handshake->result.tcp = TCP_LOCAL_FAULT;
        finish(handshake, HANDSHAKE_NO_CONNECTION, "");
    }
}

static bool set_up_ssl(struct handshake *handshake, const struct handshake_request *request)
{
    static const unsigned char alpn[] = "\x02h2\x08http/1.1";
    SSL *ssl = handshake->ssl;
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, in, out);
    if (in == NULL || out == NULL) {
        return false;
    }
    BIO_set_mem_eof_return(in, -1);
    SSL_set_connect_state(ssl);
    if (request->sni != NULL && SSL_set_tlsext_host_name(ssl, request->sni) != 1) {
        return false;
    }
    if (request->version_max != 0 && SSL_set_max_proto_version(ssl, request->version_max) != 1) {
        return false;
    }
    if (request->without_tickets) {
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
    }
    const unsigned char *protocols = request->offer_h2 ? alpn : alpn + 3;
    unsigned protocols_len = (unsigned)(sizeof alpn - 1) - (request->offer_h2 ? 0 : 3);
    return SSL_set_alpn_protos(ssl, protocols, protocols_len) == 0 &&
           (request->resume == NULL || SSL_set_session(ssl, request->resume->session) == 1);
}

static int set_up(struct handshake *handshake, const struct handshake_request *request, struct err *err)
{
    handshake->ssl_context = SSL_CTX_new(TLS_client_method());
    if (handshake->ssl_context == NULL) {
        return err_memory(err);
    }
    handshake->observation = fetch_tls_observe(handshake->ssl_context, request->client_certificate, err);
    if (handshake->observation == NULL) {
        return -1;
    }
    handshake->ssl = SSL_new(handshake->ssl_context);
    if (handshake->ssl == NULL || !set_up_ssl(handshake, request)) {
        ERR_clear_error();
        return err_set(err, ERR_INTERNAL, "OpenSSL does not take the offer for this handshake");
    }
    return 0;
}

struct handshake *handshake_start(struct loop *loop, const struct handshake_request *request, handshake_done *done,
                                  void *context, struct err *err)
{
    struct handshake *handshake = calloc(1, sizeof *handshake);
    if (handshake == NULL) {
        err_memory(err);
        return NULL;
    }
    handshake->loop = loop;
    handshake->done = done;
    handshake->context = context;
    handshake->fd = -1;
    handshake->resuming = request->resume != NULL;
    handshake->deadline = (struct loop_timer){.callback = on_deadline, .context = handshake};
    handshake->deadline_ms = loop_now_ms(loop) + request->timeout_ms;
    if (request->http_request != NULL) {
        snprintf(handshake->request, sizeof handshake->request, "%s", request->http_request);
    }
    if (set_up(handshake, request, err) != 0) {
        handshake_cancel(handshake);
        return NULL;
    }
    tcp_connect_start(&handshake->tcp, loop, &request->address, request->port, request->timeout_ms, on_connected,
                      handshake);
    return handshake;
}
