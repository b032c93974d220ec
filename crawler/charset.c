#include "crawler/charset.h"

#include <string.h>

struct label {
    const char *label;
    const char *name;
};

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
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"macintosh", "MACINTOSH"},
    {"windows-874", "WINDOWS-874"},
    {"tis-620", "WINDOWS-874"},
    {"windows-1250", "WINDOWS-1250"},
    {"cp1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"cp1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1254", "WINDOWS-1254"},
    {"windows-1255", "WINDOWS-1255"},
    {"windows-1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"windows-1258", "WINDOWS-1258"},
    {"ibm866", "CP866"},
    {"cp866", "CP866"},
    {"gbk", "GB18030"},
    {"gb2312", "GB18030"},
    {"gb18030", "GB18030"},
    {"x-gbk", "GB18030"},
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
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (slice_equal_nocase(label, slice_of(labels[i].label)))
            return labels[i].name;
    }
    return NULL;
}

/* What follows "charset", "=" and white space, quoted or not. */
static struct slice label_after_charset(struct slice s)
{
    for (;;) {
        size_t at = slice_find_nocase(s, SLICE("charset"));
        if (at == s.len)
            return SLICE_EMPTY;
        s = slice_trim(slice_from(s, at + strlen("charset")));
        if (s.len > 0 && s.ptr[0] == '=')
            break;
    }
    s = slice_trim(slice_from(s, 1));
    if (s.len > 0 && (s.ptr[0] == '"' || s.ptr[0] == '\'')) {
        struct slice quoted = slice_from(s, 1);
        quoted.len = slice_find_byte(quoted, s.ptr[0]);
        return quoted;
    }
    size_t end = 0;
    while (end < s.len && !ascii_is_space(s.ptr[end]) && strchr(";\"'/>", s.ptr[end]) == NULL)
        end++;
    return slice_make(s.ptr, end);
}

struct slice charset_label_of_content_type(struct slice content_type)
{
    size_t semicolon = slice_find_byte(content_type, ';');
    return label_after_charset(slice_from(content_type, semicolon + 1));
}

const char *charset_of_mark(struct slice start)
{
    if (slice_starts_with(start, SLICE("\xef\xbb\xbf")))
        return "UTF-8";
    if (slice_starts_with(start, SLICE("\xff\xfe")))
        return "UTF-16LE";
    if (slice_starts_with(start, SLICE("\xfe\xff")))
        return "UTF-16BE";
    return NULL;
}

/* From "<meta" to its ">". */
static struct slice next_meta(struct slice *rest)
{
    *rest = slice_from(*rest, slice_find_nocase(*rest, SLICE("<meta")));
    struct slice tag = *rest;
    tag.len = slice_find_byte(tag, '>');
    *rest = slice_from(*rest, tag.len);
    return tag;
}

const char *charset_of_meta(struct slice start)
{
    struct slice rest = start;
    if (rest.len > CHARSET_PRESCAN_BYTES)
        rest.len = CHARSET_PRESCAN_BYTES;
    while (rest.len > 0) {
        struct slice label = label_after_charset(next_meta(&rest));
        const char *name = charset_by_label(label);
        if (name != NULL)
            return strncmp(name, "UTF-16", 6) == 0 ? "UTF-8" : name;
    }
    return NULL;
}
