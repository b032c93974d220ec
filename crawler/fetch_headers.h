/* The head of one response, line by line as it arrives, into a fetch_response. Pure: no socket, no clock. */
#ifndef ORIGINTLS_CRAWLER_FETCH_HEADERS_H
#define ORIGINTLS_CRAWLER_FETCH_HEADERS_H

#include "crawler/fetch.h"

/* Zeroed: nothing was read. Counts over all heads of one fetch, interim ones and trailers included, so that an endless
 * row of them ends at the bounds too. */
struct fetch_head {
    size_t bytes;
    unsigned lines;
    unsigned codings; /* layers of compression on the body, of both kinds */
    bool unknown_coding;
    bool in_body; /* lines that come now are trailers */
    struct slice retry_after;
    struct slice date;
    size_t set_cookie_capacity;
};

enum fetch_head_verdict {
    FETCH_HEAD_FINE,
    FETCH_HEAD_TOO_LARGE, /* more than LIMIT_HEADER_BYTES or LIMIT_HEADER_COUNT */
    FETCH_HEAD_NO_MEMORY
};

/* One line, with or without its line end: a status line begins a new head and forgets the interim one before. */
enum fetch_head_verdict fetch_head_line(struct fetch_head *head, struct fetch_response *response, struct slice line);
/* After the empty line, with the time of now. Fills in `retry_after_s`: a date is counted from the server's own Date,
 * so that its clock may be wrong. */
void fetch_head_finish(struct fetch_head *head, struct fetch_response *response, int64_t now_s);
/* Whether the body may be decoded: there is at most one layer, and it is one that we know. Two layers of compression
 * are how a bomb is built, and a coding that we do not know is the visitor's business, as it is for an edge. */
bool fetch_head_may_decode(const struct fetch_head *head);

/* Seconds from a Retry-After value: a number, or an HTTP date (RFC 9110 section 10.2.3) seen at `now_s`; -1: malformed.
 */
int64_t fetch_retry_after_parse(struct slice value, int64_t now_s);

#endif
