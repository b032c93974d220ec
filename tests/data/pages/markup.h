/* What servers, caches and middle boxes do to a page on its way out. Each replaces the page by the changed one. */
#ifndef ORIGINTLS_TESTS_DATA_PAGES_MARKUP_H
#define ORIGINTLS_TESTS_DATA_PAGES_MARKUP_H

#include "base/buf.h"

/* Line breaks between tags, quotes that are not needed, comments and optional end tags are gone. */
void markup_minify(struct buf *page);
/* Each tag on a line of its own, indented. */
void markup_indent(struct buf *page);
/* Attribute names and element names in capitals, single quotes. */
void markup_shout(struct buf *page);
/* `text` before the first `mark`; nothing if there is none. */
void markup_insert(struct buf *page, const char *mark, const char *text);
void markup_replace_all(struct buf *page, const char *from, const char *to);
/* What lies between the first `begin` and the first `end` behind it, both kept. */
void markup_drop_between(struct buf *page, const char *begin, const char *end);
/* The first `percent` of the bytes. */
void markup_cut(struct buf *page, unsigned percent);
/* To another character encoding, as iconv names it; the meta element is changed to `label`. */
void markup_encode(struct buf *page, const char *encoding, const char *label);

#endif
