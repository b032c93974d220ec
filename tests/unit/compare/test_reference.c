/* References in pages and character encodings of bodies. Expected values after RFC 3986, 5.4, and the Encoding
 * standard. */
#include "compare/charset.h"
#include "compare/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

struct row {
    const char *reference;
    const char *folded;
    enum reference_scheme scheme;
};

static void folds_references(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"http://a/b/c/g", "//a/b/c/g", REFERENCE_HTTP},
        {"https://a/b/c/g", "//a/b/c/g", REFERENCE_HTTPS},
        {"HTTPS://A:443/b", "//a/b", REFERENCE_HTTPS},
        {"http://a:80", "//a/", REFERENCE_HTTP},
        {"http://a:8080/", "//a:8080/", REFERENCE_HTTP},
        {"http://user@a./", "//a/", REFERENCE_HTTP},
        {"//other/x", "//other/x", REFERENCE_INHERITED},
        {"g", "//a/b/c/g", REFERENCE_INHERITED},
        {"./g", "//a/b/c/g", REFERENCE_INHERITED},
        {"g/", "//a/b/c/g/", REFERENCE_INHERITED},
        {"/g", "//a/g", REFERENCE_INHERITED},
        {"?y", "//a/b/c/d;p?y", REFERENCE_INHERITED},
        {"g?y#s", "//a/b/c/g?y", REFERENCE_INHERITED},
        {"#s", "//a/b/c/d;p?q", REFERENCE_INHERITED},
        {"", "//a/b/c/d;p?q", REFERENCE_INHERITED},
        {".", "//a/b/c/", REFERENCE_INHERITED},
        {"..", "//a/b/", REFERENCE_INHERITED},
        {"../g", "//a/b/g", REFERENCE_INHERITED},
        {"../..", "//a/", REFERENCE_INHERITED},
        {"../../../../g", "//a/g", REFERENCE_INHERITED},
        {"/./g/../h", "//a/h", REFERENCE_INHERITED},
        {"g.", "//a/b/c/g.", REFERENCE_INHERITED},
        {"..g", "//a/b/c/..g", REFERENCE_INHERITED},
        {" \n/g\t ", "//a/g", REFERENCE_INHERITED},
        {"http:\\\\a\\g", "//a/g", REFERENCE_HTTP},
        {"data:text/plain,x", "", REFERENCE_OTHER},
        {"javascript:void(0)", "", REFERENCE_OTHER},
        {"mailto:a@b", "", REFERENCE_OTHER},
    };
    const struct reference_base base = {SLICE("a"), SLICE("/b/c/d;p?q"), REFERENCE_INHERITED};
    struct buf out = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum reference_scheme scheme = reference_fold(slice_of(rows[i].reference), &base, &out);
        if (scheme != rows[i].scheme || !slice_equal(buf_slice(&out), slice_of(rows[i].folded))) {
            fail_msg("%s: %.*s", rows[i].reference, SLICE_ARG(buf_slice(&out)));
        }
    }
    buf_release(&out);
}

static void without_a_host_only_paths_count(void **state)
{
    (void)state;
    const struct reference_base base = {SLICE_EMPTY, SLICE("/b/c"), REFERENCE_INHERITED};
    struct buf out = {0};
    assert_int_equal(reference_fold(SLICE("https://www.example.com/x"), &base, &out), REFERENCE_HTTPS);
    assert_true(slice_equal(buf_slice(&out), SLICE("///x")));
    assert_int_equal(reference_fold(SLICE("/x"), &base, &out), REFERENCE_INHERITED);
    assert_true(slice_equal(buf_slice(&out), SLICE("///x")));
    buf_release(&out);
}

struct charset_row {
    const char *sentence;
    struct slice body;
    const char *content_type;
    bool is_xml;
    const char *name;
    const char *text;
};

static void decodes_bodies(void **state)
{
    (void)state;
    static const struct charset_row rows[] = {
        {"nothing declared, valid UTF-8", {"\xc3\xa9", 2}, "", false, "UTF-8", "\xc3\xa9"},
        {"nothing declared, not UTF-8", {"\xe9", 1}, "", false, "WINDOWS-1252", "\xc3\xa9"},
        {"a sequence cut at the end", {"\xc3\xa9\xe6\x97", 4}, "", false, "UTF-8", "\xc3\xa9\xe6\x97"},
        {"the header wins over the body",
         {"<meta charset=utf-8>\xe9", 21},
         "text/html; charset=ISO-8859-1",
         false,
         "WINDOWS-1252",
         "<meta charset=utf-8>\xc3\xa9"},
        {"a quoted charset", {"\xe9", 1}, "text/html; charset=\"latin1\"; x=y", false, "WINDOWS-1252", "\xc3\xa9"},
        {"a meta element",
         {"<meta charset='windows-1251'>\xcf", 30},
         "text/html",
         false,
         "WINDOWS-1251",
         "<meta charset='windows-1251'>\xd0\x9f"},
        {"an http-equiv",
         {"<meta http-equiv=content-type content='text/html; charset=koi8-r'>\xf0", 67},
         "",
         false,
         "KOI8-R",
         "<meta http-equiv=content-type content='text/html; charset=koi8-r'>\xd0\x9f"},
        {"an XML declaration",
         {"<?xml version='1.0' encoding='ISO-8859-2'?>\xb1", 44},
         "text/xml",
         true,
         "ISO-8859-2",
         "<?xml version='1.0' encoding='ISO-8859-2'?>\xc4\x85"},
        {"a mark wins over the header",
         {"\xef\xbb\xbf\xc3\xa9", 5},
         "text/html; charset=koi8-r",
         false,
         "UTF-8",
         "\xc3\xa9"},
        {"UTF-16, little endian",
         {"\xff\xfe"
          "a\0\xe9\0",
          6},
         "",
         false,
         "UTF-16LE",
         "a\xc3\xa9"},
        {"UTF-16, big endian", {"\xfe\xff\0a\0\xe9", 6}, "", false, "UTF-16BE", "a\xc3\xa9"},
        {"Shift_JIS",
         {"\x93\xfa\x96\x7b", 4},
         "text/html;charset=Shift_JIS",
         false,
         "CP932",
         "\xe6\x97\xa5\xe6\x9c\xac"},
        {"GB2312 means GBK",
         {"\xd6\xd0\xce\xc4", 4},
         "text/html; charset=gb2312",
         false,
         "GBK",
         "\xe4\xb8\xad\xe6\x96\x87"},
        {"EUC-KR", {"\xc7\xd1", 2}, "text/html; charset=euc-kr", false, "CP949", "\xed\x95\x9c"},
        {"Thai", {"\xa1", 1}, "text/html; charset=tis-620", false, "CP874", "\xe0\xb8\x81"},
        {"what means nothing is replaced",
         {"a\x81\x01z", 4},
         "text/html; charset=shift_jis",
         false,
         "CP932",
         "a\xef\xbf\xbd\x01z"},
        {"an unknown label counts as none", {"\xc3\xa9", 2}, "text/html; charset=martian", false, "UTF-8", "\xc3\xa9"},
        {"a meta element in UTF-16 lies", {"<meta charset=utf-16>x", 22}, "", false, "UTF-8", "<meta charset=utf-16>x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[CHARSET_NAME_BYTES];
        struct buf storage = {0};
        charset_detect(rows[i].body, slice_of(rows[i].content_type), rows[i].is_xml, name);
        struct slice text = charset_decode(rows[i].body, name, &storage);
        if (strcmp(name, rows[i].name) != 0 || !slice_equal(text, slice_of(rows[i].text))) {
            fail_msg("%s: %s, %.*s", rows[i].sentence, name, SLICE_ARG(text));
        }
        buf_release(&storage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_references),
        cmocka_unit_test(without_a_host_only_paths_count),
        cmocka_unit_test(decodes_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
