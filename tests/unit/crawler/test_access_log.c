#include "base/buf.h"
#include "base/limits.h"
#include "crawler/access_log.h"
#include "crawler/log_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define AT "192.0.2.1 - - [10/Oct/2026:13:55:36 +0200] "

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *line;
        const char *parsed; /* "host method target status time"; NULL: malformed */
    } rows[] = {
        {"combined", AT "\"GET /a?b HTTP/1.1\" 200 12 \"http://r/\" \"agent\"", " GET /a?b 200 1791633336"},
        {"common", AT "\"GET / HTTP/1.1\" 304 -", " GET / 304 1791633336"},
        {"a virtual host", "www.e.com:443 " AT "\"GET / HTTP/2.0\" 200 1", "www.e.com:443 GET / 200 1791633336"},
        {"west of Greenwich", "::1 - bob [10/Oct/2026:13:55:36 -0700] \"POST /x HTTP/1.1\" 500 1",
         " POST /x 500 1791665736"},
        {"an escaped quote in the request", AT "\"GET /a\\\"b HTTP/1.1\" 200 1", " GET /a\\\"b 200 1791633336"},
        {"a space in the target", AT "\"GET /a b HTTP/1.1\" 200 1", " GET /a b 200 1791633336"},
        {"a quote in the agent", AT "\"GET / HTTP/1.1\" 200 1 \"-\" \"a\\\"b\"", " GET / 200 1791633336"},
        {"no request", AT "\"-\" 400 0", NULL},
        {"a TLS hello to the plain port", AT "\"\\x16\\x03\\x01\" 400 0", NULL},
        {"no time", "192.0.2.1 - - \"GET / HTTP/1.1\" 200 1", NULL},
        {"a time that is none", "192.0.2.1 - - [yesterday] \"GET / HTTP/1.1\" 200 1", NULL},
        {"a status that is none", AT "\"GET / HTTP/1.1\" abc 1", NULL},
        {"cut off", AT "\"GET / HTT", NULL},
        {"text", "hello", NULL},
        {"JSON",
         "{\"ClientRequestHost\":\"e.com\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/"
         "a?b\",\"EdgeResponseStatus\":200,\"EdgeStartTimestamp\":\"2026-10-10T11:55:36Z\"}",
         "e.com GET /a?b 200 1791633336"},
        {"JSON with a path alone", "{\"ClientRequestPath\":\"/a\",\"ClientRequestMethod\":\"GET\"}", " GET /a 0 -1"},
        {"the URI is more than the path",
         "{\"ClientRequestURI\":\"/a?b\",\"ClientRequestPath\":\"/a\",\"ClientRequestMethod\":\"GET\"}",
         " GET /a?b 0 -1"},
        {"a time in seconds",
         "{\"ClientRequestPath\":\"/\",\"ClientRequestMethod\":\"GET\",\"EdgeStartTimestamp\":1791633336}",
         " GET / 0 1791633336"},
        {"a time in milliseconds",
         "{\"ClientRequestPath\":\"/\",\"ClientRequestMethod\":\"GET\",\"EdgeStartTimestamp\":1791633336123}",
         " GET / 0 1791633336"},
        {"a time in nanoseconds",
         "{\"ClientRequestPath\":\"/\",\"ClientRequestMethod\":\"GET\",\"EdgeStartTimestamp\":1791633336123456789}",
         " GET / 0 1791633336"},
        {"the origin's status where the edge's is missing",
         "{\"ClientRequestPath\":\"/\",\"ClientRequestMethod\":\"GET\",\"OriginResponseStatus\":404}", " GET / 404 -1"},
        {"other keys of any kind",
         "{ \"a\" : { \"b\" : [ 1 , \"}\" , null ] } , \"c\":true,\"d\":-1.5e3 , \"ClientRequestPath\" : \"/\" , "
         "\"ClientRequestMethod\" : \"GET\" }",
         " GET / 0 -1"},
        {"escapes", "{\"ClientRequestPath\":\"\\/a\\u002fb\\\"\\u00e9\",\"ClientRequestMethod\":\"GET\"}",
         " GET /a/b\"\xc3\xa9 0 -1"},
        {"a key inside a value is none",
         "{\"a\":\"\\\"ClientRequestPath\\\":\\\"/x\\\"\",\"ClientRequestPath\":\"/"
         "y\",\"ClientRequestMethod\":\"GET\"}",
         " GET /y 0 -1"},
        {"JSON without a path", "{\"ClientRequestMethod\":\"GET\"}", NULL},
        {"JSON that is cut off", "{\"ClientRequestPath\":\"/\",\"ClientRequestMethod\":\"GET\"", NULL},
        {"JSON that is cut off in a value", "{\"ClientRequestPath\":\"/\",\"a\":[[[", NULL},
        {"an empty object", "{}", NULL},
        {"no JSON", "{ClientRequestPath}", NULL},
    };
    struct buf room = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log_line line;
        struct buf out = {0};
        bool good = log_line_parse(slice_of(rows[i].line), &room, &line);
        buf_printf(&out, "%.*s %.*s %.*s %d %lld", SLICE_ARG(line.host), SLICE_ARG(line.method), SLICE_ARG(line.target),
                   line.status, (long long)line.time_s);
        if (good != (rows[i].parsed != NULL) || (good && strcmp(buf_text(&out), rows[i].parsed) != 0))
            fail_msg("%s: %s", rows[i].sentence, good ? buf_text(&out) : "malformed");
        buf_release(&out);
    }
    buf_release(&room);
}

static struct access_log *new_log(void)
{
    struct access_log *log = access_log_new(SLICE("e.com"), SLICE("e.com"), 1, NULL);
    assert_non_null(log);
    return log;
}

static void feed(struct access_log *log, const char *text)
{
    assert_int_equal(access_log_feed(log, slice_of(text), NULL), 0);
}

static char *urls_of(struct access_log *log, const char *hostname)
{
    struct buf out = {0};
    const struct access_log_host *host = access_log_find(log, slice_of(hostname));
    if (host == NULL)
        return strdup("none");
    buf_printf(&out, "%llu requests, %llu left out:", (unsigned long long)host->requests,
               (unsigned long long)host->left_out);
    for (size_t i = 0; i < host->count; i++)
        buf_printf(&out, " %s %.0f", host->urls[i].path_query, host->urls[i].requests);
    return buf_take(&out);
}

static void expect_urls(struct access_log *log, const char *hostname, const char *expected)
{
    char *urls = urls_of(log, hostname);
    assert_string_equal(urls, expected);
    free(urls);
}

static void test_what_counts(void **state)
{
    (void)state;
    struct access_log *log = new_log();
    struct access_log_counts counts;
    feed(log, AT "\"GET /a HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET /b HTTP/1.1\" 301 1\n" AT "\"GET /b HTTP/1.1\" 200 1\r\n\n");
    feed(log, AT "\"POST /c HTTP/1.1\" 200 1\n");
    feed(log, AT "\"HEAD /c HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET /c HTTP/1.1\" 404 1\n");
    feed(log, AT "\"GET /c HTTP/1.1\" 500 1\n");
    feed(log, AT "\"GET /logout HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET /x?token=secret HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET /x?token=secret HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET /x?mail=a@b.example HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET * HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET /a#f HTTP/1.1\" 200 1\n");
    feed(log, AT "\"GET http://www.e.com/proxy HTTP/1.1\" 200 1\n");
    feed(log, "WWW.e.com:80 " AT "\"GET /v HTTP/1.1\" 200 1\n");
    feed(log, "other.example:80 " AT "\"GET /v HTTP/1.1\" 200 1\n");
    feed(log, "{\"ClientRequestHost\":\"e.com\",\"ClientRequestPath\":\"/"
              "\\u00fc\",\"ClientRequestMethod\":\"GET\",\"EdgeStartTimestamp\":1791700000}\n");
    feed(log, "garbage\n");
    feed(log, AT "\"GET /last HTTP/1.1\" 200 1");
    assert_int_equal(access_log_end(log, NULL), 0);
    expect_urls(log, "e.com", "10 requests, 4 left out: /a 2 /b 2 /%C3%BC 1 /last 1");
    expect_urls(log, "www.e.com", "2 requests, 0 left out: /proxy 1 /v 1");
    expect_urls(log, "other.example", "none");
    access_log_count(log, &counts);
    assert_int_equal(counts.lines, 19);
    assert_int_equal(counts.malformed, 1);
    assert_int_equal(counts.other_hosts, 1);
    assert_int_equal(counts.newest_s, 1791700000);
    assert_int_equal(access_log_host_count(log), 2);
    access_log_free(log);
}

static void test_lines_cut_anywhere(void **state)
{
    (void)state;
    static const char text[] = AT "\"GET /a HTTP/1.1\" 200 1\n" AT "\"GET /b HTTP/1.1\" 200 1\n"
                                  "{\"ClientRequestPath\":\"/c\",\"ClientRequestMethod\":\"GET\"}";
    for (size_t size = 1; size < sizeof text; size++) {
        struct access_log *log = new_log();
        for (size_t at = 0; at < sizeof text - 1; at += size) {
            size_t len = sizeof text - 1 - at < size ? sizeof text - 1 - at : size;
            assert_int_equal(access_log_feed(log, slice_make(text + at, len), NULL), 0);
        }
        assert_int_equal(access_log_end(log, NULL), 0);
        expect_urls(log, "e.com", "3 requests, 0 left out: /a 1 /b 1 /c 1");
        access_log_free(log);
    }
}

static void test_a_line_without_end(void **state)
{
    (void)state;
    struct access_log *log = new_log();
    struct access_log_counts counts;
    char block[4096];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(access_log_feed(log, slice_make(block, sizeof block), NULL), 0);
    feed(log, "\n" AT "\"GET /a HTTP/1.1\" 200 1\n");
    access_log_count(log, &counts);
    assert_int_equal(counts.lines, 2);
    assert_int_equal(counts.malformed, 1);
    expect_urls(log, "e.com", "1 requests, 0 left out: /a 1");
    access_log_free(log);
}

/* 300,000 requests: half to ten URLs, half to URLs that come once. */
static void test_the_sample_is_bounded_and_right(void **state)
{
    (void)state;
    struct access_log *log = new_log();
    struct buf lines = {0};
    for (int i = 0; i < 150000; i++) {
        buf_printf(&lines, AT "\"GET /hot/%c HTTP/1.1\" 200 1\n", 'a' + i % 10);
        buf_printf(&lines, AT "\"GET /cold/%d HTTP/1.1\" 200 1\n", i);
    }
    assert_int_equal(access_log_feed(log, buf_slice(&lines), NULL), 0);
    const struct access_log_host *host = access_log_find(log, SLICE("e.com"));
    assert_non_null(host);
    assert_int_equal(host->requests, 300000);
    assert_in_range(host->count, LIMIT_LOG_SAMPLE / 2, LIMIT_LOG_SAMPLE);
    double sum = 0;
    for (size_t i = 0; i < host->count; i++) {
        bool hot = strncmp(host->urls[i].path_query, "/hot/", 5) == 0;
        assert_int_equal(hot, i < 10);
        if (hot)
            assert_in_range((long)host->urls[i].requests, 14900, 15100);
        sum += host->urls[i].requests;
    }
    assert_in_range((long)sum, 270000, 330000);
    buf_release(&lines);
    access_log_free(log);
}

static void test_hosts_share_the_room(void **state)
{
    (void)state;
    struct access_log *log = new_log();
    struct buf lines = {0};
    for (int i = 0; i < 40000; i++)
        buf_printf(&lines, "big.e.com " AT "\"GET /b/%d HTTP/1.1\" 200 1\n", i);
    for (int i = 0; i < 50; i++)
        buf_printf(&lines, "small.e.com " AT "\"GET /s/%d HTTP/1.1\" 200 1\n", i);
    assert_int_equal(access_log_feed(log, buf_slice(&lines), NULL), 0);
    assert_int_equal(access_log_find(log, SLICE("small.e.com"))->count, 50);
    assert_in_range(access_log_find(log, SLICE("big.e.com"))->count, 5000, LIMIT_LOG_SAMPLE - 50);
    buf_reset(&lines);
    for (int i = 0; i < LIMIT_ZONE_HOSTNAMES + 10; i++)
        buf_printf(&lines, "h%d.e.com " AT "\"GET / HTTP/1.1\" 200 1\n", i);
    assert_int_equal(access_log_feed(log, buf_slice(&lines), NULL), 0);
    assert_int_equal(access_log_host_count(log), LIMIT_ZONE_HOSTNAMES);
    struct access_log_counts counts;
    access_log_count(log, &counts);
    assert_int_equal(counts.other_hosts, 12);
    buf_release(&lines);
    access_log_free(log);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_files(void **state)
{
    (void)state;
    char path[] = "/tmp/origintls-access-log-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct err err = ERR_INIT;
    struct access_log *log = new_log();

    write_file(path, "bad\n" AT "\"GET /a HTTP/1.1\" 200 1\n");
    assert_int_equal(access_log_read(log, path, &err), 0);
    assert_int_equal(access_log_read(log, path, &err), 0);
    expect_urls(log, "e.com", "2 requests, 0 left out: /a 2");

    write_file(path, "bad\nworse\n");
    assert_int_equal(access_log_read(log, path, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "none of its 2 lines"));

    write_file(path, "");
    assert_int_equal(access_log_read(log, path, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    unlink(path);
    assert_int_equal(access_log_read(log, path, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(access_log_read(log, "/tmp", &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    access_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_lines_cut_anywhere),
        cmocka_unit_test(test_a_line_without_end),
        cmocka_unit_test(test_the_sample_is_bounded_and_right),
        cmocka_unit_test(test_hosts_share_the_room),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
