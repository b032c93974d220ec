/* The judgement of a pair of exchanges: one sentence a row. */
#include "compare/pair.h"
#include "tests/unit/compare/responses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define PAGE                                                                                                           \
    "<html><head><title>Opening hours of the library</title></head><body><h1>Opening hours</h1><p>The reading room "   \
    "is "                                                                                                              \
    "open from Monday to Friday and on the first Saturday of every month, except in August.</p></body></html>"
#define OTHER                                                                                                          \
    "<html><head><title>Directions</title></head><body><h1>How to find us</h1><p>Take the tram to the market square "  \
    "and walk along the river until you see the old mill on your left hand side.</p></body></html>"
#define CAPTCHA "<html><title>Attention</title><p>Please complete the captcha to go on.</html>"
#define NGINX_404                                                                                                      \
    "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx"    \
    "</center></body></html>"
#define API_401 "{\"error\":\"missing key\"}"

struct row {
    const char *sentence;
    struct compare_response a, b;
    unsigned retries;
    enum pair_verdict verdict;
    enum pair_next next;
    enum pair_blocker blocker;
    bool usable;
};

static void judge_row(const struct row *row, struct pair_result *result)
{
    struct pair_input in = {.a = row->a, .b = row->b, .retries = row->retries};
    pair_judge(&in, result);
}

static void check_row(const struct row *row)
{
    struct pair_result result;
    judge_row(row, &result);
    if (result.verdict != row->verdict || result.next != row->next || result.blocker != row->blocker ||
        result.usable != row->usable) {
        fail_msg("%s: %s, next %d, blocker %d, usable %d: %s", row->sentence, pair_verdict_name(result.verdict),
                 result.next, result.blocker, result.usable, result.detail);
    }
}

static void judges_every_combination(void **state)
{
    (void)state;
    const struct compare_response page = html_page(PAGE), other = html_page(OTHER);
    const struct compare_response captcha = with_status(200, CAPTCHA);
    const struct compare_response not_found = with_status(404, "<p>There is no such page here, sorry about that.");
    const struct compare_response api = with_status(401, API_401), server_404 = with_status(404, NGINX_404);
    const struct compare_response down = with_status(200, "<title>Maintenance</title><h1>We are down for maintenance");
    const struct compare_response timeout = failed_with(EXCHANGE_TIMEOUT), reset = failed_with(EXCHANGE_RESET);
    const struct compare_response away = redirect_to(301, "https://www.example.com/new");
    const enum pair_blocker none = PAIR_BLOCKER_NONE, differs = PAIR_BLOCKER_CONTENT_DIFFERS,
                            unavailable = PAIR_BLOCKER_HTTPS_UNAVAILABLE;
    const struct row rows[] = {
        {"equal pages are the same", page, page, 0, PAIR_SAME, PAIR_DONE, none, true},
        {"another page is asked for again first", page, other, 0, PAIR_DIFFERENT, PAIR_FETCH_AGAIN, differs, true},
        {"a 404 over https is unavailable", page, not_found, 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"a 410 too", page, with_status(410, ""), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"a 500 too", page, with_status(500, ""), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"and a 400", page, with_status(400, "bad"), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"and an empty body", page, html_page(""), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"and a body of white space", page, html_page(" \n\t"), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"and a broken one", page, failed_with(EXCHANGE_BROKEN), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"a refused port", page, failed_with(EXCHANGE_REFUSED), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"no TLS", page, failed_with(EXCHANGE_TLS_FAILED), 0, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"a timeout may be chance", page, timeout, 0, PAIR_UNAVAILABLE, PAIR_RETRY_LATER, unavailable, true},
        {"a second one is not", page, timeout, 1, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"a reset may be chance", page, reset, 0, PAIR_UNAVAILABLE, PAIR_RETRY_LATER, unavailable, true},
        {"a 503 is asked again", page, with_status(503, ""), 0, PAIR_UNAVAILABLE, PAIR_RETRY_LATER, unavailable, true},
        {"and again", page, with_status(503, ""), 2, PAIR_UNAVAILABLE, PAIR_RETRY_LATER, unavailable, true},
        {"and stays", page, with_status(503, ""), 3, PAIR_UNAVAILABLE, PAIR_DONE, unavailable, true},
        {"a 403 on one side is interference", page, with_status(403, "no"), 0, PAIR_INTERFERENCE, PAIR_RETRY_LATER,
         none, false},
        {"a 401", page, with_status(401, "no"), 0, PAIR_INTERFERENCE, PAIR_RETRY_LATER, none, false},
        {"a 407", page, with_status(407, "no"), 0, PAIR_INTERFERENCE, PAIR_RETRY_LATER, none, false},
        {"a 429", page, with_status(429, "no"), 0, PAIR_INTERFERENCE, PAIR_RETRY_LATER, none, false},
        {"today's side refused is interference too", with_status(403, "no"), page, 0, PAIR_INTERFERENCE,
         PAIR_RETRY_LATER, none, false},
        {"it stays interference in the end", page, with_status(403, "no"), 3, PAIR_INTERFERENCE, PAIR_DONE, none,
         false},
        {"a captcha is, whatever its status", page, captcha, 0, PAIR_INTERFERENCE, PAIR_RETRY_LATER, none, false},
        {"a captcha with 503 too", page, with_status(503, CAPTCHA), 0, PAIR_INTERFERENCE, PAIR_RETRY_LATER, none,
         false},
        {"a 500 today and a page then is better", with_status(500, ""), page, 0, PAIR_IMPROVED, PAIR_DONE, none, true},
        {"no connection today and a page then", failed_with(EXCHANGE_REFUSED), page, 0, PAIR_IMPROVED, PAIR_DONE, none,
         true},
        {"a broken body today and a page then", failed_with(EXCHANGE_BROKEN), page, 0, PAIR_IMPROVED, PAIR_DONE, none,
         true},
        {"a 503 on both sides is asked again, too", with_status(503, ""), with_status(503, ""), 0, PAIR_UNUSABLE,
         PAIR_RETRY_LATER, none, false},
        {"a 503 today is asked again first", with_status(503, ""), page, 0, PAIR_IMPROVED, PAIR_RETRY_LATER, none,
         true},
        {"a 404 is an answer: a page then differs", not_found, page, 0, PAIR_DIFFERENT, PAIR_DONE, differs, true},
        {"a 410 too", with_status(410, ""), page, 0, PAIR_DIFFERENT, PAIR_DONE, differs, true},
        {"an empty page today that gets a body differs", html_page(""), page, 0, PAIR_DIFFERENT, PAIR_DONE, differs,
         true},
        {"500 on both sides proves nothing", with_status(500, "x"), with_status(500, "x"), 0, PAIR_UNUSABLE, PAIR_DONE,
         none, false},
        {"404 and 500 prove nothing", not_found, with_status(500, ""), 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"equal 404s of the site are weak", not_found, not_found, 0, PAIR_WEAK, PAIR_DONE, none, false},
        {"equal 401s of an API are weak", api, api, 0, PAIR_WEAK, PAIR_DONE, none, false},
        {"405s too", with_status(405, "POST only"), with_status(405, "POST only"), 0, PAIR_WEAK, PAIR_DONE, none,
         false},
        {"400s are not", with_status(400, "x"), with_status(400, "x"), 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"the server's own 404s are not", server_404, server_404, 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"401 and 403 are not", api, with_status(403, API_401), 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"empty 404s are not", with_status(404, ""), with_status(404, ""), 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"a captcha on both sides", captcha, captcha, 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"equal redirects are followed", away, away, 0, PAIR_SAME, PAIR_FOLLOW_REDIRECTS, none, true},
        {"so is a redirect on one side", away, page, 0, PAIR_DIFFERENT, PAIR_FOLLOW_REDIRECTS, differs, true},
        {"and one that answers a 404", away, not_found, 0, PAIR_DIFFERENT, PAIR_FOLLOW_REDIRECTS, differs, true},
        {"but not against a refusal", away, with_status(403, "no"), 0, PAIR_INTERFERENCE, PAIR_RETRY_LATER, none,
         false},
        {"no route is nobody's fault", page, failed_with(EXCHANGE_NO_ROUTE), 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"204 in place of a page", page, with_status(204, ""), 0, PAIR_DIFFERENT, PAIR_DONE, differs, true},
        {"maintenance on both sides", down, down, 0, PAIR_UNUSABLE, PAIR_DONE, none, false},
        {"204 on both sides is the same", with_status(204, ""), with_status(204, ""), 0, PAIR_SAME, PAIR_DONE, none,
         true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_row(&rows[i]);
    }
}

static void says_what_came(void **state)
{
    (void)state;
    struct compare_response part = html_page("<html><body><p>" OTHER), broken = failed_with(EXCHANGE_BROKEN);
    part.status = 206;
    broken.phrase = "the response is malformed";
    const struct {
        struct compare_response a, b;
        const char *detail;
    } rows[] = {
        {html_page(PAGE), with_status(204, ""), "only one side has content: today HTTP 200, then HTTP 204"},
        {html_page(PAGE), broken, "it works today and fails then: today HTTP 200, then the response is malformed"},
        {html_page(PAGE), failed_with(EXCHANGE_BROKEN),
         "it works today and fails then: today HTTP 200, then broken response"},
        {html_page(PAGE), part, "today HTTP 200, then HTTP 206: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair_input in = {.a = rows[i].a, .b = rows[i].b};
        struct pair_result result;
        pair_judge(&in, &result);
        if (strncmp(result.detail, rows[i].detail, strlen(rows[i].detail)) != 0) {
            fail_msg("'%s' in place of '%s'", result.detail, rows[i].detail);
        }
    }
    struct pair_result result;
    struct compare_response packed = html_page("");
    packed.body = slice_make("\x1f\x8b\x08 packed \0\0\1\2", 16);
    struct pair_input in = {.a = html_page(PAGE), .b = packed};
    pair_judge(&in, &result);
    assert_int_equal(result.verdict, PAIR_DIFFERENT);
    assert_true(strncmp(result.detail, "what the new side sends as HTML is application/gzip", 51) == 0);
    in = (struct pair_input){.a = with_status(429, ""), .b = with_status(429, "")};
    pair_judge(&in, &result);
    assert_string_equal(result.detail, "both sides refuse us: today HTTP 429, then HTTP 429");
}

static void waits_as_long_as_asked(void **state)
{
    (void)state;
    struct pair_input in = {.a = html_page(PAGE), .b = with_status(503, "")};
    struct pair_result result;
    in.b.retry_after_s = 120;
    pair_judge(&in, &result);
    assert_int_equal(result.next, PAIR_RETRY_LATER);
    assert_int_equal(result.wait_s, 120);
    in.b.retry_after_s = LIMIT_RETRY_AFTER_SECONDS + 1;
    pair_judge(&in, &result);
    assert_int_equal(result.next, PAIR_DONE);
    assert_int_equal(result.verdict, PAIR_INTERFERENCE);
}

static void waits_longer_each_time(void **state)
{
    (void)state;
    struct pair_input in = {.a = html_page(PAGE), .b = with_status(429, "")};
    struct pair_result result;
    int64_t before = 0;
    for (in.retries = 0; in.retries < LIMIT_RETRIES_PER_PAIR; in.retries++) {
        pair_judge(&in, &result);
        assert_int_equal(result.next, PAIR_RETRY_LATER);
        assert_true(result.wait_s > before);
        before = result.wait_s;
    }
}

static void second_fetches_settle_it(void **state)
{
    (void)state;
    struct compare_response page = html_page(PAGE), other = html_page(OTHER);
    struct pair_input in = {.a = page, .b = other, .again_a = &page, .again_b = &other};
    struct pair_result result;
    pair_judge(&in, &result);
    assert_int_equal(result.verdict, PAIR_DIFFERENT);
    assert_int_equal(result.next, PAIR_DONE);
    assert_int_equal(result.blocker, PAIR_BLOCKER_CONTENT_DIFFERS);
}

static void a_second_fetch_of_another_sort_measures_nothing(void **state)
{
    (void)state;
    struct compare_response page = html_page(PAGE), other = html_page(OTHER), refused = with_status(403, "");
    struct pair_input in = {.a = page, .b = other, .again_a = &page, .again_b = &refused};
    struct pair_result result;
    pair_judge(&in, &result);
    assert_int_equal(result.verdict, PAIR_UNSTABLE);
    assert_int_equal(result.next, PAIR_RETRY_LATER);
}

static void resets_of_an_origin_that_answered_are_interference(void **state)
{
    (void)state;
    struct pair_input in = {.a = html_page(PAGE), .b = failed_with(EXCHANGE_RESET), .origin_resets = true};
    struct pair_result result;
    pair_judge(&in, &result);
    assert_int_equal(result.verdict, PAIR_INTERFERENCE);
}

static void tells_whom_to_stop_asking(void **state)
{
    (void)state;
    struct pair_input in = {.a = with_status(403, "no"), .b = with_status(403, "never")};
    struct pair_result result;
    pair_judge(&in, &result);
    assert_true(result.both_forbidden);
    assert_false(result.both_refused);
    in.a = in.b = with_status(403, API_401);
    pair_judge(&in, &result);
    assert_int_equal(result.verdict, PAIR_WEAK);
    assert_false(result.both_forbidden);
    in.a = in.b = with_status(429, "slow down");
    pair_judge(&in, &result);
    assert_true(result.both_refused);
    in.a = in.b = with_status(401, API_401);
    pair_judge(&in, &result);
    assert_false(result.both_refused);
    in.a = with_status(503, "");
    in.b = with_status(500, "");
    pair_judge(&in, &result);
    assert_true(result.both_server_errors);
}

struct hsts_row {
    const char *a, *b;
    unsigned warnings;
};

static void warns_of_new_hsts(void **state)
{
    (void)state;
    static const struct hsts_row rows[] = {
        {"", "", 0},
        {"", "max-age=31536000", PAIR_WARNING_HSTS_NEW},
        {"", "includeSubDomains; max-age=\"600\"", PAIR_WARNING_HSTS_NEW | PAIR_WARNING_HSTS_SUBDOMAINS},
        {"max-age=600", "max-age=31536000; includeSubDomains", 0},
        {"", "max-age=0", 0},
        {"", "max-age = 00", 0},
        {"max-age=0", "max-age=5", PAIR_WARNING_HSTS_NEW},
        {"", "includeSubDomains", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair_input in = {.a = html_page(PAGE), .b = html_page(PAGE)};
        in.a.strict_transport_security = slice_of(rows[i].a);
        in.b.strict_transport_security = slice_of(rows[i].b);
        struct pair_result result;
        pair_judge(&in, &result);
        assert_int_equal(result.warnings, rows[i].warnings);
    }
}

static void warns_of_mixed_content_on_https_pages(void **state)
{
    (void)state;
    struct pair_input in = {.retries = 0};
    in.a = in.b = html_page("<img src=http://www.example.com/a.png><script src='http://cdn.test/x.js'></script>hello");
    struct pair_result result;
    pair_judge(&in, &result);
    assert_int_equal(result.warnings, PAIR_WARNING_MIXED_CONTENT);
    assert_int_equal(result.mixed_b.active, 1);
    assert_int_equal(result.mixed_b.passive, 1);
    assert_string_equal(result.mixed_b.active_example, "http://cdn.test/x.js");
    in.b.https = false;
    pair_judge(&in, &result);
    assert_int_equal(result.warnings, 0);
    assert_int_equal(result.mixed_b.active, 1);
}

struct redirect_row {
    int status_a;
    const char *to_a;
    int status_b;
    const char *to_b;
    bool same;
};

static void redirects_are_the_same_up_to_the_scheme(void **state)
{
    (void)state;
    static const struct redirect_row rows[] = {
        {301, "http://www.example.com/x", 301, "https://www.example.com/x", true},
        {301, "/x", 308, "https://www.example.com:443/x", true},
        {302, "x", 307, "/dir/x", true},
        {302, "../x?q=1", 302, "//WWW.example.com/x?q=1", true},
        {301, "/x", 302, "/x", false},
        {301, "/x", 301, "/y", false},
        {301, "/x?q=1", 301, "/x?q=2", false},
        {301, "https://www.example.com/", 301, "https://example.com/", false},
        {301, "", 301, "", false},
        {200, "/x", 200, "/x", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_response a = redirect_to(rows[i].status_a, rows[i].to_a);
        struct compare_response b = redirect_to(rows[i].status_b, rows[i].to_b);
        if (pair_same_redirect(&a, &b) != rows[i].same) {
            fail_msg("%s and %s", rows[i].to_a, rows[i].to_b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_every_combination),
        cmocka_unit_test(says_what_came),
        cmocka_unit_test(waits_as_long_as_asked),
        cmocka_unit_test(waits_longer_each_time),
        cmocka_unit_test(second_fetches_settle_it),
        cmocka_unit_test(a_second_fetch_of_another_sort_measures_nothing),
        cmocka_unit_test(resets_of_an_origin_that_answered_are_interference),
        cmocka_unit_test(tells_whom_to_stop_asking),
        cmocka_unit_test(warns_of_new_hsts),
        cmocka_unit_test(warns_of_mixed_content_on_https_pages),
        cmocka_unit_test(redirects_are_the_same_up_to_the_scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
