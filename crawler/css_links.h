/* References in a style sheet: url(), quoted or not, and @import; comments and escapes as CSS Syntax Level 3 reads
 * them. */
#ifndef ORIGINTLS_CRAWLER_CSS_LINKS_H
#define ORIGINTLS_CRAWLER_CSS_LINKS_H

#include "base/arena.h"
#include "base/err.h"
#include "crawler/links.h"

struct css_links {
    struct link_reference *references; /* distinct, in order; LINK_STYLE for @import, LINK_IMAGE or LINK_OTHER else */
    size_t count;
    bool truncated; /* more than LIMIT_LINKS_PER_PAGE */
    struct arena memory;
};

/* `links` is initialised here; release it in any case. Fails only for memory. data: URLs are left out. */
int css_links_find(struct slice sheet, struct css_links *links, struct err *err);
void css_links_release(struct css_links *links);

#endif
