/* Which character encoding a document is in, and its text as UTF-8.
 *
 * The encoding is the one of a byte order mark, else of the Content-Type, else of a meta element in the first 1,024
 * bytes (for XML: of its declaration), else UTF-8 if the bytes are valid in it, else windows-1252 (WHATWG Encoding,
 * HTML 13.2.3). Labels follow the Encoding standard where it differs from IANA: iso-8859-1 and us-ascii mean
 * windows-1252, gb2312 means GBK.
 *
 * A charset is a name as iconv knows it, a constant of the table of known labels: a name that a server sends never
 * reaches a converter that would load whatever it is called.
 */
#ifndef ORIGINTLS_BASE_CHARSET_H
#define ORIGINTLS_BASE_CHARSET_H

#include "base/buf.h"

/* For a label such as "latin1" or "Shift_JIS"; NULL if it is not known. */
const char *charset_by_label(struct slice label);
/* Of "text/html; charset=..."; NULL where none is named or it is not known. */
const char *charset_of_content_type(struct slice content_type);
/* Never NULL. `start` is the document or its beginning, cut anywhere; `declared` what its transport says, or NULL;
 * `is_xml` says where to look for a declaration. */
const char *charset_detect(struct slice start, const char *declared, bool is_xml);

/* `body` in UTF-8 without its byte order mark: borrowed from `body` where no conversion is needed, else from `storage`,
 * which the caller initialises and releases. Bytes that mean nothing become U+FFFD. The result is at most four times as
 * long. */
struct slice charset_decode(struct slice body, const char *charset, struct buf *storage);

#endif
