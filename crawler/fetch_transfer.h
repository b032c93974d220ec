/* One GET with libcurl: what is asked, the bounds while it runs, and what its end means. Knows no queue and no multi
 * handle.
 *
 * libcurl's handles are `void *` here, so that its header stays in the sources.
 */
#ifndef ORIGINTLS_CRAWLER_FETCH_TRANSFER_H
#define ORIGINTLS_CRAWLER_FETCH_TRANSFER_H

#include "crawler/fetch.h"
#include "crawler/fetch_connections.h"
#include "crawler/fetch_headers.h"
#include "crawler/fetch_tls.h"

struct curl_slist;

#define TRANSFER_ERROR_TEXT_BYTES 256 /* libcurl's CURL_ERROR_SIZE */

struct fetch_transfer {
    struct fetch_request request;          /* points into the arena of the response, until that is handed over */
    struct fetch_connections *connections; /* borrowed */
    int64_t connect_timeout_ms;
    fetch_body_sink *on_body;
    void *context; /* of `on_body` */

    void *easy; /* NULL before the start and after the end */
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    struct curl_slist *resolve;
    int socket;   /* the last one that it worked on; -1: none yet */
    bool on_kept; /* it was let go because a kept connection is reserved for it */
    struct fetch_head head;
    struct fetch_tls_observation *tls;
    char error_text[TRANSFER_ERROR_TEXT_BYTES];
    bool symbolic;    /* connects to a name that only its own table resolves */
    bool cut;         /* the body was cut on purpose */
    bool head_broken; /* too many or too long headers */
    bool too_large;
    bool repeated;
    bool local_fault;
    struct fetch_response response;
};

/* Copies the request. 0, or -1 with `err` set: malformed, or out of memory. Release in any case. */
int fetch_transfer_init(struct fetch_transfer *transfer, const struct fetch_request *request,
                        struct fetch_connections *connections, struct err *err);
/* Marks requests that may use one connection in turn: never 0, but where it may be neither a used one nor kept. */
uint64_t fetch_transfer_connection_kind(const struct fetch_transfer *transfer);
/* Frees everything but `easy`, which must have been taken back. */
void fetch_transfer_release(struct fetch_transfer *transfer);

/* An easy handle with all that never changes set; NULL when out of memory. It may serve many transfers in turn. */
void *fetch_transfer_easy_new(struct fetch_connections *connections);
/* Makes the easy handle this transfer's. 0, or -1 when out of memory. */
int fetch_transfer_prepare(struct fetch_transfer *transfer, void *easy);
enum transfer_repeat {
    TRANSFER_IS_OVER,
    /* It fell into a kept connection that the server had closed meanwhile: nothing came, so a GET may be asked again
     * (RFC 9110 section 9.2.2). */
    TRANSFER_ON_NEW_CONNECTION,
    /* The server speaks HTTP/2 alone, which the edge would have offered with HTTP/1.1. */
    TRANSFER_OVER_HTTP2
};

/* Whether the end that libcurl's `code` tells of is not the last word. Once a transfer at most. */
enum transfer_repeat fetch_transfer_may_repeat(const struct fetch_transfer *transfer, int code);
/* Makes the easy handle ready for another attempt, on a new connection. */
void fetch_transfer_repeat(struct fetch_transfer *transfer, enum transfer_repeat how);
/* What came of it: fills in `response`. `code` is libcurl's. */
void fetch_transfer_conclude(struct fetch_transfer *transfer, int code);
/* The costs so far: for a transfer that is given up. */
void fetch_transfer_count(struct fetch_transfer *transfer);
/* Unties the easy handle and returns it. */
void *fetch_transfer_untie(struct fetch_transfer *transfer);

#endif
