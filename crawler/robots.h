/* robots.txt after RFC 9309, for one product token.
 *
 * Only groups that name our token bind us (all of them together, §2.2.1); groups for "*" do not. That is the published
 * rule of the system that this one follows, and why the operator's own consent is asked for elsewhere (opt-out).
 * A rule matches from the start of the path with "*" and a final "$"; the longest one wins, and allow wins ties
 * (§2.2.2). Percent-encoded and plain spellings of the same octet match each other. Lines end in CR, LF or both; a BOM
 * is skipped. More than LIMIT_ROBOTS_BYTES or LIMIT_ROBOTS_RULES is not read.
 */
#ifndef ORIGINTLS_CRAWLER_ROBOTS_H
#define ORIGINTLS_CRAWLER_ROBOTS_H

#include "base/slice.h"

#include <stdint.h>

struct robots;

/* Never fails on content; NULL only when out of memory. `body` may be freed afterwards. */
struct robots *robots_parse(struct slice body, struct slice product_token);
void robots_free(struct robots *robots);

/* True if some group names the token. */
bool robots_names_us(const struct robots *robots);
/* `path_query` begins with "/". NULL robots allow everything. /robots.txt itself is always allowed. */
bool robots_allows(const struct robots *robots, struct slice path_query);
/* A group names us, "/" is forbidden, and no allow rule opens anything below. */
bool robots_forbids_everything(const struct robots *robots);
/* The longest Crawl-delay of our groups in milliseconds, or -1; at most an hour. */
int64_t robots_crawl_delay_ms(const struct robots *robots);
/* Sitemap lines belong to no group; at most LIMIT_SITEMAPS. They stay the parser's. */
size_t robots_sitemap_count(const struct robots *robots);
struct slice robots_sitemap(const struct robots *robots, size_t index);

#endif
