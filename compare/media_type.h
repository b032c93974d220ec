/* Content types, as far as they decide what a browser does with a response. */
#ifndef ORIGINTLS_COMPARE_MEDIA_TYPE_H
#define ORIGINTLS_COMPARE_MEDIA_TYPE_H

#include "base/slice.h"

enum media_kind {
    MEDIA_HTML,
    MEDIA_XML, /* feeds, sitemaps, SVG */
    MEDIA_SCRIPT,
    MEDIA_STYLE,
    MEDIA_JSON,
    MEDIA_TEXT,
    MEDIA_IMAGE,
    MEDIA_FONT,
    MEDIA_AUDIO_VIDEO,
    MEDIA_BINARY /* all else: a download */
};

/* Of the header value where there is one that can be read, else of what the bytes look like. */
enum media_kind media_kind_of(struct slice content_type, struct slice body);
const char *media_kind_name(enum media_kind kind);
/* "text/html" of " Text/HTML; charset=x": trimmed, its case as it came; empty if it holds no slash. */
struct slice media_type_essence(struct slice content_type);
/* Whether a browser does the same with both: equal kinds, and JSON and plain text, which are shown and fetched alike.
 */
bool media_kind_same(enum media_kind a, enum media_kind b);
/* Compared by tokens, as opposed to bytes. */
bool media_kind_is_text(enum media_kind kind);

#endif
