/* Character encodings of bodies. Expected values after the Encoding standard. */
#include "base/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

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
        {"an XML declaration before HTML",
         {"<?xml version='1.0' encoding='ISO-8859-2'?><html>\xb1", 50},
         "text/html",
         false,
         "ISO-8859-2",
         "<?xml version='1.0' encoding='ISO-8859-2'?><html>\xc4\x85"},
        {"the first charset that a value follows",
         {"<meta name=charset charset=koi8-r>\xf0", 35},
         "",
         false,
         "KOI8-R",
         "<meta name=charset charset=koi8-r>\xd0\x9f"},
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
        struct buf storage = {0};
        const char *declared = charset_of_content_type(slice_of(rows[i].content_type));
        const char *name = charset_detect(rows[i].body, declared, rows[i].is_xml);
        struct slice text = charset_decode(rows[i].body, name, &storage);
        if (strcmp(name, rows[i].name) != 0 || !slice_equal(text, slice_of(rows[i].text))) {
            fail_msg("%s: %s, %.*s", rows[i].sentence, name, SLICE_ARG(text));
        }
        buf_release(&storage);
    }
}

/* Every known label leads to a converter that this machine has. */
static void converts_from_every_known_charset(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "utf-8",        "latin1",       "iso-8859-2",   "iso-8859-3",   "iso-8859-4",   "iso-8859-5",   "iso-8859-6",
        "iso-8859-7",   "iso-8859-8",   "iso-8859-9",   "iso-8859-10",  "iso-8859-13",  "iso-8859-14",  "iso-8859-15",
        "iso-8859-16",  "koi8-r",       "koi8-u",       "macintosh",    "windows-874",  "windows-1250", "windows-1251",
        "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "ibm866",
        "gbk",          "gb18030",      "big5",         "euc-jp",       "iso-2022-jp",  "shift_jis",    "euc-kr"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const char *charset = charset_by_label(slice_of(labels[i]));
        assert_non_null(charset);
        struct buf storage = {0};
        struct slice text = charset_decode(SLICE("a\xff"), charset, &storage);
        bool decoded = storage.len > 0 || strcmp(charset, "UTF-8") == 0;
        if (!decoded || text.ptr[0] != 'a') {
            fail_msg("%s: no converter for %s", labels[i], charset);
        }
        buf_release(&storage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_bodies),
        cmocka_unit_test(converts_from_every_known_charset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
