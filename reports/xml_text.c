#include "reports/xml_text.h"

#include "base/utf8.h"

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* U+FFFE and U+FFFF, which are characters in UTF-8 and none in XML. */
static bool is_no_xml_character(struct slice text)
{
    return slice_starts_with(text, SLICE("\xef\xbf\xbe")) || slice_starts_with(text, SLICE("\xef\xbf\xbf"));
}

void xml_append_text(struct buf *out, const char *text)
{
    struct buf visible;
    buf_init(&visible, 0);
    utf8_append_visible(&visible, slice_of(text));
    struct slice rest = buf_slice(&visible);
    while (rest.len > 0) {
        const char *entity = entity_of(rest.ptr[0]);
        if (entity != NULL) {
            buf_append_text(out, entity);
            rest = slice_from(rest, 1);
        } else if (is_no_xml_character(rest)) {
            buf_append_text(out, "\xef\xbf\xbd");
            rest = slice_from(rest, 3);
        } else {
            buf_append_byte(out, rest.ptr[0]);
            rest = slice_from(rest, 1);
        }
    }
    buf_release(&visible);
}
