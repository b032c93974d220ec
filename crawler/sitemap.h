/* Sitemaps (sitemaps.org protocol 0.9): the addresses that a site names itself.
 *
 * XML (an urlset or an index of further sitemaps), plain text with one URL a line, and either of them packed with gzip.
 * XML is searched for <loc> rather than parsed: many sitemaps are not well-formed, and no entity is ever expanded but
 * the five of XML and characters by number. Ceilings: LIMIT_SITEMAP_BYTES unpacked, LIMIT_SITEMAP_URLS addresses.
 */
#ifndef ORIGINTLS_CRAWLER_SITEMAP_H
#define ORIGINTLS_CRAWLER_SITEMAP_H

#include "base/arena.h"
#include "base/err.h"

struct sitemap {
    bool is_index;           /* the addresses are those of sitemaps */
    struct slice *locations; /* as written, distinct, in order; to be resolved with url.h */
    size_t count;
    bool truncated; /* a ceiling was reached, or the packed bytes are broken */
    size_t capacity;
    struct arena memory;
};

/* `sitemap` is initialised here; release it in any case. Bytes that are no sitemap give none. Fails only for memory. */
int sitemap_parse(struct slice body, struct sitemap *sitemap, struct err *err);
void sitemap_release(struct sitemap *sitemap);

#endif
