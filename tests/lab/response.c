#include "tests/lab/answer.h"

static const char *reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    default:
        return "Unknown";
    }
}

void response_init(struct response *response)
{
    *response = (struct response){.status = 200};
}

void response_release(struct response *response)
{
    buf_release(&response->headers);
    buf_release(&response->body);
    buf_release(&response->block);
}

static void framing_header(const struct response *response, struct buf *out)
{
    switch (response->framing) {
    case FRAMING_LENGTH:
        buf_printf(out, "Content-Length: %llu\r\n",
                   (unsigned long long)(response->content_length > 0 ? response->content_length : response->body.len));
        break;
    case FRAMING_CHUNKED:
        buf_append_text(out, "Transfer-Encoding: chunked\r\n");
        break;
    case FRAMING_CLOSE:
    case FRAMING_RAW:
        break;
    }
    if (response->close || response->framing == FRAMING_CLOSE)
        buf_append_text(out, "Connection: close\r\n");
}

static void framed_body(const struct response *response, struct buf *out)
{
    if (response->framing != FRAMING_CHUNKED) {
        buf_append_slice(out, buf_slice(&response->body));
        return;
    }
    if (response->body.len > 0) {
        buf_printf(out, "%zx\r\n", response->body.len);
        buf_append_slice(out, buf_slice(&response->body));
        buf_append_text(out, "\r\n");
    }
    if (response->block_times == 0)
        buf_append_text(out, "0\r\n\r\n");
}

void response_serialize(const struct response *response, struct buf *out)
{
    if (response->framing == FRAMING_RAW) {
        buf_append_slice(out, buf_slice(&response->body));
        return;
    }
    buf_printf(out, "HTTP/1.%d %d %s\r\nServer: lab\r\n", response->framing == FRAMING_CLOSE ? 0 : 1, response->status,
               reason_of(response->status));
    if (response->type != NULL)
        buf_printf(out, "Content-Type: %s\r\n", response->type);
    buf_append_slice(out, buf_slice(&response->headers));
    framing_header(response, out);
    buf_append_text(out, "\r\n");
    framed_body(response, out);
}
