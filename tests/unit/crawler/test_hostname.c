#include "crawler/hostname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_normalise(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *text;
        enum hostname_fault fault;
        const char *name;
    } rows[] = {
        {"a plain name stays", "www.example.com", HOSTNAME_OK, "www.example.com"},
        {"capitals become small", "WWW.Example.COM", HOSTNAME_OK, "www.example.com"},
        {"one final dot goes", "example.com.", HOSTNAME_OK, "example.com"},
        {"two final dots are an empty label", "example.com..", HOSTNAME_LABEL_LENGTH, ""},
        {"a leading dot is an empty label", ".example.com", HOSTNAME_LABEL_LENGTH, ""},
        {"nothing is no name", "", HOSTNAME_EMPTY, ""},
        {"a dot alone is no name", ".", HOSTNAME_EMPTY, ""},
        {"underscores are real", "_dmarc.my_host.example.com", HOSTNAME_OK, "_dmarc.my_host.example.com"},
        {"a hyphen may stand at an end", "-a-.example.com", HOSTNAME_OK, "-a-.example.com"},
        {"a single label is a name", "localhost", HOSTNAME_OK, "localhost"},
        {"an umlaut becomes an A-label",
         "b\xc3\xbc"
         "cher.example",
         HOSTNAME_OK, "xn--bcher-kva.example"},
        {"a capital umlaut gives the same",
         "B\xc3\x9c"
         "CHER.example",
         HOSTNAME_OK, "xn--bcher-kva.example"},
        {"the A-label itself stays", "XN--BCHER-KVA.example", HOSTNAME_OK, "xn--bcher-kva.example"},
        {"sharp s is kept apart from ss",
         "stra\xc3\x9f"
         "e.example",
         HOSTNAME_OK, "xn--strae-oqa.example"},
        {"a Chinese name", "\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95", HOSTNAME_OK, "xn--fsqu00a.xn--0zwm56d"},
        {"an ideographic full stop is a dot",
         "b\xc3\xbc"
         "cher\xe3\x80\x82"
         "example",
         HOSTNAME_OK, "xn--bcher-kva.example"},
        {"full-width letters fold to ASCII", "\xef\xbd\x85xample.com", HOSTNAME_OK, "example.com"},
        {"full-width digits make an address", "1\xef\xbc\x90.0.0.1", HOSTNAME_IS_ADDRESS, ""},
        {"bytes that are not UTF-8", "a\xff\xfe.example", HOSTNAME_BAD_CHARACTER, ""},
        {"a space", "a b.example", HOSTNAME_BAD_CHARACTER, ""},
        {"a slash", "a/b.example", HOSTNAME_BAD_CHARACTER, ""},
        {"an at sign", "a@b.example", HOSTNAME_BAD_CHARACTER, ""},
        {"a wildcard is no host", "*.example.com", HOSTNAME_BAD_CHARACTER, ""},
        {"a port is no part of a name", "example.com:80", HOSTNAME_BAD_CHARACTER, ""},
        {"an IPv4 address", "192.0.2.1", HOSTNAME_IS_ADDRESS, ""},
        {"an IPv4 address with a dot behind", "192.0.2.1.", HOSTNAME_IS_ADDRESS, ""},
        {"an IPv4 address as one number", "2130706433", HOSTNAME_IS_ADDRESS, ""},
        {"an IPv4 address in hexadecimal", "0x7f.1", HOSTNAME_IS_ADDRESS, ""},
        {"a last label of digits is read as an address", "example.123", HOSTNAME_IS_ADDRESS, ""},
        {"a last label of 0x alone as well", "example.0x", HOSTNAME_IS_ADDRESS, ""},
        {"digits elsewhere are fine", "123.example", HOSTNAME_OK, "123.example"},
        {"a last label that only begins with digits", "example.0xyz", HOSTNAME_OK, "example.0xyz"},
        {"an IPv6 address", "2001:db8::1", HOSTNAME_IS_ADDRESS, ""},
        {"an IPv6 address in brackets", "[2001:db8::1]", HOSTNAME_IS_ADDRESS, ""},
        {"63 bytes in a label are fine", LABEL_63 ".example", HOSTNAME_OK, LABEL_63 ".example"},
        {"64 are not", LABEL_63 "a.example", HOSTNAME_LABEL_LENGTH, ""},
        {"253 bytes are fine", NAME_253, HOSTNAME_OK, NAME_253},
        {"a final dot behind them as well", NAME_253 ".", HOSTNAME_OK, NAME_253},
        {"254 are not", "a" NAME_253, HOSTNAME_TOO_LONG, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[HOSTNAME_BYTES];
        enum hostname_fault fault = hostname_normalise(slice_of(rows[i].text), name);
        if (fault != rows[i].fault || strcmp(name, rows[i].name) != 0)
            fail_msg("%s: %s gave \"%s\" (%s)", rows[i].sentence, rows[i].text, name, hostname_fault_text(fault));
    }
}

static void test_a_nul_byte_is_no_character_of_a_name(void **state)
{
    (void)state;
    char name[HOSTNAME_BYTES];
    assert_int_equal(hostname_normalise(SLICE("a\0b.example"), name), HOSTNAME_BAD_CHARACTER);
    assert_int_equal(hostname_normalise(SLICE("\xc3\xbc\0b.example"), name), HOSTNAME_BAD_CHARACTER);
}

static void test_a_megabyte_is_refused_at_once(void **state)
{
    (void)state;
    static char text[1 << 20];
    char name[HOSTNAME_BYTES];
    memset(text, 'a', sizeof text);
    assert_int_equal(hostname_normalise(slice_make(text, sizeof text), name), HOSTNAME_TOO_LONG);
    text[0] = '\xc3';
    text[1] = '\xbc';
    assert_int_equal(hostname_normalise(slice_make(text, sizeof text), name), HOSTNAME_TOO_LONG);
}

static void test_unicode_form(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *unicode;
    } rows[] = {
        {"www.example.com", "www.example.com"},
        {"xn--bcher-kva.example", "b\xc3\xbc"
                                  "cher.example"},
        {"www.xn--fsqu00a.xn--0zwm56d", "www.\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95"},
        {"xn--999999999.example", "xn--999999999.example"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        hostname_append_unicode(&out, slice_of(rows[i].name));
        assert_string_equal(buf_text(&out), rows[i].unicode);
        buf_release(&out);
    }
}

static void test_in_zone(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *host;
        const char *zone;
        bool in;
    } rows[] = {
        {"the zone itself", "example.com", "example.com", true},
        {"a name below it", "www.example.com", "example.com", true},
        {"a name far below it", "a.b.c.example.com", "example.com", true},
        {"a name that only ends alike", "badexample.com", "example.com", false},
        {"a name that begins alike", "example.com.evil.test", "example.com", false},
        {"the parent", "com", "example.com", false},
        {"another", "example.org", "example.com", false},
        {"nothing is in no zone", "", "example.com", false},
        {"no zone holds anything", "example.com", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (hostname_in_zone(slice_of(rows[i].host), slice_of(rows[i].zone)) != rows[i].in)
            fail_msg("%s", rows[i].sentence);
    }
}

static void test_public_suffix(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool suffix;
    } rows[] = {
        {"com", true},
        {"co.uk", true},
        {"example.com", false},
        {"example.co.uk", false},
        {"github.io", true},
        {"someone.github.io", false},
        {"ck", true},
        {"anything.ck", true},
        {"www.ck", false},
        {"nosuchtld", true},
        {"lab.nosuchtld", false},
        {"xn--p1ai", true},
        {"xn--55qx5d.cn", true},
        {"", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (hostname_is_public_suffix(slice_of(rows[i].name)) != rows[i].suffix)
            fail_msg("%s should be %s", rows[i].name, rows[i].suffix ? "a public suffix" : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalise),
        cmocka_unit_test(test_a_nul_byte_is_no_character_of_a_name),
        cmocka_unit_test(test_a_megabyte_is_refused_at_once),
        cmocka_unit_test(test_unicode_form),
        cmocka_unit_test(test_in_zone),
        cmocka_unit_test(test_public_suffix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
