#include "recommend/mode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const enum mode all[MODE_COUNT] = {MODE_OFF, MODE_FLEXIBLE, MODE_FULL, MODE_FULL_STRICT, MODE_STRICT};

static const char *action_name(enum mode mode, bool always_https, enum scheme visitor)
{
    struct edge_action action = mode_edge_action(mode, always_https, visitor);

    return action.redirects ? "redirect" : kind_name(action.kind);
}

static void test_actions(void **state)
{
    (void)state;
    static const struct {
        enum mode mode;
        bool always_https;
        const char *http, *https;
        bool uses_http, uses_https, needs_certificate;
    } rows[] = {
        {MODE_OFF, false, "http→http", "redirect", true, false, false},
        {MODE_FLEXIBLE, false, "http→http", "https→http", true, false, false},
        {MODE_FULL, false, "http→http", "https→https", true, true, false},
        {MODE_FULL_STRICT, false, "http→http", "https→https", true, true, true},
        {MODE_STRICT, false, "http→https", "https→https", false, true, true},
        {MODE_OFF, true, "redirect", "redirect", false, false, false},
        {MODE_FLEXIBLE, true, "redirect", "https→http", true, false, false},
        {MODE_FULL, true, "redirect", "https→https", false, true, false},
        {MODE_FULL_STRICT, true, "redirect", "https→https", false, true, true},
        {MODE_STRICT, true, "redirect", "https→https", false, true, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s%s\n", mode_name(rows[i].mode), rows[i].always_https ? " with always_https" : "");
        assert_string_equal(action_name(rows[i].mode, rows[i].always_https, SCHEME_HTTP), rows[i].http);
        assert_string_equal(action_name(rows[i].mode, rows[i].always_https, SCHEME_HTTPS), rows[i].https);
        assert_int_equal(mode_uses_http(rows[i].mode, rows[i].always_https), rows[i].uses_http);
        assert_int_equal(mode_uses_https(rows[i].mode, rows[i].always_https), rows[i].uses_https);
        assert_int_equal(mode_needs_certificate(rows[i].mode), rows[i].needs_certificate);
    }
}

/* For which visitors pairs are due, from the weaker to the stronger mode. */
static void test_pairs_due(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        enum mode from, to;
        bool always_https, http_visitor, https_visitor;
    } rows[] = {
        {"flexible to full: the https visitor", MODE_FLEXIBLE, MODE_FULL, false, false, true},
        {"full to full_strict: nobody, only the certificate", MODE_FULL, MODE_FULL_STRICT, false, false, false},
        {"full_strict to strict: the http visitor", MODE_FULL_STRICT, MODE_STRICT, false, true, false},
        {"off to flexible: the https visitor, whom the edge redirects today", MODE_OFF, MODE_FLEXIBLE, false, false,
         true},
        {"flexible to strict: both", MODE_FLEXIBLE, MODE_STRICT, false, true, true},
        {"always_https spares the http visitor", MODE_FULL_STRICT, MODE_STRICT, true, false, false},
        {"off to flexible under always_https", MODE_OFF, MODE_FLEXIBLE, true, false, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].sentence);
        assert_int_equal(!mode_same_action(rows[i].from, rows[i].to, rows[i].always_https, SCHEME_HTTP),
                         rows[i].http_visitor);
        assert_int_equal(!mode_same_action(rows[i].from, rows[i].to, rows[i].always_https, SCHEME_HTTPS),
                         rows[i].https_visitor);
        assert_int_equal(mode_same_actions(rows[i].from, rows[i].to, rows[i].always_https),
                         !rows[i].http_visitor && !rows[i].https_visitor);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[MODE_COUNT] = {"off", "flexible", "full", "full_strict", "strict"};
    enum mode mode = MODE_NONE;

    for (size_t i = 0; i < MODE_COUNT; i++) {
        assert_string_equal(mode_name(all[i]), names[i]);
        assert_int_equal(mode_parse(slice_of(names[i]), &mode), 0);
        assert_int_equal(mode, all[i]);
    }
    assert_null(mode_name(MODE_NONE));
    assert_int_equal(mode_parse(SLICE("Full"), &mode), -1);
    assert_int_equal(mode_parse(SLICE("full_"), &mode), -1);
    assert_int_equal(mode_parse(SLICE_EMPTY, &mode), -1);
}

static void test_sets(void **state)
{
    (void)state;
    mode_set middle = mode_set_range(MODE_FLEXIBLE, MODE_FULL_STRICT);

    assert_int_equal(middle, 0x0e);
    assert_int_equal(mode_set_range(MODE_FULL, MODE_FLEXIBLE), 0);
    assert_int_equal(mode_set_range(MODE_STRICT, MODE_STRICT), 0x10);
    assert_int_equal(mode_set_range(MODE_NONE, MODE_OFF), 0x01);
    assert_true(mode_set_has(middle, MODE_FULL));
    assert_false(mode_set_has(middle, MODE_OFF));
    assert_false(mode_set_has(middle, MODE_NONE));
    assert_int_equal(mode_set_strongest(middle), MODE_FULL_STRICT);
    assert_int_equal(mode_set_weakest(middle), MODE_FLEXIBLE);
    assert_int_equal(mode_set_strongest(0), MODE_NONE);
    assert_int_equal(mode_set_weakest(0), MODE_NONE);
    assert_int_equal(mode_set_of(MODE_NONE), 0);
}

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        enum scheme visitor, origin;
        const char *name;
    } rows[] = {
        {SCHEME_HTTP, SCHEME_HTTP, "http→http"},
        {SCHEME_HTTPS, SCHEME_HTTP, "https→http"},
        {SCHEME_HTTPS, SCHEME_HTTPS, "https→https"},
        {SCHEME_HTTP, SCHEME_HTTPS, "http→https"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum exchange_kind kind = kind_of(rows[i].visitor, rows[i].origin);
        assert_string_equal(kind_name(kind), rows[i].name);
        assert_int_equal(kind_visitor(kind), rows[i].visitor);
        assert_int_equal(kind_origin(kind), rows[i].origin);
    }
    assert_string_equal(scheme_name(SCHEME_HTTP), "http");
    assert_string_equal(scheme_name(SCHEME_HTTPS), "https");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions), cmocka_unit_test(test_pairs_due), cmocka_unit_test(test_names),
        cmocka_unit_test(test_sets),    cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
