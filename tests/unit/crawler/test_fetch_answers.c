/* What a fetch makes of what an origin sends: a table of scripted answers. */
#include "base/limits.h"
#include "tests/support/scripted_server.h"
#include "tests/unit/crawler/fetch_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include <cmocka.h>

struct script {
    const char *answer;
    size_t answer_len; /* 0: of the text */
    enum { THEN_CLOSE, THEN_RESET, THEN_HANG } then;
};

/* Text with NUL bytes in it, and its length. */
#define BYTES(literal) literal, sizeof(literal) - 1

static void play(struct scripted_connection *connection, void *context)
{
    const struct script *script = context;
    char request[8192];
    if (!scripted_read_request(connection, request, sizeof request)) {
        return;
    }
    scripted_write(connection, script->answer, script->answer_len > 0 ? script->answer_len : strlen(script->answer));
    if (script->then == THEN_RESET) {
        scripted_reset(connection);
    } else if (script->then == THEN_HANG) {
        scripted_hang(connection);
    }
}

static struct fetch_response get_scripted(const struct script *script, bool https)
{
    const struct scripted_tls tls = {0};
    struct script copy = *script;
    struct scripted_options options = {.serve = play, .context = &copy, .tls = https ? &tls : NULL};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), https);
    request.timeout_ms = script->then == THEN_HANG ? 300 : 5000;
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
    scripted_server_stop(server);
    return response;
}

static void check_answer(const char *sentence, const struct script *script, enum fetch_outcome outcome, int status,
                         const char *body)
{
    for (int https = 0; https <= 1; https++) {
        struct fetch_response response = get_scripted(script, https == 1);
        bool same_body = body == NULL || strcmp(buf_text(&response.body), body) == 0;
        if (response.outcome != outcome || response.status != status || !same_body ||
            (outcome == FETCH_ANSWERED) != (response.detail == NULL)) {
            fail_msg("%s (%s): outcome %s, status %d, detail %s, body '%.60s'", sentence, https == 1 ? "https" : "http",
                     fetch_outcome_name(response.outcome), response.status,
                     response.detail != NULL ? response.detail : "none", buf_text(&response.body));
        }
        fetch_response_release(&response);
    }
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct script script;
        enum fetch_outcome outcome;
        int status;
        const char *body;
    } rows[] = {
        {"a small page with a length",
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         200,
         "hello"},
        {"a page in chunks",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         200,
         "hello world"},
        {"a page that ends with the connection",
         {"HTTP/1.0 200 OK\r\n\r\nuntil the end", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         200,
         "until the end"},
        {"a status without a reason",
         {"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         404,
         ""},
        {"a redirect is an answer and is not followed",
         {"HTTP/1.1 301 Moved\r\nLocation: http://203.0.113.9/\r\nContent-Length: 0\r\n\r\n", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         301,
         ""},
        {"an interim answer comes before the real one",
         {"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         204,
         ""},
        {"a server error is an answer",
         {"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         503,
         "busy"},
        {"NUL bytes in a body are content",
         {BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b"), THEN_CLOSE},
         FETCH_ANSWERED,
         200,
         "a"},
        {"a body that ends before its length",
         {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 0, THEN_CLOSE},
         FETCH_BROKEN,
         200,
         "hello"},
        {"a body cut off by a reset",
         {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 0, THEN_RESET},
         FETCH_BROKEN,
         200,
         NULL},
        {"chunks that are no chunks",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", 0, THEN_CLOSE},
         FETCH_BROKEN,
         200,
         NULL},
        {"chunks without an end",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 0, THEN_CLOSE},
         FETCH_BROKEN,
         200,
         "hello"},
        {"no HTTP at all", {"SSH-2.0-OpenSSH_9.2\r\n", 0, THEN_CLOSE}, FETCH_BROKEN, 0, ""},
        {"HTTP/0.9", {"<html>hello</html>", 0, THEN_CLOSE}, FETCH_BROKEN, 0, ""},
        {"a status line with letters for digits", {"HTTP/1.1 abc OK\r\n\r\n", 0, THEN_CLOSE}, FETCH_BROKEN, 0, ""},
        {"a NUL byte in a header",
         {BYTES("HTTP/1.1 200 OK\r\nX-Bad: a\0b\r\nContent-Length: 0\r\n\r\n"), THEN_CLOSE},
         FETCH_BROKEN,
         200,
         NULL},
        {"a negative length",
         {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", 0, THEN_CLOSE},
         FETCH_BROKEN,
         200,
         NULL},
        {"a broken compression",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot any gzip", 0, THEN_CLOSE},
         FETCH_BROKEN,
         200,
         ""},
        {"a coding that nobody knows is left as it is",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: utf-8\r\nContent-Length: 5\r\n\r\nhello", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         200,
         "hello"},
        {"two layers of compression are not taken off",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 5\r\n\r\nhello", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         200,
         "hello"},
        {"an interim answer and no more", {"HTTP/1.1 103 Early Hints\r\n\r\n", 0, THEN_CLOSE}, FETCH_EMPTY, 0, ""},
        {"a head without an end",
         {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", 0, THEN_CLOSE},
         FETCH_BROKEN,
         200,
         ""},
        {"half a line", {"HTTP/1.1 200 OK", 0, THEN_CLOSE}, FETCH_EMPTY, 0, ""},
        {"a switch of protocols that nobody asked for",
         {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes", 0, THEN_CLOSE},
         FETCH_ANSWERED,
         101,
         NULL},
        {"closed without an answer", {"", 0, THEN_CLOSE}, FETCH_EMPTY, 0, ""},
        {"reset without an answer", {"", 0, THEN_RESET}, FETCH_RESET, 0, ""},
        {"silence behind a good connection", {"", 0, THEN_HANG}, FETCH_TIMEOUT, 0, ""},
        {"a body that stops in the middle",
         {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 0, THEN_HANG},
         FETCH_TIMEOUT,
         200,
         "hello"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_answer(rows[i].sentence, &rows[i].script, rows[i].outcome, rows[i].status, rows[i].body);
    }
}

static void test_headers_of_interest(void **state)
{
    (void)state;
    const struct script script = {
        "HTTP/1.1 429 Slow down\r\nContent-Type: text/html; charset=utf-8\r\nSERVER: tiny\r\nset-cookie: a=1; "
        "Path=/\r\n"
        "Set-Cookie: b=2\r\nlocation:  /next \r\nStrict-Transport-Security: max-age=60\r\nRetry-After: 120\r\n"
        "Access-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n",
        0, THEN_CLOSE};
    struct fetch_response response = get_scripted(&script, false);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    assert_int_equal(response.status, 429);
    assert_string_equal(response.content_type, "text/html; charset=utf-8");
    assert_string_equal(response.server, "tiny");
    assert_string_equal(response.location, "/next");
    assert_string_equal(response.strict_transport_security, "max-age=60");
    assert_string_equal(response.access_control_allow_origin, "*");
    assert_null(response.content_encoding);
    assert_int_equal(response.retry_after_s, 120);
    assert_int_equal(response.set_cookie_count, 2);
    assert_string_equal(response.set_cookies[0], "a=1; Path=/");
    assert_string_equal(response.set_cookies[1], "b=2");
    assert_true(response.new_connection);
    assert_int_equal(response.cost.requests, 1);
    assert_int_equal(response.cost.connections, 1);
    assert_int_equal(response.cost.hellos, 0);
    assert_true(response.cost.bytes > 300);
    fetch_response_release(&response);
}

/* ---- Bounds ---- */

static void test_long_header_value_is_cut(void **state)
{
    (void)state;
    struct buf answer;
    buf_init(&answer, 0);
    buf_append_text(&answer, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /");
    for (size_t i = 0; i < LIMIT_HEADER_VALUE_BYTES + 100; i++) {
        buf_append_byte(&answer, 'a');
    }
    buf_append_text(&answer, "\r\n\r\n");
    const struct script script = {answer.data, answer.len, THEN_CLOSE};
    struct fetch_response response = get_scripted(&script, false);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    assert_int_equal(strlen(response.location), LIMIT_HEADER_VALUE_BYTES);
    fetch_response_release(&response);
    buf_release(&answer);
}

static void flood(struct scripted_connection *connection, void *context)
{
    const char *const *parts = context; /* head, and what is repeated until the client goes */
    char request[8192];
    if (!scripted_read_request(connection, request, sizeof request) || !scripted_write_text(connection, parts[0])) {
        return;
    }
    while (scripted_write_text(connection, parts[1])) {
    }
}

static struct fetch_response get_flooded(const char *head, const char *repeated)
{
    const char *parts[] = {head, repeated};
    struct scripted_options options = {.serve = flood, .context = parts};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
    scripted_server_stop(server);
    return response;
}

static void test_endless_body_is_cut(void **state)
{
    (void)state;
    struct fetch_response response = get_flooded("HTTP/1.1 200 OK\r\n\r\n", "0123456789abcdef0123456789abcdef");
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    assert_true(response.truncated);
    assert_int_equal(response.body.len, LIMIT_BODY_BYTES);
    fetch_response_release(&response);
}

static void test_endless_headers_are_broken(void **state)
{
    (void)state;
    struct fetch_response response = get_flooded("HTTP/1.1 200 OK\r\n", "X-One-More: of many\r\n");
    assert_int_equal(response.outcome, FETCH_BROKEN);
    assert_string_equal(response.detail, "the response has more header lines than are read");
    fetch_response_release(&response);
    response = get_flooded("HTTP/1.1 200 OK\r\nX-Long: ", "and on and on and on and on and on and on and on and on");
    assert_int_equal(response.outcome, FETCH_BROKEN);
    fetch_response_release(&response);
}

static void test_endless_interim_answers_are_broken(void **state)
{
    (void)state;
    struct fetch_response response = get_flooded("", "HTTP/1.1 100 Continue\r\n\r\n");
    assert_int_equal(response.outcome, FETCH_BROKEN);
    fetch_response_release(&response);
}

static void test_endless_trailers_are_broken(void **state)
{
    (void)state;
    struct fetch_response response =
        get_flooded("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "X-One-More: of many\r\n");
    assert_int_equal(response.outcome, FETCH_BROKEN);
    fetch_response_release(&response);
}

/* gzip of `size` equal bytes */
static struct buf compress_bytes(size_t size)
{
    struct buf out;
    buf_init(&out, 0);
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    static unsigned char zeros[1 << 16], packed[1 << 16];
    memset(zeros, '0', sizeof zeros);
    for (size_t done = 0; done < size; done += sizeof zeros) {
        stream.next_in = zeros;
        stream.avail_in = sizeof zeros;
        int flush = done + sizeof zeros >= size ? Z_FINISH : Z_NO_FLUSH;
        do {
            stream.next_out = packed;
            stream.avail_out = sizeof packed;
            deflate(&stream, flush);
            buf_append(&out, packed, sizeof packed - stream.avail_out);
        } while (stream.avail_out == 0);
    }
    deflateEnd(&stream);
    return out;
}

static struct fetch_response get_compressed(size_t size)
{
    struct buf packed = compress_bytes(size), answer;
    buf_init(&answer, 0);
    buf_printf(&answer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", packed.len);
    buf_append(&answer, packed.data, packed.len);
    const struct script script = {answer.data, answer.len, THEN_CLOSE};
    struct fetch_response response = get_scripted(&script, false);
    buf_release(&packed);
    buf_release(&answer);
    return response;
}

static void test_compression_is_taken_off(void **state)
{
    (void)state;
    struct fetch_response response = get_compressed(LIMIT_BODY_BYTES);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    assert_int_equal(response.body.len, LIMIT_BODY_BYTES);
    assert_false(response.truncated);
    assert_string_equal(response.content_encoding, "gzip");
    assert_true(response.cost.bytes < 20000);
    fetch_response_release(&response);
}

static void test_decompression_bomb_is_cut(void **state)
{
    (void)state;
    struct fetch_response response = get_compressed((size_t)256 << 20);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    assert_true(response.truncated);
    assert_int_equal(response.body.len, LIMIT_BODY_BYTES);
    /* The whole bomb has some 260 kB; it was not read to its end. */
    assert_true(response.cost.bytes < 200000);
    fetch_response_release(&response);
}

/* Stored deflate blocks of length zero: bytes that decompress to nothing, without end. */
static void flood_empty_blocks(struct scripted_connection *connection, void *context)
{
    (void)context;
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    static unsigned char blocks[5 * 4096];
    for (size_t i = 0; i < sizeof blocks; i += 5) {
        blocks[i] = blocks[i + 1] = blocks[i + 2] = 0;
        blocks[i + 3] = blocks[i + 4] = 0xff;
    }
    char request[8192];
    if (scripted_read_request(connection, request, sizeof request) &&
        scripted_write_text(connection, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n") &&
        scripted_write(connection, head, sizeof head)) {
        while (scripted_write(connection, blocks, sizeof blocks)) {
        }
    }
}

static void test_bytes_that_decompress_to_nothing(void **state)
{
    (void)state;
    struct scripted_options options = {.serve = flood_empty_blocks};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
    assert_int_equal(response.outcome, FETCH_TOO_LARGE);
    assert_int_equal(response.body.len, 0);
    assert_true(response.cost.bytes < 2 * LIMIT_BODY_WIRE_BYTES);
    fetch_response_release(&response);
    scripted_server_stop(server);
}

static void drip(struct scripted_connection *connection, void *context)
{
    (void)context;
    char request[8192];
    if (!scripted_read_request(connection, request, sizeof request) ||
        !scripted_write_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")) {
        return;
    }
    struct timespec pause = {0, 20000000};
    while (scripted_write_text(connection, ".")) {
        nanosleep(&pause, NULL);
    }
}

static void test_slow_drip_ends_with_the_time(void **state)
{
    (void)state;
    struct scripted_options options = {.serve = drip};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    request.timeout_ms = 400;
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
    assert_int_equal(response.outcome, FETCH_TIMEOUT);
    assert_int_equal(response.status, 200);
    assert_true(response.body.len > 0);
    fetch_response_release(&response);
    scripted_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_headers_of_interest),
        cmocka_unit_test(test_long_header_value_is_cut),
        cmocka_unit_test(test_endless_body_is_cut),
        cmocka_unit_test(test_endless_headers_are_broken),
        cmocka_unit_test(test_endless_interim_answers_are_broken),
        cmocka_unit_test(test_endless_trailers_are_broken),
        cmocka_unit_test(test_compression_is_taken_off),
        cmocka_unit_test(test_decompression_bomb_is_cut),
        cmocka_unit_test(test_bytes_that_decompress_to_nothing),
        cmocka_unit_test(test_slow_drip_ends_with_the_time),
    };
    return cmocka_run_group_tests(tests, fetch_rig_set_up, fetch_rig_tear_down);
}
