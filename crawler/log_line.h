/* One line of an access log. Two formats, told apart by the first character:
 *
 *   combined and common log format of nginx and Apache, with or without the virtual host before it
 *     [host[:port] ]address ident user [time] "METHOD target HTTP/1.1" status bytes ...
 *   a JSON object with the keys ClientRequestHost, ClientRequestURI or ClientRequestPath, ClientRequestMethod,
 * EdgeResponseStatus or OriginResponseStatus, EdgeStartTimestamp (RFC 3339, or a number of seconds, milli-, micro- or
 * nanoseconds)
 *
 * Other keys are passed over, whatever their values. A parser of its own instead of a library: it keeps pace with a
 * disk (tests/bench/bench_access_log.c holds it against jansson).
 */
#ifndef ORIGINTLS_CRAWLER_LOG_LINE_H
#define ORIGINTLS_CRAWLER_LOG_LINE_H

#include "base/buf.h"

#include <stdint.h>

/* Slices lie in the line, or in `room`. */
struct log_line {
    struct slice host;   /* empty: not said */
    struct slice method; /* "GET" */
    struct slice target; /* as the client sent it: "/a?b", or an absolute URL */
    int status;          /* 0: not said */
    int64_t time_s;      /* seconds since 1970; -1: not said */
};

/* False if the line is malformed or says no method or no target. `room` is emptied and used where escapes are resolved.
 */
bool log_line_parse(struct slice line, struct buf *room, struct log_line *parsed);

#endif
