/* Which character encoding a document is in.
 *
 * Only encodings of the WHATWG Encoding Standard are known, by a table of their usual labels: a name that a server
 * sends never reaches a converter that would load whatever it is called.
 */
#ifndef ORIGINTLS_CRAWLER_CHARSET_H
#define ORIGINTLS_CRAWLER_CHARSET_H

#include "base/slice.h"

/* How much of a document may say its encoding (HTML §13.2.3.2). */
#define CHARSET_PRESCAN_BYTES 1024

/* The converter's name for a label such as "latin1" or "Shift_JIS"; NULL if it is not known. Labels of ISO-8859-1 and
 * ASCII give WINDOWS-1252, as browsers read them. */
const char *charset_by_label(struct slice label);
/* The label in "text/html; charset=..."; empty if there is none. */
struct slice charset_label_of_content_type(struct slice content_type);
/* By byte order mark ("UTF-8", "UTF-16LE", "UTF-16BE"), else NULL. */
const char *charset_of_mark(struct slice start);
/* By a <meta charset> or its older form within the first CHARSET_PRESCAN_BYTES; NULL if there is none. A document that
 * says UTF-16 there is read as UTF-8, since it could not be read otherwise. */
const char *charset_of_meta(struct slice start);

#endif
