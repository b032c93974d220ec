#include "compare/charset.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

#define PRESCAN_BYTES 1024

struct label {
    const char *label;
    const char *name; /* as iconv knows it */
};

/* The labels of the Encoding standard that are seen in the wild. */
static const struct label labels[] = {
    {"utf-8", "UTF-8"},
    {"utf8", "UTF-8"},
    {"unicode-1-1-utf-8", "UTF-8"},
    {"us-ascii", "WINDOWS-1252"},
    {"ascii", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"iso8859-1", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"windows-1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"cp1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1254", "WINDOWS-1254"},
    {"windows-1255", "WINDOWS-1255"},
    {"windows-1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"windows-1258", "WINDOWS-1258"},
    {"windows-874", "CP874"},
    {"tis-620", "CP874"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"x-sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"gbk", "GBK"},
    {"gb2312", "GBK"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"utf-16", "UTF-16LE"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
};

static const char *find_label(struct slice label)
{
    label = slice_trim(label);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (slice_equal_nocase(label, slice_of(labels[i].label))) {
            return labels[i].name;
        }
    }
    return NULL;
}

/* The value behind "charset=" (or another key) in `text`, quoted or not. */
static struct slice value_behind(struct slice text, struct slice key)
{
    size_t at = slice_find_nocase(text, key);
    if (at == text.len) {
        return SLICE_EMPTY;
    }
    struct slice rest = slice_trim(slice_from(text, at + key.len));
    if (rest.len == 0 || rest.ptr[0] != '=') {
        return SLICE_EMPTY;
    }
    rest = slice_trim(slice_from(rest, 1));
    if (rest.len > 0 && (rest.ptr[0] == '"' || rest.ptr[0] == '\'')) {
        rest = slice_from(rest, 1);
    }
    size_t end = 0;
    while (end < rest.len && strchr("\"'; \t\r\n>/?", rest.ptr[end]) == NULL) {
        end++;
    }
    return slice_make(rest.ptr, end);
}

static const char *declared_in_body(struct slice body, bool is_xml)
{
    struct slice head = slice_make(body.ptr, body.len < PRESCAN_BYTES ? body.len : PRESCAN_BYTES);
    if (is_xml || slice_starts_with(head, SLICE("<?xml"))) {
        struct slice declaration = slice_make(head.ptr, slice_find(head, SLICE("?>")));
        const char *name = find_label(value_behind(declaration, SLICE("encoding")));
        if (name != NULL || is_xml) {
            return name;
        }
    }
    while (head.len > 0) {
        size_t at = slice_find_nocase(head, SLICE("<meta"));
        if (at == head.len) {
            return NULL;
        }
        head = slice_from(head, at + 5);
        struct slice element = slice_make(head.ptr, slice_find_byte(head, '>'));
        const char *name = find_label(value_behind(element, SLICE("charset")));
        if (name != NULL) {
            /* A meta element that could be read is not in UTF-16. */
            return strncmp(name, "UTF-16", 6) == 0 ? "UTF-8" : name;
        }
    }
    return NULL;
}

static const char *byte_order_mark(struct slice body)
{
    if (slice_starts_with(body, SLICE("\xef\xbb\xbf"))) {
        return "UTF-8";
    }
    if (slice_starts_with(body, SLICE("\xff\xfe"))) {
        return "UTF-16LE";
    }
    return slice_starts_with(body, SLICE("\xfe\xff")) ? "UTF-16BE" : NULL;
}

/* A sequence that our own bound cut off at the end is no fault, if there are whole ones before it. */
static bool is_utf8(struct slice s)
{
    bool any = false;
    size_t i = 0;
    while (i < s.len) {
        if ((unsigned char)s.ptr[i] < 0x80) {
            i++;
            continue;
        }
        uint32_t code;
        size_t len = utf8_decode(slice_from(s, i), &code);
        if (len == 1) {
            return any && s.len - i < 4 && (unsigned char)s.ptr[i] >= 0xc0;
        }
        any = true;
        i += len;
    }
    return true;
}

void charset_detect(struct slice body, struct slice content_type, bool is_xml, char *name)
{
    const char *found = byte_order_mark(body);
    if (found == NULL) {
        found = find_label(value_behind(content_type, SLICE("charset")));
    }
    if (found == NULL) {
        found = declared_in_body(body, is_xml);
    }
    if (found == NULL) {
        found = is_utf8(body) ? "UTF-8" : "WINDOWS-1252";
    }
    snprintf(name, CHARSET_NAME_BYTES, "%s", found);
}

static bool is_ascii(struct slice s)
{
    unsigned char high = 0;
    for (size_t i = 0; i < s.len; i++) {
        high |= (unsigned char)s.ptr[i];
    }
    return high < 0x80;
}

static bool is_ascii_compatible(const char *name)
{
    return strncmp(name, "UTF-16", 6) != 0 && strcmp(name, "ISO-2022-JP") != 0;
}

static void convert(iconv_t conversion, struct slice body, struct buf *out)
{
    char chunk[4096];
    char *in = (char *)(uintptr_t)body.ptr; /* iconv takes no const, and writes nothing */
    size_t left = body.len;
    while (left > 0) {
        char *to = chunk;
        size_t room = sizeof chunk;
        size_t result = iconv(conversion, &in, &left, &to, &room);
        int fault = result == (size_t)-1 ? errno : 0;
        if (buf_append(out, chunk, sizeof chunk - room) != 0 || fault == 0) {
            return;
        }
        if (fault != E2BIG) {
            utf8_append(out, UTF8_REPLACEMENT);
            in++;
            left--;
        }
    }
}

struct slice charset_decode(struct slice body, const char *name, struct buf *storage)
{
    const char *mark = byte_order_mark(body);
    if (mark != NULL && strcmp(mark, name) == 0) {
        body = slice_from(body, strcmp(mark, "UTF-8") == 0 ? 3 : 2);
    }
    if (strcmp(name, "UTF-8") == 0 || (is_ascii_compatible(name) && is_ascii(body))) {
        return body;
    }
    iconv_t conversion = iconv_open("UTF-8", name);
    if (conversion == (iconv_t)-1) {
        return body;
    }
    convert(conversion, body, storage);
    iconv_close(conversion);
    return buf_slice(storage);
}
