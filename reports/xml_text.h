/* Text inside of XML or HTML markup. */
#ifndef ORIGINTLS_REPORTS_XML_TEXT_H
#define ORIGINTLS_REPORTS_XML_TEXT_H

#include "base/buf.h"

/* Appends `text` (NULL: nothing) so that it is text between tags and within quoted attributes, made visible: what
 * XML 1.0 does not allow is not in it. */
void xml_append_text(struct buf *out, const char *text);

#endif
