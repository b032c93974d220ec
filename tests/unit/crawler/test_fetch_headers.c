/* Retry-After, and which bodies may be decoded. */
#include "crawler/fetch_headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_retry_after(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t seconds;
    } rows[] = {
        {"0", 0},
        {"120", 120},
        {" 7 ", 7},
        {"999999999", 999999999},
        {"9999999999", 999999999},
        {"99999999999999999999999999999", 999999999},
        {"-5", -1},
        {"1.5", -1},
        {"12 s", -1},
        {"", -1},
        {"soon", -1},
        /* now is Sun, 06 Nov 1994 08:49:00 GMT; the three forms of RFC 9110 section 5.6.7 */
        {"Sun, 06 Nov 1994 08:49:37 GMT", 37},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 37},
        {"Sun Nov  6 08:49:37 1994", 37},
        {"Sun, 06 Nov 1994 08:48:37 GMT", 0},
        {"Sun, 06 Nov 1994", 0}, /* a date alone is its midnight */
        {"Sun, 99 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT and a tail that is far too long for any date at all", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t seconds = fetch_retry_after_parse(slice_of(rows[i].value), 784111740);
        if (seconds != rows[i].seconds) {
            fail_msg("'%s' gives %lld", rows[i].value, (long long)seconds);
        }
    }
}

static struct fetch_response read_head(const char *text, struct fetch_head *head)
{
    struct fetch_response response = {0};
    struct slice rest = slice_of(text), line;
    *head = (struct fetch_head){0};
    while (slice_next(&rest, '\n', &line)) {
        assert_int_equal(fetch_head_line(head, &response, line), FETCH_HEAD_FINE);
    }
    fetch_head_finish(head, &response, 784111740);
    return response;
}

static void test_date_counts_from_the_servers_clock(void **state)
{
    (void)state;
    struct fetch_head head;
    struct fetch_response response = read_head("HTTP/1.1 503 Busy\r\nDate: Mon, 01 Jan 2001 00:00:00 GMT\r\n"
                                               "Retry-After: Mon, 01 Jan 2001 00:01:30 GMT\r\n\r\n",
                                               &head);
    assert_int_equal(response.retry_after_s, 90);
    fetch_response_release(&response);
}

static void test_which_codings_are_taken_off(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        bool decode;
    } rows[] = {
        {"", true},
        {"Content-Encoding: gzip\r\n", true},
        {"Content-Encoding: BR\r\n", true},
        {"content-encoding: x-gzip\r\n", true},
        {"Content-Encoding: identity\r\n", true},
        {"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", true},
        {"Content-Encoding: gzip, br\r\n", false},
        {"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", false},
        {"Content-Encoding: gzip\r\nTransfer-Encoding: gzip, chunked\r\n", false},
        {"Content-Encoding: zstd\r\n", false},
        {"Content-Encoding: utf-8\r\n", false},
        {"Content-Encoding: gzip;q=1\r\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        struct fetch_head head;
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n", rows[i].headers);
        struct fetch_response response = read_head(text, &head);
        if (fetch_head_may_decode(&head) != rows[i].decode) {
            fail_msg("%s", rows[i].headers);
        }
        fetch_response_release(&response);
    }
}

static void test_first_of_several_and_the_last_head(void **state)
{
    (void)state;
    struct fetch_head head;
    struct fetch_response response =
        read_head("HTTP/1.1 103 Early Hints\r\nLocation: /early\r\nSet-Cookie: early=1\r\n\r\n"
                  "HTTP/1.1 302 Found\r\nLocation: /first\r\nLocation: /second\r\n folded: x\r\nno colon here\r\n\r\n",
                  &head);
    assert_int_equal(response.status, 302);
    assert_string_equal(response.location, "/first");
    assert_int_equal(response.set_cookie_count, 0);
    assert_int_equal(response.retry_after_s, -1);
    fetch_response_release(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_date_counts_from_the_servers_clock),
        cmocka_unit_test(test_which_codings_are_taken_off),
        cmocka_unit_test(test_first_of_several_and_the_last_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
