/* Addresses, times and text: values that are parsed from what others write. */
#include "base/address.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct address_row {
    const char *sentence, *text, *canonical; /* NULL: it is refused */
    bool special;
};

static const struct address_row address_rows[] = {
    {"A public IPv4 address.", "8.8.8.8", "8.8.8.8", false},
    {"IPv6 is written in its shortest form.", "2606:4700:0000:0000:0000:0000:0000:1111", "2606:4700::1111", false},
    {"Brackets around IPv6 are accepted.", "[2606:4700::1111]", "2606:4700::1111", false},
    {"Brackets around IPv4 are not.", "[8.8.8.8]", NULL, false},
    {"IPv4 in IPv6 is the IPv4 address.", "::ffff:10.0.0.1", "10.0.0.1", true},
    {"Loopback is special.", "127.9.8.7", "127.9.8.7", true},
    {"Private networks are special.", "172.31.255.255", "172.31.255.255", true},
    {"Their neighbours are not.", "172.32.0.0", "172.32.0.0", false},
    {"Link-local is special: cloud metadata lives there.", "169.254.169.254", "169.254.169.254", true},
    {"Carrier-grade NAT is special.", "100.64.1.1", "100.64.1.1", true},
    {"Unique local IPv6 is special.", "fd00::1", "fd00::1", true},
    {"Multicast is special.", "ff02::1", "ff02::1", true},
    {"NAT64 of a private address is special.", "64:ff9b::192.168.0.1", "64:ff9b::c0a8:1", true},
    {"NAT64 of a public address is not.", "64:ff9b::8.8.8.8", "64:ff9b::808:808", false},
    {"6to4 is special.", "2002:a00:1::", "2002:a00:1::", true},
    {"The broadcast address is special.", "255.255.255.255", "255.255.255.255", true},
    {"A short form of IPv4 is refused.", "127.1", NULL, false},
    {"A leading zero is refused.", "010.0.0.1", NULL, false},
    {"A zone index is refused.", "fe80::1%eth0", NULL, false},
    {"A name is refused.", "localhost", NULL, false},
    {"Nothing is refused.", "", NULL, false},
};

static void test_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(address_rows); i++) {
        const struct address_row *row = &address_rows[i];
        struct address address;
        char text[ADDRESS_TEXT_BYTES];
        print_message("%s\n", row->sentence);
        if (row->canonical == NULL) {
            assert_int_equal(address_parse(slice_of(row->text), &address), -1);
            continue;
        }
        assert_int_equal(address_parse(slice_of(row->text), &address), 0);
        assert_string_equal(address_format(&address, text), row->canonical);
        assert_int_equal(address_is_special(&address), row->special);
    }
}

struct range_row {
    const char *sentence, *range, *address;
    bool inside;
};

static const struct range_row range_rows[] = {
    {"An address in the range.", "192.0.2.0/24", "192.0.2.255", true},
    {"The next one.", "192.0.2.0/24", "192.0.3.0", false},
    {"A prefix that ends within a byte.", "10.32.0.0/11", "10.63.255.255", true},
    {"And just behind it.", "10.32.0.0/11", "10.64.0.0", false},
    {"A single address is a range of one.", "192.0.2.7", "192.0.2.7", true},
    {"Everything of a family.", "0.0.0.0/0", "203.0.113.9", true},
    {"Families are apart.", "::/0", "203.0.113.9", false},
    {"An IPv6 range.", "2001:db8::/33", "2001:db8:7fff::1", true},
    {"And its other half.", "2001:db8::/33", "2001:db8:8000::1", false},
};

static void test_ranges(void **state)
{
    (void)state;
    static const char *const malformed[] = {"192.0.2.1/24",  "192.0.2.0/33",   "192.0.2.0/", "192.0.2.0/-1",
                                            "192.0.2.0/2x",  "2001:db8::1/64", "/8",         "",
                                            "192.0.2.0/0024"};
    for (size_t i = 0; i < COUNT(range_rows); i++) {
        struct address_range range;
        struct address address;
        print_message("%s\n", range_rows[i].sentence);
        assert_int_equal(address_range_parse(slice_of(range_rows[i].range), &range), 0);
        assert_int_equal(address_parse(slice_of(range_rows[i].address), &address), 0);
        assert_int_equal(address_in_range(&address, &range), range_rows[i].inside);
    }
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct address_range range;
        print_message("%s is no range.\n", malformed[i]);
        assert_int_equal(address_range_parse(slice_of(malformed[i]), &range), -1);
    }
}

struct time_row {
    const char *text;
    int64_t unix_s; /* as `date -u -d` prints it */
};

static const struct time_row time_rows[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-11-23T17:45:00Z", 1795455900},
    {"2000-02-29T23:59:59Z", 951868799},
    {"1999-12-31T23:59:59+00:00", 946684799},
    {"2026-11-23T19:45:00.123456+02:00", 1795455900},
    {"2026-11-23 12:15:00-05:30", 1795455900},
    {"1960-06-01T00:00:00Z", -302486400},
};

static void test_times(void **state)
{
    (void)state;
    static const char *const malformed[] = {"",
                                            "2026-11-23",
                                            "2026-11-23T17:45Z",
                                            "2026-13-01T00:00:00Z",
                                            "2026-02-29T00:00:00Z",
                                            "2026-04-31T00:00:00Z",
                                            "2026-11-23T24:00:00Z",
                                            "2026-11-23T17:45:00",
                                            "2026-11-23T17:45:00.Z",
                                            "2026-11-23T17:45:00Zx",
                                            "yesterday"};
    char text[RFC3339_BYTES];
    for (size_t i = 0; i < COUNT(time_rows); i++) {
        int64_t unix_s = 1;
        assert_int_equal(time_parse(slice_of(time_rows[i].text), &unix_s), 0);
        assert_int_equal(unix_s, time_rows[i].unix_s);
    }
    for (size_t i = 0; i < COUNT(malformed); i++) {
        int64_t unix_s;
        print_message("\"%s\" is no time.\n", malformed[i]);
        assert_int_equal(time_parse(slice_of(malformed[i]), &unix_s), -1);
    }
    assert_string_equal(time_format(1795455900, text), "2026-11-23T17:45:00Z");
    assert_string_equal(time_format(-302486400, text), "1960-06-01T00:00:00Z");
    assert_string_equal(time_format(INT64_MAX, text), "9999-12-31T23:59:59Z");
    assert_string_equal(time_format(INT64_MIN, text), "0000-01-01T00:00:00Z");
}

struct visible_row {
    const char *sentence, *bytes, *shown;
};

static const struct visible_row visible_rows[] = {
    {"Plain text stays.", "a b", "a b"},
    {"Letters of other scripts stay.", "\xc3\xbc \xe6\x97\xa5", "\xc3\xbc \xe6\x97\xa5"},
    {"An escape sequence shows as what it is.", "\x1b[31mred", "\\x1b[31mred"},
    {"A line feed does not break the line.", "a\nb", "a\\x0ab"},
    {"C1 controls are shown.", "\xc2\x9b", "\\u{9b}"},
    {"Text cannot be turned around.",
     "\xe2\x80\xae"
     "cod.exe",
     "\\u{202e}cod.exe"},
    {"Invisible characters are shown.",
     "a\xe2\x80\x8b"
     "b",
     "a\\u{200b}b"},
    {"What is no UTF-8 becomes U+FFFD.",
     "a\xff"
     "b\xc3",
     "a\xef\xbf\xbd"
     "b\xef\xbf\xbd"},
    {"An overlong form is no UTF-8.", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"A surrogate is no UTF-8.", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
};

static void test_visible_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(visible_rows); i++) {
        struct buf out;
        buf_init(&out, 0);
        print_message("%s\n", visible_rows[i].sentence);
        utf8_append_visible(&out, slice_of(visible_rows[i].bytes));
        assert_string_equal(buf_text(&out), visible_rows[i].shown);
        buf_release(&out);
    }
}

static void test_every_code_point_survives(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        uint32_t decoded;
        if (code >= 0xd800 && code <= 0xdfff) {
            continue;
        }
        buf_reset(&out);
        utf8_append(&out, code);
        assert_int_equal(utf8_decode(buf_slice(&out), &decoded), out.len);
        assert_int_equal(decoded, code);
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_visible_text),
        cmocka_unit_test(test_every_code_point_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
