/* Bodies in whatever character encoding, as UTF-8.
 *
 * The encoding is the one of a byte order mark, else of the Content-Type, else of a meta element in the first 1,024
 * bytes (for XML: of its declaration), else UTF-8 if the bytes are valid in it, else windows-1252 (WHATWG Encoding,
 * HTML 13.2.3). Labels follow the Encoding standard where it differs from IANA: iso-8859-1 and us-ascii mean
 * windows-1252, gb2312 means GBK.
 */
#ifndef ORIGINTLS_COMPARE_CHARSET_H
#define ORIGINTLS_COMPARE_CHARSET_H

#include "base/buf.h"

#define CHARSET_NAME_BYTES 32

/* Sets `name` (CHARSET_NAME_BYTES) to the canonical name of the encoding, "UTF-8" where nothing else is known. An
 * unknown label counts as none. `is_xml` says where to look for a declaration. */
void charset_detect(struct slice body, struct slice content_type, bool is_xml, char *name);

/* `body` in UTF-8 without its byte order mark: borrowed from `body` where no conversion is needed, else from `storage`,
 * which the caller initialises and releases. Bytes that mean nothing become U+FFFD. The result is at most four times as
 * long. */
struct slice charset_decode(struct slice body, const char *name, struct buf *storage);

#endif
