#include "tests/lab/connection.h"

#include <string.h>

#define HEAD_BYTES_MAX 32768

static void take_header(struct slice name, struct slice value, struct request *request, bool *close)
{
    const struct {
        struct slice name;
        struct slice *value;
    } wanted[] = {
        {SLICE("Host"), &request->host},
        {SLICE("User-Agent"), &request->user_agent},
        {SLICE("X-Forwarded-Proto"), &request->forwarded_proto},
        {SLICE("Cookie"), &request->cookie},
        {SLICE("Accept-Encoding"), &request->accept_encoding},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (slice_equal_nocase(name, wanted[i].name))
            *wanted[i].value = value;
    }
    if (slice_equal_nocase(name, SLICE("Connection")) && slice_equal_nocase(value, SLICE("close")))
        *close = true;
    /* A body would be taken for the next request. */
    if (slice_equal_nocase(name, SLICE("Content-Length")) || slice_equal_nocase(name, SLICE("Transfer-Encoding")))
        *close = true;
}

static int take_request_line(struct slice line, struct request *request)
{
    struct slice rest = line;
    if (!slice_next(&rest, ' ', &request->method) || !slice_next(&rest, ' ', &request->path) ||
        request->method.len == 0 || request->path.len == 0 || request->path.ptr[0] != '/')
        return -1;
    return slice_starts_with(rest, SLICE("HTTP/1.")) ? 0 : -1;
}

int request_parse(struct buf *in, struct buf *head, struct request *request, bool *close)
{
    /* A TLS record, for one, does not begin with a letter. */
    if (in->len > 0 && !ascii_is_alpha(in->data[0]))
        return -1;
    size_t end = slice_find(buf_slice(in), SLICE("\r\n\r\n"));
    if (end == in->len)
        return in->len > HEAD_BYTES_MAX ? -1 : 0;
    buf_reset(head);
    buf_append(head, in->data, end);
    size_t taken = end + 4;
    memmove(in->data, in->data + taken, in->len - taken);
    in->len -= taken;
    struct slice rest = buf_slice(head);
    struct slice line = SLICE_EMPTY;
    if (head->failed || !slice_next(&rest, '\n', &line) || take_request_line(slice_trim(line), request) < 0)
        return -1;
    while (slice_next(&rest, '\n', &line)) {
        struct slice value = slice_trim(line);
        struct slice name = SLICE_EMPTY;
        if (slice_next(&value, ':', &name))
            take_header(name, slice_trim(value), request, close);
    }
    request->host = slice_make(request->host.ptr, slice_find_byte(request->host, ':'));
    return 1;
}
