#include "crawler/fetch_transfer.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "crawler/fetch_outcome.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_DEFAULT_MS = 30000, RECEIVE_BUFFER_BYTES = 32 << 10 };
/* Long enough to be found by the transfer that brought it. */
#define SYMBOLIC_ROUTE_S 60L

/* ---- The request ---- */

static bool has_only(const char *text, bool spaces)
{
    for (const char *c = text; c != NULL && *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < 0x20 || byte == 0x7f || (byte == ' ' && !spaces)) {
            return false;
        }
    }
    return true;
}

static bool is_hostname(const char *text)
{
    struct slice name = slice_of(text);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '.' && c != '-' && c != '_') {
            return false;
        }
    }
    return name.len > 0 && name.len <= LIMIT_HOSTNAME_BYTES;
}

static int check_request(const struct fetch_request *request, struct err *err)
{
    if (request->address.family == 0 || request->port == 0) {
        return err_set(err, ERR_INTERNAL, "a request without an address or port");
    }
    if (!is_hostname(request->hostname) || (request->sni != NULL && !is_hostname(request->sni))) {
        return err_set(err, ERR_INTERNAL, "a request for something that is no hostname");
    }
    if (request->path_query == NULL || request->path_query[0] != '/' || !has_only(request->path_query, false) ||
        strchr(request->path_query, '#') != NULL) {
        return err_set(err, ERR_INTERNAL, "a request for %s with a malformed path", request->hostname);
    }
    if (!has_only(request->user_agent, true) || !has_only(request->cookie, true)) {
        return err_set(err, ERR_INTERNAL, "a request for %s with control characters in it", request->hostname);
    }
    return 0;
}

static int copy_headers(struct fetch_transfer *transfer, const struct fetch_request *request)
{
    struct fetch_header *copy = arena_alloc(&transfer->response.arena, (request->header_count + 1) * sizeof *copy);
    for (size_t i = 0; copy != NULL && i < request->header_count; i++) {
        const struct fetch_header *header = &request->headers[i];
        copy[i].name = slice_make(arena_copy(&transfer->response.arena, header->name), header->name.len);
        copy[i].value = slice_make(arena_copy(&transfer->response.arena, header->value), header->value.len);
        if (copy[i].name.ptr == NULL || copy[i].value.ptr == NULL) {
            return -1;
        }
    }
    transfer->request.headers = copy;
    return copy != NULL ? 0 : -1;
}

int fetch_transfer_init(struct fetch_transfer *transfer, const struct fetch_request *request,
                        struct fetch_connections *connections, struct err *err)
{
    *transfer = (struct fetch_transfer){.request = *request, .connections = connections, .socket = -1};
    transfer->response.retry_after_s = -1;
    transfer->response.tls.alert = -1;
    buf_init(&transfer->response.body, LIMIT_BODY_BYTES);
    if (check_request(request, err) != 0) {
        return -1;
    }
    struct fetch_request *mine = &transfer->request;
    struct arena *arena = &transfer->response.arena;
    mine->hostname = arena_text(arena, request->hostname);
    mine->sni = request->sni != NULL ? arena_text(arena, request->sni) : mine->hostname;
    mine->path_query = arena_text(arena, request->path_query);
    mine->user_agent = arena_text(arena, request->user_agent != NULL ? request->user_agent : FETCH_USER_AGENT);
    mine->cookie = arena_text(arena, request->cookie);
    mine->timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_DEFAULT_MS;
    if (mine->hostname == NULL || mine->sni == NULL || mine->path_query == NULL || mine->user_agent == NULL ||
        (request->cookie != NULL && mine->cookie == NULL) || copy_headers(transfer, request) != 0) {
        return err_memory(err);
    }
    return 0;
}

static void free_lists(struct fetch_transfer *transfer)
{
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->connect_to);
    curl_slist_free_all(transfer->resolve);
    transfer->headers = transfer->connect_to = transfer->resolve = NULL;
}

void fetch_transfer_release(struct fetch_transfer *transfer)
{
    free_lists(transfer);
    fetch_tls_let_go(transfer->tls);
    fetch_response_release(&transfer->response);
}

/* ---- Sockets: to the planned address and nowhere else ---- */

static bool is_planned(const struct fetch_request *request, const struct curl_sockaddr *to)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    if (to->family == AF_INET && request->address.family == 4 && to->addrlen >= sizeof four) {
        memcpy(&four, &to->addr, sizeof four);
        return four.sin_port == htons(request->port) && memcmp(&four.sin_addr, request->address.bytes, 4) == 0;
    }
    if (to->family == AF_INET6 && request->address.family == 6 && to->addrlen >= sizeof six) {
        memcpy(&six, &to->addr, sizeof six);
        return six.sin6_port == htons(request->port) && memcmp(&six.sin6_addr, request->address.bytes, 16) == 0;
    }
    return false;
}

/* The limiter let the request go on the understanding that it opens one connection, or none. */
static void note_connection(struct fetch_transfer *transfer)
{
    struct fetch_connections *connections = transfer->connections;
    if (transfer->on_kept) {
        fetch_connections_replace_reserved(connections, &transfer->request.address,
                                           fetch_transfer_connection_kind(transfer));
    }
    if ((transfer->on_kept || transfer->response.cost.connections > 0) && connections->limiter != NULL) {
        limiter_connect_anew(connections->limiter, loop_now_ms(connections->loop));
    }
    transfer->on_kept = false;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct fetch_transfer *transfer = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !is_planned(&transfer->request, to)) {
        transfer->local_fault = true;
        return CURL_SOCKET_BAD;
    }
    note_connection(transfer);
    int fd = socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
    if (fd < 0 && (errno == EAFNOSUPPORT || errno == EACCES || errno == EPERM)) {
        return CURL_SOCKET_BAD; /* no such family on this machine: the errno tells */
    }
    if (fd < 0 || fetch_connections_opened(transfer->connections, fd, &transfer->request.address,
                                           fetch_transfer_connection_kind(transfer), transfer) != 0) {
        transfer->local_fault = transfer->response.starved = true;
        if (fd >= 0) {
            close(fd);
        }
        return CURL_SOCKET_BAD;
    }
    transfer->response.cost.connections++;
    transfer->response.new_connection = true;
    return fd;
}

/* Outlives the transfer: a connection is closed when it is closed. */
static int close_socket(void *context, curl_socket_t fd)
{
    fetch_connections_closed(context, fd);
    return close(fd);
}

/* Called before libcurl would look a name up, or turn an address literal into one. Names are never looked up. */
static int forbid_lookup(void *resolver, void *reserved, void *context)
{
    (void)resolver, (void)reserved;
    return ((struct fetch_transfer *)context)->symbolic ? 1 : 0;
}

static CURLcode set_up_tls(CURL *easy, void *ssl_ctx, void *context)
{
    (void)easy;
    struct fetch_transfer *transfer = context;
    fetch_tls_let_go(transfer->tls);
    transfer->response.cost.hellos++;
    transfer->tls = fetch_tls_observe(ssl_ctx, transfer->request.client_certificate, NULL);
    if (transfer->tls == NULL) {
        transfer->local_fault = transfer->response.starved = true;
    }
    return transfer->tls != NULL ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/* ---- What arrives ---- */

static size_t take_header(char *bytes, size_t one, size_t len, void *context)
{
    (void)one;
    struct fetch_transfer *transfer = context;
    struct slice line = slice_make(bytes, len);
    enum fetch_head_verdict verdict = fetch_head_line(&transfer->head, &transfer->response, line);
    if (verdict != FETCH_HEAD_FINE) {
        transfer->head_broken = verdict == FETCH_HEAD_TOO_LARGE;
        transfer->local_fault = transfer->response.starved = verdict == FETCH_HEAD_NO_MEMORY;
        return 0;
    }
    if (slice_trim(line).len == 0) {
        fetch_head_finish(&transfer->head, &transfer->response, clock_wall_s());
        if (!fetch_head_may_decode(&transfer->head)) {
            curl_easy_setopt(transfer->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
        }
    }
    return len;
}

static size_t take_body(char *bytes, size_t one, size_t len, void *context)
{
    (void)one;
    struct fetch_transfer *transfer = context;
    struct buf *body = &transfer->response.body;
    size_t room = LIMIT_BODY_BYTES - body->len;
    struct slice fits = slice_make(bytes, len < room ? len : room);
    if (buf_append_slice(body, fits) != 0) {
        transfer->local_fault = transfer->response.starved = true;
        return 0;
    }
    bool go_on = transfer->on_body == NULL || transfer->on_body(transfer->context, &transfer->response, fits);
    if (!go_on || fits.len < len) {
        transfer->cut = transfer->response.truncated = true;
        return 0;
    }
    return len;
}

/* Compressed bytes need not become any decoded ones: the wire has a bound of its own. */
static int watch_wire(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    (void)total, (void)up_total, (void)up_now;
    struct fetch_transfer *transfer = context;
    transfer->too_large = now > (curl_off_t)LIMIT_BODY_WIRE_BYTES;
    return transfer->too_large ? 1 : 0;
}

/* ---- libcurl's options ---- */

void *fetch_transfer_easy_new(struct fetch_connections *connections)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL) {
        return NULL;
    }
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even one from the environment */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "br, gzip");
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER_BYTES);
    /* Roots that were left on would be read and parsed anew for every connection. */
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up_tls);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, connections);
    curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, forbid_lookup);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch_wire);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    return easy;
}

static int append_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *grown = curl_slist_append(*list, line);
    if (grown == NULL) {
        return -1;
    }
    *list = grown;
    return 0;
}

static int append_operator_headers(struct fetch_transfer *transfer)
{
    struct buf line;
    int status = 0;
    buf_init(&line, 0);
    for (size_t i = 0; i < transfer->request.header_count && status == 0; i++) {
        const struct fetch_header *header = &transfer->request.headers[i];
        buf_reset(&line);
        buf_append_slice(&line, header->name);
        /* libcurl takes "Name:" for a wish to drop the header, and "Name;" for one with an empty value. */
        buf_append_text(&line, header->value.len > 0 ? ": " : ";");
        buf_append_slice(&line, header->value);
        status = line.failed || append_line(&transfer->headers, buf_text(&line)) != 0 ? -1 : 0;
    }
    buf_release(&line);
    return status;
}

static int make_headers(struct fetch_transfer *transfer)
{
    const bool secure = transfer->request.visitor_https;
    char host[LIMIT_HOSTNAME_BYTES + 8];
    snprintf(host, sizeof host, "Host: %s", transfer->request.hostname);
    return append_line(&transfer->headers, host) == 0 &&
                   append_line(&transfer->headers, secure ? "X-Forwarded-Proto: https" : "X-Forwarded-Proto: http") ==
                       0 &&
                   append_line(&transfer->headers, secure ? "CF-Visitor: {\"scheme\":\"https\"}"
                                                          : "CF-Visitor: {\"scheme\":\"http\"}") == 0 &&
                   append_operator_headers(transfer) == 0
               ? 0
               : -1;
}

/* libcurl reuses a connection where scheme, URL host, connect-to host and port are equal, and the URL's host is the
 * name of the TLS session. What else must keep connections apart is told by a made-up connect-to host, one for each
 * combination, which stands for the planned address in a table that comes with the request. */
static uint64_t separation_of(const struct fetch_request *request)
{
    uint64_t mark = hash_mix(hash_slice(slice_of(request->hostname)), hash_slice(slice_of(request->sni)));
    mark = hash_mix(mark, request->connection_group);
    mark = hash_mix(mark, (uint64_t)(uintptr_t)request->client_certificate);
    return hash_mix(mark, hash_bytes(request->address.bytes, sizeof request->address.bytes));
}

uint64_t fetch_transfer_connection_kind(const struct fetch_transfer *transfer)
{
    const struct fetch_request *request = &transfer->request;
    uint64_t kind = hash_mix(separation_of(request), (uint64_t)request->port << 1 | request->https);
    return request->fresh_connection ? 0 : kind | 1;
}

static bool needs_separation(const struct fetch_request *request)
{
    return request->connection_group != 0 || request->client_certificate != NULL ||
           strcmp(request->hostname, request->sni) != 0;
}

static int make_route(struct fetch_transfer *transfer)
{
    const struct fetch_request *request = &transfer->request;
    const char *open = request->address.family == 6 ? "[" : "", *shut = request->address.family == 6 ? "]" : "";
    char address[ADDRESS_TEXT_BYTES], line[2 * ADDRESS_TEXT_BYTES + 64], name[48];
    address_format(&request->address, address);
    transfer->symbolic = needs_separation(request);
    if (!transfer->symbolic) {
        snprintf(line, sizeof line, "::%s%s%s:%u", open, address, shut, request->port);
        return append_line(&transfer->connect_to, line);
    }
    snprintf(name, sizeof name, "%016llx.origin.invalid", (unsigned long long)separation_of(request));
    snprintf(line, sizeof line, "::%s:%u", name, request->port);
    if (append_line(&transfer->connect_to, line) != 0) {
        return -1;
    }
    snprintf(line, sizeof line, "+%s:%u:%s%s%s", name, request->port, open, address, shut);
    return append_line(&transfer->resolve, line);
}

static CURLcode set_request(struct fetch_transfer *transfer, CURL *easy)
{
    const struct fetch_request *request = &transfer->request;
    char url[LIMIT_HOSTNAME_BYTES + 32];
    snprintf(url, sizeof url, "%s://%s:%u/", request->https ? "https" : "http",
             request->https ? request->sni : request->hostname, request->port);
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
    if (code == CURLE_OK) {
        code = curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, request->path_query);
    }
    if (code == CURLE_OK) {
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
    }
    if (code == CURLE_OK) {
        code = curl_easy_setopt(easy, CURLOPT_COOKIE, request->cookie);
    }
    return code;
}

int fetch_transfer_prepare(struct fetch_transfer *transfer, void *easy)
{
    const struct fetch_request *request = &transfer->request;
    const bool fresh = request->fresh_connection;
    const int64_t connect_ms =
        transfer->connect_timeout_ms < request->timeout_ms ? transfer->connect_timeout_ms : request->timeout_ms;
    transfer->easy = easy;
    transfer->response.cost.requests = 1;
    if (make_headers(transfer) != 0 || make_route(transfer) != 0 || set_request(transfer, easy) != CURLE_OK) {
        transfer->local_fault = true;
        return -1;
    }
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->connect_to);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, transfer->resolve);
    /* libcurl keeps every address in its table of names for a minute, and looks through the whole of it at the end of
     * each transfer: with thousands of zones a minute that is most of what a transfer costs. */
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, transfer->symbolic ? SYMBOLIC_ROUTE_S : 0L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long)(request->offer_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)fresh);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, (long)fresh);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error_text);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, transfer);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
    return 0;
}

enum transfer_repeat fetch_transfer_may_repeat(const struct fetch_transfer *transfer, int code)
{
    bool went_away = code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING;
    if (transfer->repeated) {
        return TRANSFER_IS_OVER;
    }
    if (went_away && !transfer->response.new_connection && transfer->head.bytes == 0) {
        return TRANSFER_ON_NEW_CONNECTION;
    }
    bool other_protocol = code == CURLE_SSL_CONNECT_ERROR && fetch_tls_wants_other_protocol(transfer->tls);
    return other_protocol && !transfer->request.offer_http2 ? TRANSFER_OVER_HTTP2 : TRANSFER_IS_OVER;
}

void fetch_transfer_repeat(struct fetch_transfer *transfer, enum transfer_repeat how)
{
    transfer->repeated = true;
    transfer->error_text[0] = '\0';
    if (how == TRANSFER_ON_NEW_CONNECTION) {
        transfer->response.cost.requests++;
        curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
    } else if (how == TRANSFER_OVER_HTTP2) {
        transfer->request.offer_http2 = true;
        curl_easy_setopt(transfer->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    }
}

void *fetch_transfer_untie(struct fetch_transfer *transfer)
{
    void *easy = transfer->easy;
    transfer->easy = NULL;
    if (easy != NULL) {
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, NULL);
        curl_easy_setopt(easy, CURLOPT_RESOLVE, NULL);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, NULL);
    }
    free_lists(transfer);
    return easy;
}

/* ---- The end ---- */

void fetch_transfer_count(struct fetch_transfer *transfer)
{
    struct fetch_cost *cost = &transfer->response.cost;
    curl_off_t body_bytes = 0;
    long header_bytes = 0, request_bytes = 0;
    if (transfer->easy != NULL) {
        curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
        curl_easy_getinfo(transfer->easy, CURLINFO_HEADER_SIZE, &header_bytes);
        curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    }
    cost->bytes =
        (uint64_t)body_bytes + (uint64_t)header_bytes + (uint64_t)request_bytes + fetch_tls_bytes(transfer->tls);
    cost->handshakes = fetch_tls_completed(transfer->tls) ? 1 : 0;
}

static int64_t elapsed_ms(CURL *easy, CURLINFO what)
{
    curl_off_t microseconds = 0;
    return curl_easy_getinfo(easy, what, &microseconds) == CURLE_OK && microseconds > 0 ? microseconds / 1000 : -1;
}

void fetch_transfer_conclude(struct fetch_transfer *transfer, int code)
{
    struct fetch_response *response = &transfer->response;
    const int switching_protocols = 101;
    if (response->status < 200 && response->status != switching_protocols) {
        response->status = 0; /* an interim answer is none */
    }
    response->outcome = fetch_outcome_of(transfer, code);
    response->detail = fetch_outcome_detail(transfer, response->outcome, code);
    if (fetch_tls_report(transfer->tls, &response->tls, &response->arena) != 0) {
        response->outcome = FETCH_LOCAL_FAULT;
    }
    fetch_transfer_count(transfer);
    response->timing = (struct fetch_timing){-1, -1, -1, -1};
    if (transfer->easy != NULL) {
        response->timing.connected_ms = elapsed_ms(transfer->easy, CURLINFO_CONNECT_TIME_T);
        response->timing.tls_ms = elapsed_ms(transfer->easy, CURLINFO_APPCONNECT_TIME_T);
        response->timing.first_byte_ms = elapsed_ms(transfer->easy, CURLINFO_STARTTRANSFER_TIME_T);
        response->timing.total_ms = elapsed_ms(transfer->easy, CURLINFO_TOTAL_TIME_T);
    }
}
