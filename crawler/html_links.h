/* References in HTML, found while the body arrives (libxml2's SAX push parser; no tree is built).
 *
 * Whatever the bytes are, this never fails but for memory: an HTML parser has no errors. Ceilings: LIMIT_LINKS_PER_PAGE
 * references, LIMIT_URL_BYTES for one (a longer one is no link), LIMIT_HTML_ATTRIBUTES of one element (more end the
 * reading), LIMIT_HTML_DEPTH open elements (what stands deeper is still read, but as if it stood flat).
 */
#ifndef ORIGINTLS_CRAWLER_HTML_LINKS_H
#define ORIGINTLS_CRAWLER_HTML_LINKS_H

#include "base/err.h"
#include "crawler/links.h"

struct html_links;

/* `content_type` is the header's value, from which the charset is taken; empty: as the document says, else UTF-8, or
 * windows-1252 where its beginning is none. */
struct html_links *html_links_new(struct slice content_type, struct err *err);
void html_links_free(struct html_links *links);

/* The next bytes of the body. After a failure (memory) the rest is ignored and html_links_finish fails. */
void html_links_feed(struct html_links *links, struct slice bytes);
/* No more bytes. Afterwards the results may be read. */
int html_links_finish(struct html_links *links, struct err *err);

/* Distinct references in document order (the same text with another kind is another reference); they stay the
 * parser's. */
const struct link_reference *html_links_references(const struct html_links *links, size_t *count);
/* The href of the first <base> that has one; empty if there is none. */
struct slice html_links_base(const struct html_links *links);
/* The reference of a <meta http-equiv=refresh> and its delay in seconds; false if the document has none. */
bool html_links_refresh(const struct html_links *links, struct slice *reference, unsigned *delay_s);
bool html_links_truncated(const struct html_links *links);

#endif
