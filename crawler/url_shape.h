/* The shape of a URL: the template that probably made it.
 *
 * Each path segment is folded: a run of digits to "0"; a segment of hexadecimal digits (8 or more, both letters and
 * digits) or a UUID to "#"; two or more words joined by '-', '_', '+', '.' or an encoded space, or more than 20
 * letters, to "~"; an ending such as ".html" is kept. The query is folded to the sorted, distinct names of its
 * parameters, themselves with digits folded. "/news/2024-05-01/some-title.html?b=1&a=2" has the shape
 * "/news/0-0-0/~.html?a&b".
 */
#ifndef ORIGINTLS_CRAWLER_URL_SHAPE_H
#define ORIGINTLS_CRAWLER_URL_SHAPE_H

#include "base/buf.h"

#include <stdint.h>

/* Appends the shape as text. */
void url_shape_append(struct buf *out, struct slice path_query);
/* The first path segment, "" for the home page and for files directly below it: "/shop/a/b" -> "shop". */
struct slice url_first_segment(struct slice path_query);
/* True if the last path segment is a date or a month, or a parameter's value is: "/2024/05", "/day/2024-05-01",
 * "?date=20240501". What calendars are made of. */
bool url_is_dated(struct slice path_query);

#endif
