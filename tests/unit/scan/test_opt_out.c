#include "base/limits.h"
#include "scan/opt_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW 1795456800 /* 2026-11-23T18:00:00Z */

static struct opt_out *list_of(const char *text, struct err *err)
{
    char path[] = "/tmp/origintls-opt-out-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    struct opt_out *list = opt_out_new(err);
    if (opt_out_load(list, path, err) != 0) {
        opt_out_free(list);
        list = NULL;
    } else {
        opt_out_finish(list);
    }
    unlink(path);
    return list;
}

static const char list_text[] = "\xef\xbb\xbf# who asked not to be scanned\n"
                                "example.com\n"
                                "  host:Shop.Example.ORG   # only that one\r\n"
                                "b\xc3\xbc"
                                "cher.example reason=\"a # in a reason\" expires=2027-06-30\n"
                                "xn--mnchen-3ya.example\n"
                                "old.example expires=2026-11-22\n"
                                "today.example expires=2026-11-23\n"
                                "\n"
                                "192.0.2.0/24 reason=\"network\"\n"
                                "192.0.2.128/25 expires=2020-01-01\n"
                                "198.51.100.7\n"
                                "2001:db8::/32\n"
                                "2001:db8:1::/48 expires=2020-01-01\n"
                                "host:a.b.c.d.e.f.example\n";

struct name_row {
    const char *sentence, *hostname, *entry;
};

static void matches_names(void **state)
{
    (void)state;
    static const struct name_row rows[] = {
        {"a zone entry covers the zone itself", "example.com", "example.com"},
        {"a zone entry covers a name below it", "img.example.com", "example.com"},
        {"a zone entry covers a name far below it", "a.b.c.d.example.com", "example.com"},
        {"a name that only ends alike is not below the zone", "notexample.com", NULL},
        {"the parent of a zone is not covered", "com", NULL},
        {"a host entry covers its name, in whatever case it was written", "shop.example.org", "host:shop.example.org"},
        {"a host entry covers no name below it", "www.shop.example.org", NULL},
        {"a host entry does not cover its zone", "example.org", NULL},
        {"an IDN given in Unicode matches its ASCII form", "xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"an IDN given in ASCII matches below", "www.xn--mnchen-3ya.example", "xn--mnchen-3ya.example"},
        {"an entry that expired yesterday no longer holds", "old.example", NULL},
        {"an entry that expires today still holds today", "today.example", "today.example"},
        {"a host entry of many labels is found", "a.b.c.d.e.f.example", "host:a.b.c.d.e.f.example"},
        {"an unlisted name is not opted out", "elsewhere.test", NULL},
        {"the empty name is nobody", "", NULL},
    };
    struct err err = ERR_INIT;
    struct opt_out *list = list_of(list_text, &err);
    assert_non_null(list);
    assert_int_equal(opt_out_count(list), 12);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct opt_out_match match = {.entry = NULL};
        bool found = opt_out_match_name(list, slice_of(rows[i].hostname), NOW, &match);
        if (found != (rows[i].entry != NULL) || (found && strcmp(match.entry, rows[i].entry) != 0)) {
            fail_msg("%s: %s gives %s", rows[i].sentence, rows[i].hostname, found ? match.entry : "nothing");
        }
    }
    opt_out_free(list);
}

static void matches_addresses(void **state)
{
    (void)state;
    static const struct name_row rows[] = {
        {"an address in a range", "192.0.2.5", "192.0.2.0/24"},
        {"an expired range hides none around it", "192.0.2.200", "192.0.2.0/24"},
        {"the first address behind a range", "192.0.3.0", NULL},
        {"a single address", "198.51.100.7", "198.51.100.7"},
        {"its neighbour", "198.51.100.8", NULL},
        {"an IPv6 address in a range", "2001:db8:ffff::1", "2001:db8::/32"},
        {"an expired IPv6 range hides none around it", "2001:db8:1::1", "2001:db8::/32"},
        {"an IPv6 address outside", "2001:db9::1", NULL},
        {"an IPv4 address that hides in IPv6", "::ffff:192.0.2.9", "192.0.2.0/24"},
        {"the lowest address of all", "0.0.0.0", NULL},
    };
    struct err err = ERR_INIT;
    struct opt_out *list = list_of(list_text, &err);
    assert_non_null(list);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address address;
        struct opt_out_match match = {.entry = NULL};
        assert_int_equal(address_parse(slice_of(rows[i].hostname), &address), 0);
        bool found = opt_out_match_address(list, &address, NOW, &match);
        if (found != (rows[i].entry != NULL) || (found && strcmp(match.entry, rows[i].entry) != 0)) {
            fail_msg("%s: %s gives %s", rows[i].sentence, rows[i].hostname, found ? match.entry : "nothing");
        }
    }
    opt_out_free(list);
}

static void tells_reason_source_and_expiry(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct opt_out *list = list_of(list_text, &err);
    struct opt_out_match match;
    assert_true(opt_out_match_name(list, SLICE("xn--bcher-kva.example"), NOW, &match));
    assert_string_equal(match.reason, "a # in a reason");
    assert_int_equal(match.expires_s, 1814400000); /* 2027-07-01T00:00:00Z */
    assert_non_null(strstr(match.source, "/tmp/origintls-opt-out-"));
    assert_true(opt_out_match_name(list, SLICE("example.com"), NOW, &match));
    assert_null(match.reason);
    assert_int_equal(match.expires_s, OPT_OUT_NEVER_EXPIRES);
    assert_false(opt_out_match_name(list, SLICE("xn--bcher-kva.example"), 1814400000, &match));
    assert_true(opt_out_match_name(list, SLICE("xn--bcher-kva.example"), 1814399999, &match));
    opt_out_free(list);
}

static void of_two_equal_entries_the_longer_counts(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct opt_out *list =
        list_of("example.com expires=2020-01-01\nexample.com reason=\"b\"\nexample.com expires=2021-01-01\n"
                "192.0.2.1 expires=2020-01-01\n192.0.2.1/32\n192.0.2.1 expires=2021-01-01\n",
                &err);
    struct address address;
    struct opt_out_match match;
    assert_int_equal(address_parse(SLICE("192.0.2.1"), &address), 0);
    assert_true(opt_out_match_name(list, SLICE("example.com"), NOW, &match));
    assert_string_equal(match.reason, "b");
    assert_true(opt_out_match_address(list, &address, NOW, &match));
    opt_out_free(list);
}

static void refuses_malformed_lines(void **state)
{
    (void)state;
    static const struct {
        const char *sentence, *text, *place;
    } rows[] = {
        {"a URL is no entry", "example.com\nhttp://example.com/\n", ":2: "},
        {"an address in an odd spelling", "127.1\n", ":1: "},
        {"bits behind the prefix", "192.0.2.1/24\n", ":1: "},
        {"a prefix that is too long", "192.0.2.0/33\n", ":1: "},
        {"a wildcard", "*.example.com\n", ":1: "},
        {"an unknown word", "\n\nexample.com until=2027-01-01\n", ":3: "},
        {"two names on a line", "example.com example.org\n", ":1: "},
        {"a date that does not exist", "example.com expires=2027-02-29\n", ":1: "},
        {"a date that is a time", "example.com expires=2027-02-28T00:00:00Z\n", ":1: "},
        {"an expiry that stands there twice", "example.com expires=2027-01-01 expires=2028-01-01\n", ":1: "},
        {"a reason without quotation marks", "example.com reason=asked\n", ":1: "},
        {"a reason that does not end", "example.com reason=\"asked\n", ":1: "},
        {"text glued to a reason", "example.com reason=\"a\"b\n", ":1: "},
        {"host: without a name", "host:\n", ":1: "},
        {"an empty label", "example..com\n", ":1: "},
        {"options without an entry", "expires=2027-01-01\n", ":1: "},
        {"bytes that are no UTF-8",
         "ex\xff"
         "mple.com\n",
         ":1: "},
        {"a last line without a line feed", "example.com\n192.0.2.0/", ":2: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = ERR_INIT;
        struct opt_out *list = list_of(rows[i].text, &err);
        if (list != NULL || err.kind != ERR_USAGE || strstr(err.message, rows[i].place) == NULL) {
            fail_msg("%s: %s", rows[i].sentence, list != NULL ? "taken" : err.message);
        }
    }
}

static void refuses_unreadable_and_endless_input(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct opt_out *list = opt_out_new(&err);
    assert_int_equal(opt_out_load(list, "/nonexistent/list", &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "/nonexistent/list"));
    assert_int_equal(opt_out_load(list, "/tmp", &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(opt_out_load(list, "/dev/zero", &err), -1);
    assert_non_null(strstr(err.message, "longer than"));
    opt_out_free(list);
}

static void takes_no_more_than_its_bound(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct opt_out *list = opt_out_new(&err);
    char name[64];
    for (unsigned i = 0; i < LIMIT_OPT_OUT_ENTRIES; i++) {
        snprintf(name, sizeof name, "z%u.example", i);
        assert_int_equal(opt_out_add(list, slice_of(name), OPT_OUT_NEVER_EXPIRES, NULL, "test", &err), 0);
    }
    assert_int_equal(opt_out_add(list, SLICE("one.more"), OPT_OUT_NEVER_EXPIRES, NULL, "test", &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    opt_out_finish(list);
    assert_true(opt_out_match_name(list, SLICE("www.z1999999.example"), NOW, NULL));
    assert_false(opt_out_match_name(list, SLICE("www.z2000000.example"), NOW, NULL));
    opt_out_free(list);
}

/* Nested as deeply as ranges can be, all but the outermost expired. */
static void finds_the_one_range_that_holds(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct opt_out *list = opt_out_new(&err);
    struct address address;
    struct opt_out_match match;
    char range[32];
    for (int bits = 32; bits >= 0; bits--) {
        snprintf(range, sizeof range, "0.0.0.0/%d", bits);
        assert_int_equal(opt_out_add(list, slice_of(range), bits == 8 ? OPT_OUT_NEVER_EXPIRES : 1, NULL, "test", &err),
                         0);
    }
    opt_out_finish(list);
    assert_int_equal(address_parse(SLICE("0.0.0.0"), &address), 0);
    assert_true(opt_out_match_address(list, &address, NOW, &match));
    assert_string_equal(match.entry, "0.0.0.0/8");
    assert_int_equal(address_parse(SLICE("1.0.0.0"), &address), 0);
    assert_false(opt_out_match_address(list, &address, NOW, &match));
    opt_out_free(list);
}

static void an_empty_list_opts_nobody_out(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct opt_out *list = list_of("# nobody\n", &err);
    struct address address;
    assert_int_equal(address_parse(SLICE("192.0.2.1"), &address), 0);
    assert_false(opt_out_match_name(list, SLICE("example.com"), NOW, NULL));
    assert_false(opt_out_match_address(list, &address, NOW, NULL));
    assert_false(opt_out_match_name(NULL, SLICE("example.com"), NOW, NULL));
    opt_out_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_names),
        cmocka_unit_test(matches_addresses),
        cmocka_unit_test(tells_reason_source_and_expiry),
        cmocka_unit_test(of_two_equal_entries_the_longer_counts),
        cmocka_unit_test(refuses_malformed_lines),
        cmocka_unit_test(refuses_unreadable_and_endless_input),
        cmocka_unit_test(takes_no_more_than_its_bound),
        cmocka_unit_test(finds_the_one_range_that_holds),
        cmocka_unit_test(an_empty_list_opts_nobody_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
