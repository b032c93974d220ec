#include "base/utf8.h"

static bool is_continuation(struct slice s, size_t at)
{
    return at < s.len && ((unsigned char)s.ptr[at] & 0xc0) == 0x80;
}

size_t utf8_decode(struct slice s, uint32_t *code)
{
    unsigned char first = (unsigned char)s.ptr[0];
    if (first < 0x80) {
        *code = first;
        return 1;
    }
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t value = first & (0xffu >> (len + 1));
    bool good = first >= 0xc2 && first <= 0xf4;
    for (size_t i = 1; good && i < len; i++) {
        good = is_continuation(s, i);
        if (good) {
            value = value << 6 | ((unsigned char)s.ptr[i] & 0x3f);
        }
    }
    if (!good || value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        *code = UTF8_REPLACEMENT;
        return 1;
    }
    *code = value;
    return len;
}

size_t utf8_sequence_length(char first)
{
    unsigned char c = (unsigned char)first;
    return c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
}

size_t utf8_incomplete_tail(struct slice s)
{
    for (size_t back = 1; back <= 3 && back <= s.len; back++) {
        unsigned char c = (unsigned char)s.ptr[s.len - back];
        if (c >= 0xc0) {
            return utf8_sequence_length((char)c) > back ? back : 0;
        }
        if (c < 0x80) {
            return 0;
        }
    }
    return 0;
}

void utf8_append(struct buf *out, uint32_t code)
{
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        code = UTF8_REPLACEMENT;
    }
    char bytes[4];
    size_t len = 0;
    if (code < 0x80) {
        bytes[len++] = (char)code;
    } else if (code < 0x800) {
        bytes[len++] = (char)(0xc0 | code >> 6);
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[len++] = (char)(0xe0 | code >> 12);
        bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[len++] = (char)(0xf0 | code >> 18);
        bytes[len++] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    }
    buf_append(out, bytes, len);
}

bool utf8_is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe007f);
}

/* How many bytes from `at` on are printable ASCII. */
static size_t printable_run(struct slice s, size_t at)
{
    size_t end = at;
    while (end < s.len && s.ptr[end] >= 0x20 && s.ptr[end] < 0x7f) {
        end++;
    }
    return end - at;
}

void utf8_append_visible(struct buf *out, struct slice s)
{
    for (size_t i = 0; i < s.len;) {
        size_t printable = printable_run(s, i);
        if (printable > 0) {
            buf_append(out, s.ptr + i, printable);
            i += printable;
            continue;
        }
        uint32_t code;
        size_t len = utf8_decode(slice_from(s, i), &code);
        if (code < 0x80 && utf8_is_unsafe(code)) {
            buf_printf(out, "\\x%02x", code);
        } else if (utf8_is_unsafe(code)) {
            buf_printf(out, "\\u{%x}", code);
        } else {
            utf8_append(out, code);
        }
        i += len;
    }
}
