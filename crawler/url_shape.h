/* The shape of a path: the template that probably made it.
 *
 * Each segment is folded: digits only to "0", dates to "0-0-0", hexadecimal of 8 or more to "#", a slug (two or more
 * words joined by '-' or '_', or a long last segment) to "~"; an ending such as ".html" is kept. The query is folded to
 * the sorted names of its parameters. Equal shapes are one stratum of a sample.
 */
#ifndef ORIGINTLS_CRAWLER_URL_SHAPE_H
#define ORIGINTLS_CRAWLER_URL_SHAPE_H

#include "base/buf.h"

#include <stdint.h>

/* Appends the shape as text, for reports and tests. */
void url_shape_append(struct buf *out, struct slice path_query);
uint64_t url_shape_hash(struct slice path_query);
/* The first path segment, "" for the home page and for files directly below it: "/shop/a/b" -> "shop". */
struct slice url_first_segment(struct slice path_query);

#endif
