#include "base/charset.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#define PRESCAN_BYTES 1024 /* how much of a document may say its encoding (HTML 13.2.3.2) */

struct label {
    const char *label;
    const char *name; /* as iconv knows it */
};

/* The labels of the Encoding standard that are seen in the wild. */
static const struct label labels[] = {
    {"utf-8", "UTF-8"},
    {"utf8", "UTF-8"},
    {"unicode-1-1-utf-8", "UTF-8"},
    {"ascii", "WINDOWS-1252"},
    {"us-ascii", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"l1", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"iso8859-1", "WINDOWS-1252"},
    {"iso_8859-1", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"latin2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"latin5", "WINDOWS-1254"},
    {"windows-1254", "WINDOWS-1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"macintosh", "MACINTOSH"},
    {"windows-874", "CP874"},
    {"tis-620", "CP874"},
    {"iso-8859-11", "CP874"},
    {"windows-1250", "WINDOWS-1250"},
    {"cp1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"cp1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1255", "WINDOWS-1255"},
    {"windows-1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"windows-1258", "WINDOWS-1258"},
    {"ibm866", "CP866"},
    {"cp866", "CP866"},
    {"gbk", "GBK"},
    {"gb2312", "GBK"},
    {"x-gbk", "GBK"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"euc-jp", "EUC-JP"},
    {"x-euc-jp", "EUC-JP"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"x-sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"windows-949", "CP949"},
    {"utf-16", "UTF-16LE"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
};

const char *charset_by_label(struct slice label)
{
    label = slice_trim(label);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (slice_equal_nocase(label, slice_of(labels[i].label))) {
            return labels[i].name;
        }
    }
    return NULL;
}

/* What follows `key`, "=" and white space in `text`, quoted or not. */
static struct slice value_of(struct slice text, struct slice key)
{
    do {
        size_t at = slice_find_nocase(text, key);
        if (at == text.len) {
            return SLICE_EMPTY;
        }
        text = slice_trim(slice_from(text, at + key.len));
    } while (text.len == 0 || text.ptr[0] != '=');
    text = slice_trim(slice_from(text, 1));
    if (text.len > 0 && (text.ptr[0] == '"' || text.ptr[0] == '\'')) {
        struct slice quoted = slice_from(text, 1);
        return slice_make(quoted.ptr, slice_find_byte(quoted, text.ptr[0]));
    }
    size_t end = 0;
    while (end < text.len && !ascii_is_space(text.ptr[end]) && strchr(";\"'/>?", text.ptr[end]) == NULL) {
        end++;
    }
    return slice_make(text.ptr, end);
}

const char *charset_of_content_type(struct slice content_type)
{
    return charset_by_label(value_of(content_type, SLICE("charset")));
}

static const char *of_mark(struct slice start)
{
    if (slice_starts_with(start, SLICE("\xef\xbb\xbf"))) {
        return "UTF-8";
    }
    if (slice_starts_with(start, SLICE("\xff\xfe"))) {
        return "UTF-16LE";
    }
    return slice_starts_with(start, SLICE("\xfe\xff")) ? "UTF-16BE" : NULL;
}

/* A declaration that could be read byte by byte is not in UTF-16, whatever it says. */
static const char *as_read(const char *name)
{
    return name != NULL && strncmp(name, "UTF-16", 6) == 0 ? "UTF-8" : name;
}

static const char *of_xml_declaration(struct slice head)
{
    struct slice declaration = slice_make(head.ptr, slice_find(head, SLICE("?>")));
    return as_read(charset_by_label(value_of(declaration, SLICE("encoding"))));
}

static const char *of_meta(struct slice head)
{
    for (;;) {
        size_t at = slice_find_nocase(head, SLICE("<meta"));
        if (at == head.len) {
            return NULL;
        }
        head = slice_from(head, at + 5);
        struct slice element = slice_make(head.ptr, slice_find_byte(head, '>'));
        const char *name = charset_by_label(value_of(element, SLICE("charset")));
        if (name != NULL) {
            return as_read(name);
        }
    }
}

static const char *of_document(struct slice start, bool is_xml)
{
    struct slice head = slice_make(start.ptr, start.len < PRESCAN_BYTES ? start.len : PRESCAN_BYTES);
    if (is_xml) {
        return of_xml_declaration(head);
    }
    const char *name = slice_starts_with(head, SLICE("<?xml")) ? of_xml_declaration(head) : NULL;
    return name != NULL ? name : of_meta(head);
}

/* A sequence that the end cuts off is no fault, if there are whole ones before it. */
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
            return any && utf8_incomplete_tail(s) == s.len - i;
        }
        any = true;
        i += len;
    }
    return true;
}

const char *charset_detect(struct slice start, const char *declared, bool is_xml)
{
    const char *found = of_mark(start);
    if (found == NULL) {
        found = declared;
    }
    if (found == NULL) {
        found = of_document(start, is_xml);
    }
    if (found == NULL) {
        found = is_utf8(start) ? "UTF-8" : "WINDOWS-1252";
    }
    return found;
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

struct slice charset_decode(struct slice body, const char *charset, struct buf *storage)
{
    const char *mark = of_mark(body);
    if (mark != NULL && strcmp(mark, charset) == 0) {
        body = slice_from(body, strcmp(mark, "UTF-8") == 0 ? 3 : 2);
    }
    if (strcmp(charset, "UTF-8") == 0 || (is_ascii_compatible(charset) && is_ascii(body))) {
        return body;
    }
    iconv_t conversion = iconv_open("UTF-8", charset);
    if (conversion == (iconv_t)-1) {
        return body;
    }
    convert(conversion, body, storage);
    iconv_close(conversion);
    return buf_slice(storage);
}
