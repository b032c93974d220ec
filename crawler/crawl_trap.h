/* URLs of which there is no end: what a single URL tells about it. (How many of a kind there are is the frontier's to
 * count.)
 *
 * A path that repeats itself ("/a/b/a/b/a/b", as relative links on a page that answers everywhere make it), one of more
 * than LIMIT_PATH_SEGMENTS, a query of more than LIMIT_QUERY_PARAMETERS, a session id, and a mail address that lacks its
 * "mailto:" (in every folder that links to it, it is another URL, and none is a page).
 */
#ifndef ORIGINTLS_CRAWLER_CRAWL_TRAP_H
#define ORIGINTLS_CRAWLER_CRAWL_TRAP_H

#include "base/slice.h"

bool url_is_crawl_trap(struct slice path_query);

#endif
