/* The text of an absolute URL out of a reference and its base: the part of url.h that is done before libcurl reads it.
 */
#ifndef ORIGINTLS_CRAWLER_URL_REFERENCE_H
#define ORIGINTLS_CRAWLER_URL_REFERENCE_H

#include "base/buf.h"
#include "crawler/url.h"

/* Puts "scheme://host[:port]/path[?query]" into `text`, with everything in normal form but dot segments, which are left
 * in their plain spelling. `base` may be NULL. `clean` is room to work in. Both are emptied first. */
enum url_fault url_reference_compose(struct slice reference, const struct url *base, struct buf *clean,
                                     struct buf *text, enum url_scheme *scheme);
/* True if "/path?query" is in normal form already. (False does not say that it is not.) */
bool url_path_query_is_normal(struct slice path_query);
/* The port that an authority such as "[::1]:8080" names; 0 if it names none, -1 if that is no port. */
int url_authority_port(struct slice authority);

#endif
