#include "compare/media_type.h"

#include "compare/compare.h"

#include <string.h>

struct known_type {
    const char *essence;
    enum media_kind kind;
};

static const struct known_type known_types[] = {
    {"text/html", MEDIA_HTML},
    {"application/xhtml+xml", MEDIA_HTML},
    {"text/xml", MEDIA_XML},
    {"application/xml", MEDIA_XML},
    {"image/svg+xml", MEDIA_XML},
    {"text/javascript", MEDIA_SCRIPT},
    {"application/javascript", MEDIA_SCRIPT},
    {"application/x-javascript", MEDIA_SCRIPT},
    {"application/ecmascript", MEDIA_SCRIPT},
    {"text/ecmascript", MEDIA_SCRIPT},
    {"text/css", MEDIA_STYLE},
    {"application/json", MEDIA_JSON},
    {"text/json", MEDIA_JSON},
    {"application/manifest+json", MEDIA_JSON},
    {"application/font-woff", MEDIA_FONT},
    {"application/font-woff2", MEDIA_FONT},
    {"application/vnd.ms-fontobject", MEDIA_FONT},
    {"application/x-font-ttf", MEDIA_FONT},
};

/* Whatever begins or ends so, where the table above has no entry. */
static const struct known_type prefixes[] = {
    {"image/", MEDIA_IMAGE},       {"font/", MEDIA_FONT}, {"audio/", MEDIA_AUDIO_VIDEO},
    {"video/", MEDIA_AUDIO_VIDEO}, {"text/", MEDIA_TEXT},
};
static const struct known_type suffixes[] = {{"+json", MEDIA_JSON}, {"+xml", MEDIA_XML}};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

struct slice media_type_essence(struct slice content_type)
{
    struct slice essence = slice_trim(slice_make(content_type.ptr, slice_find_byte(content_type, ';')));
    return slice_find_byte(essence, '/') < essence.len ? essence : SLICE_EMPTY;
}

static bool ends_with_nocase(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && slice_equal_nocase(slice_from(s, s.len - suffix.len), suffix);
}

static enum media_kind kind_of_essence(struct slice essence)
{
    for (size_t i = 0; i < COUNT(known_types); i++) {
        if (slice_equal_nocase(essence, slice_of(known_types[i].essence))) {
            return known_types[i].kind;
        }
    }
    for (size_t i = 0; i < COUNT(suffixes); i++) {
        if (ends_with_nocase(essence, slice_of(suffixes[i].essence))) {
            return suffixes[i].kind;
        }
    }
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        if (slice_starts_with_nocase(essence, slice_of(prefixes[i].essence))) {
            return prefixes[i].kind;
        }
    }
    return MEDIA_BINARY;
}

enum media_kind media_kind_of(struct slice content_type, struct slice body)
{
    struct slice essence = media_type_essence(content_type);
    bool none =
        essence.len == 0 || slice_equal(essence, SLICE("*/*")) || slice_equal_nocase(essence, SLICE("unknown/unknown"));
    return kind_of_essence(none ? compare_sniff_type(body) : essence);
}

const char *media_kind_name(enum media_kind kind)
{
    switch (kind) {
    case MEDIA_HTML:
        return "HTML";
    case MEDIA_XML:
        return "XML";
    case MEDIA_SCRIPT:
        return "a script";
    case MEDIA_STYLE:
        return "a style sheet";
    case MEDIA_JSON:
        return "JSON";
    case MEDIA_TEXT:
        return "plain text";
    case MEDIA_IMAGE:
        return "an image";
    case MEDIA_FONT:
        return "a font";
    case MEDIA_AUDIO_VIDEO:
        return "audio or video";
    case MEDIA_BINARY:
        return "a download";
    }
    return "unknown";
}

bool media_kind_same(enum media_kind a, enum media_kind b)
{
    bool a_plain = a == MEDIA_JSON || a == MEDIA_TEXT, b_plain = b == MEDIA_JSON || b == MEDIA_TEXT;
    return a == b || (a_plain && b_plain);
}

bool media_kind_is_text(enum media_kind kind)
{
    return kind <= MEDIA_TEXT;
}

struct signature {
    struct slice bytes;
    size_t at;
    const char *type;
};

static const struct signature signatures[] = {
    {{"\x89PNG\r\n\x1a\n", 8}, 0, "image/png"},
    {{"GIF87a", 6}, 0, "image/gif"},
    {{"GIF89a", 6}, 0, "image/gif"},
    {{"\xff\xd8\xff", 3}, 0, "image/jpeg"},
    {{"WEBPVP", 6}, 8, "image/webp"},
    {{"\0\0\1\0", 4}, 0, "image/x-icon"},
    {{"BM", 2}, 0, "image/bmp"},
    {{"%PDF-", 5}, 0, "application/pdf"},
    {{"PK\3\4", 4}, 0, "application/zip"},
    {{"\x1f\x8b\x08", 3}, 0, "application/gzip"},
    {{"wOF2", 4}, 0, "font/woff2"},
    {{"wOFF", 4}, 0, "font/woff"},
    {{"OTTO", 4}, 0, "font/otf"},
    {{"\0\1\0\0", 4}, 0, "font/ttf"},
    {{"OggS", 4}, 0, "audio/ogg"},
    {{"ID3", 3}, 0, "audio/mpeg"},
    {{"\x1a\x45\xdf\xa3", 4}, 0, "video/webm"},
    {{"ftyp", 4}, 4, "video/mp4"},
};

static const char *sniff_markup(struct slice s)
{
    static const char *const xml[] = {"<rss", "<feed", "<urlset", "<sitemapindex", "<svg", "<rdf:", "<!doctype svg"};
    if (slice_starts_with(s, SLICE("<?xml"))) {
        struct slice head = slice_make(s.ptr, s.len < 1024 ? s.len : 1024);
        return slice_find_nocase(head, SLICE("<html")) < head.len ? "text/html" : "text/xml";
    }
    for (size_t i = 0; i < COUNT(xml); i++) {
        if (slice_starts_with_nocase(s, slice_of(xml[i]))) {
            return "text/xml";
        }
    }
    bool tag = s.len > 2 && s.ptr[0] == '<' && (ascii_is_alpha(s.ptr[1]) || s.ptr[1] == '!');
    return tag ? "text/html" : NULL;
}

static bool looks_like_json(struct slice s)
{
    s = slice_trim(s);
    if (s.len < 2) {
        return false;
    }
    char first = s.ptr[0], last = s.ptr[s.len - 1];
    if (first == '{') {
        struct slice inside = slice_trim(slice_from(s, 1));
        return last == '}' && (inside.ptr[0] == '"' || inside.ptr[0] == '}');
    }
    return first == '[' && last == ']';
}

/* Control bytes that no text holds (WHATWG MIME Sniffing, "binary data byte"). */
static bool holds_binary(struct slice s)
{
    size_t len = s.len < 1445 ? s.len : 1445;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= 0x08 || c == 0x0b || (c >= 0x0e && c <= 0x1a) || (c >= 0x1c && c <= 0x1f)) {
            return true;
        }
    }
    return false;
}

struct slice compare_sniff_type(struct slice body)
{
    if (slice_starts_with(body, SLICE("\xef\xbb\xbf"))) {
        body = slice_from(body, 3);
    } else if (slice_starts_with(body, SLICE("\xff\xfe")) || slice_starts_with(body, SLICE("\xfe\xff"))) {
        return SLICE("text/html"); /* UTF-16 is hardly anything else on the web */
    }
    for (size_t i = 0; i < COUNT(signatures); i++) {
        struct slice there = slice_from(body, signatures[i].at);
        if (slice_starts_with(there, signatures[i].bytes)) {
            return slice_of(signatures[i].type);
        }
    }
    struct slice start = slice_trim(slice_make(body.ptr, body.len < 4096 ? body.len : 4096));
    const char *markup = sniff_markup(start);
    if (markup != NULL) {
        return slice_of(markup);
    }
    if (holds_binary(body)) {
        return SLICE("application/octet-stream");
    }
    return looks_like_json(body) ? SLICE("application/json") : SLICE("text/plain");
}
