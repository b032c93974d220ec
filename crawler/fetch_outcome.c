#include "crawler/fetch_outcome.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "crawler/route.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

static enum fetch_outcome outcome_of_connect(const struct fetch_transfer *transfer)
{
    long error = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
    switch (error) {
    case ECONNREFUSED:
        return FETCH_REFUSED;
    case ETIMEDOUT:
        return FETCH_CONNECT_TIMEOUT;
    case ECONNRESET:
        return FETCH_REFUSED; /* a firewall's way of closing a port */
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EADDRNOTAVAIL:
        return route_exists(&transfer->request.address) ? FETCH_UNREACHABLE : FETCH_NO_ROUTE;
    case EACCES:
    case EPERM:
    case EAFNOSUPPORT:
        return FETCH_NO_ROUTE; /* forbidden or impossible on this machine */
    default:
        return FETCH_UNREACHABLE;
    }
}

/* A server that wanted a certificate says so by an alert or by going away, and in TLS 1.3 only after the client's side
 * of the handshake is complete. */
static enum fetch_outcome or_certificate(const struct fetch_transfer *transfer, enum fetch_outcome outcome)
{
    bool unanswered = transfer->response.status == 0;
    return unanswered && fetch_tls_wants_client_certificate(transfer->tls) ? FETCH_CLIENT_CERTIFICATE_REQUIRED
                                                                           : outcome;
}

/* libcurl stamps the time of the TCP connection only when TLS has come about too; but TLS begins only on one. */
static bool has_connected(const struct fetch_transfer *transfer)
{
    if (transfer->tls != NULL || !transfer->response.new_connection) {
        return true;
    }
    curl_off_t connected_us = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    return connected_us > 0;
}

/* That is also what libcurl calls a header line beyond its own bound. */
static enum fetch_outcome outcome_of_memory(const struct fetch_transfer *transfer)
{
    return has_connected(transfer) ? FETCH_BROKEN : FETCH_LOCAL_FAULT;
}

static enum fetch_outcome outcome_of_timeout(const struct fetch_transfer *transfer)
{
    if (!has_connected(transfer)) {
        return FETCH_CONNECT_TIMEOUT;
    }
    bool in_handshake = transfer->tls != NULL && !fetch_tls_completed(transfer->tls);
    return in_handshake ? FETCH_TLS_FAILED : FETCH_TIMEOUT;
}

/* libcurl is content with a head that the end of the connection cuts off. */
static bool has_whole_head(const struct fetch_transfer *transfer)
{
    const int switching_protocols = 101;
    return transfer->head.in_body || transfer->response.status == switching_protocols;
}

static enum fetch_outcome outcome_of_code(const struct fetch_transfer *transfer, int code)
{
    switch (code) {
    case CURLE_OK:
        return has_whole_head(transfer) ? FETCH_ANSWERED : FETCH_BROKEN;
    case CURLE_COULDNT_CONNECT:
        return outcome_of_connect(transfer);
    case CURLE_OPERATION_TIMEDOUT:
        return outcome_of_timeout(transfer);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
        return or_certificate(transfer, FETCH_TLS_FAILED);
    case CURLE_GOT_NOTHING:
        return or_certificate(transfer, FETCH_EMPTY);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return or_certificate(transfer, transfer->response.status == 0 ? FETCH_RESET : FETCH_BROKEN);
    case CURLE_OUT_OF_MEMORY:
        return outcome_of_memory(transfer);
    case CURLE_FAILED_INIT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_ENGINE_INITFAILED:
        return FETCH_LOCAL_FAULT;
    default:
        return FETCH_BROKEN;
    }
}

enum fetch_outcome fetch_outcome_of(const struct fetch_transfer *transfer, int code)
{
    if (transfer->local_fault) {
        return FETCH_LOCAL_FAULT;
    }
    if (transfer->head_broken) {
        return FETCH_BROKEN;
    }
    if (transfer->cut) {
        return FETCH_ANSWERED;
    }
    if (transfer->too_large) {
        return FETCH_TOO_LARGE;
    }
    return outcome_of_code(transfer, code);
}

/* Sentences that need no more than the outcome; NULL for those that do. */
static const char *fixed_sentence(enum fetch_outcome outcome)
{
    switch (outcome) {
    case FETCH_ANSWERED:
        return NULL;
    case FETCH_REFUSED:
        return "the port is closed: the connection was refused";
    case FETCH_CONNECT_TIMEOUT:
        return "nothing answered the attempt to connect in time";
    case FETCH_UNREACHABLE:
        return "the network says that the address cannot be reached";
    case FETCH_NO_ROUTE:
        return "this machine has no route to such an address";
    case FETCH_TLS_FAILED:
        return NULL;
    case FETCH_CLIENT_CERTIFICATE_REQUIRED:
        return "the server refuses clients without a certificate";
    case FETCH_TIMEOUT:
        return "connected, but no whole response came in time";
    case FETCH_RESET:
        return "the server cut the connection off before it answered";
    case FETCH_BROKEN:
        return NULL;
    case FETCH_EMPTY:
        return "the server closed the connection without an answer";
    case FETCH_TOO_LARGE:
        return "more bytes came over the wire than are read for one page";
    case FETCH_LOCAL_FAULT:
        return NULL;
    }
    return NULL;
}

static void append_library_text(const struct fetch_transfer *transfer, int code, struct buf *out)
{
    const char *text = transfer->error_text[0] != '\0' ? transfer->error_text : curl_easy_strerror((CURLcode)code);
    utf8_append_visible(out, slice_of(text));
}

static void explain(const struct fetch_transfer *transfer, enum fetch_outcome outcome, int code, struct buf *out)
{
    if (outcome == FETCH_TLS_FAILED) {
        fetch_tls_explain(transfer->tls, slice_of(transfer->error_text), out);
    } else if (outcome == FETCH_LOCAL_FAULT) {
        buf_append_text(out, "this machine could not make the request: ");
        append_library_text(transfer, code, out);
    } else if (transfer->head_broken || code == CURLE_OUT_OF_MEMORY) {
        buf_append_text(out, "the response has more header lines than are read");
    } else if (code == CURLE_OK) {
        buf_append_text(out, "the response is malformed: its head has no end");
    } else {
        buf_append_text(out, "the response is malformed: ");
        append_library_text(transfer, code, out);
    }
}

const char *fetch_outcome_detail(struct fetch_transfer *transfer, enum fetch_outcome outcome, int code)
{
    const char *fixed = fixed_sentence(outcome);
    if (fixed != NULL || outcome == FETCH_ANSWERED) {
        return fixed;
    }
    struct buf sentence;
    buf_init(&sentence, LIMIT_DETAIL_BYTES * 2);
    explain(transfer, outcome, code, &sentence);
    struct slice kept = buf_slice(&sentence);
    kept.len = kept.len > LIMIT_DETAIL_BYTES ? LIMIT_DETAIL_BYTES : kept.len;
    const char *text = arena_copy(&transfer->response.arena, kept);
    buf_release(&sentence);
    return text;
}
