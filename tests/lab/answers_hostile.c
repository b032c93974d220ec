#include "tests/lab/answer_parts.h"
#include "tests/lab/site.h"

#define HOSTILE_PATH "/news/1"

/* The page that most crawlers meet among the first. */
static bool is_hostile_page(const struct request *request)
{
    return slice_equal(request->path, SLICE(HOSTILE_PATH));
}

void answer_endless(const struct request *request, struct response *response)
{
    response->type = "text/html";
    response->framing = FRAMING_CHUNKED;
    response->block_times = UINT64_MAX;
    answer_message(request, 200, "Endless", "This page has a beginning.", response);
    static const char line[] = "<p>And on it goes, and on, and on, without ever coming to an end.</p>\n";
    buf_printf(&response->block, "%zx\r\n", (sizeof line - 1) * 256);
    for (int i = 0; i < 256; i++)
        buf_append_text(&response->block, line);
    buf_append_text(&response->block, "\r\n");
}

void answer_bomb(const struct request *request, struct response *response)
{
    (void)request;
    response->type = "text/html";
    response->framing = FRAMING_CHUNKED;
    buf_append_text(&response->headers, "Content-Encoding: gzip\r\n");
    gzip_open(&response->body);
    struct buf zeros = {0};
    gzip_zeros(&zeros);
    buf_printf(&response->block, "%zx\r\n", zeros.len);
    buf_append_slice(&response->block, buf_slice(&zeros));
    buf_append_text(&response->block, "\r\n");
    buf_release(&zeros);
    /* 2.58 MB each. */
    response->block_times = 500;
    response->close = true;
}

void answer_many_headers(const struct request *request, struct response *response)
{
    answer_site(request, response);
    for (int i = 0; i < 10000; i++)
        buf_printf(&response->headers, "X-Filler-%d: nothing in here is of any use\r\n", i);
}

void answer_drip(const struct request *request, struct response *response)
{
    answer_site(request, response);
    response->drip_ms = 250;
}

static void page_with(const char *before, const char *repeated, size_t bytes, const char *after,
                      struct response *response)
{
    response->type = "text/html; charset=utf-8";
    buf_append_text(&response->body, before);
    struct slice part = slice_of(repeated);
    for (size_t done = 0; done < bytes; done += part.len)
        buf_append_slice(&response->body, part);
    buf_append_text(&response->body, after);
}

void answer_huge_attribute(const struct request *request, struct response *response)
{
    if (is_hostile_page(request))
        page_with("<html><body><a href=\"/about\" title=\"", "very long ", 1000000, "\">About</a></body></html>",
                  response);
    else
        answer_site(request, response);
}

void answer_nul_bytes(const struct request *request, struct response *response)
{
    answer_site(request, response);
    if (!is_hostile_page(request))
        return;
    for (size_t i = 0; i < response->body.len; i += 50)
        response->body.data[i] = '\0';
}

void answer_deep_nesting(const struct request *request, struct response *response)
{
    if (is_hostile_page(request))
        page_with("<html><body>", "<div>", 500000, "deep down", response);
    else
        answer_site(request, response);
}

void answer_broken_chunks(const struct request *request, struct response *response)
{
    answer_site(request, response);
    struct buf document = response->body;
    response->body = (struct buf){0};
    response->framing = FRAMING_RAW;
    response->close = true;
    size_t half = document.len / 2;
    buf_printf(&response->body, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n",
               response->type, half);
    buf_append_slice(&response->body, slice_make(document.data, half));
    buf_append_text(&response->body, "\r\nxyz\r\n");
    buf_append_slice(&response->body, slice_from(buf_slice(&document), half));
    buf_release(&document);
}

/* Sends less than it claims. */
static void claim(struct response *response, uint64_t claimed, size_t sent)
{
    response->content_length = claimed;
    if (response->body.len > sent)
        response->body.len = sent;
}

void answer_cut_off(const struct request *request, struct response *response)
{
    answer_site(request, response);
    claim(response, response->body.len, response->body.len / 2);
    response->close = true;
}

void answer_claims_100_megabytes(const struct request *request, struct response *response)
{
    answer_site(request, response);
    claim(response, 100000000, 1000);
    response->stall = true;
}

void answer_bad_status_line(const struct request *request, struct response *response)
{
    (void)request;
    response->framing = FRAMING_RAW;
    response->close = true;
    buf_append_text(&response->body, "HELLO/9.9 fine thanks\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\n");
}

void answer_nothing(const struct request *request, struct response *response)
{
    (void)request;
    response->framing = FRAMING_RAW;
    response->close = true;
}

void answer_reset_after_twenty(const struct request *request, struct response *response)
{
    if (request->https_serial <= 20) {
        answer_site(request, response);
        return;
    }
    response->framing = FRAMING_RAW;
    response->reset = true;
}
