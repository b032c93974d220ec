/* The head of a response, line by line as it arrives, and the header lines that an operator gives. */
#include "base/limits.h"
#include "crawler/fetch_headers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_text(const char *text)
{
    expect(text == NULL || strlen(text) <= LIMIT_HEADER_VALUE_BYTES);
}

static void check_response(const struct fetch_response *response)
{
    expect(response->status >= 0 && response->status <= 999);
    expect(response->retry_after_s >= -1);
    check_text(response->content_type);
    check_text(response->content_encoding);
    check_text(response->location);
    check_text(response->strict_transport_security);
    check_text(response->access_control_allow_origin);
    check_text(response->server);
    expect(response->set_cookie_count <= LIMIT_HEADER_COUNT);
    for (size_t i = 0; i < response->set_cookie_count; i++) {
        expect(response->set_cookies[i] != NULL);
        check_text(response->set_cookies[i]);
    }
}

static void read_head(struct slice rest)
{
    struct fetch_head head = {0};
    struct fetch_response response = {.retry_after_s = -1};
    struct slice line;
    while (slice_next(&rest, '\n', &line) && fetch_head_line(&head, &response, line) == FETCH_HEAD_FINE) {
        if (slice_trim(line).len == 0) {
            fetch_head_finish(&head, &response, 1700000000);
        }
        expect(head.bytes <= LIMIT_HEADER_BYTES && head.lines <= LIMIT_HEADER_COUNT);
    }
    expect(!fetch_head_may_decode(&head) || head.codings <= 1);
    check_response(&response);
    fetch_response_release(&response);
}

static void read_operator_header(struct slice line)
{
    struct fetch_header header;
    if (fetch_header_parse(line, &header, NULL) != 0) {
        return;
    }
    /* What goes on the wire is one line: no way to smuggle a second one in. */
    expect(header.name.len > 0 && header.value.len <= LIMIT_HEADER_VALUE_BYTES);
    expect(slice_find_byte(header.name, ':') == header.name.len);
    expect(slice_find_byte(header.value, '\n') == header.value.len);
    expect(slice_find_byte(header.value, '\r') == header.value.len);
    expect(slice_find_byte(header.value, '\0') == header.value.len);
    expect(!slice_equal_nocase(header.name, SLICE("host")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_make((const char *)data, size);
    read_head(text);
    read_operator_header(text);
    expect(fetch_retry_after_parse(text, 1700000000) >= -1);
    return 0;
}
