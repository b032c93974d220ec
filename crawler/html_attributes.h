/* What the values of some HTML attributes mean. */
#ifndef ORIGINTLS_CRAWLER_HTML_ATTRIBUTES_H
#define ORIGINTLS_CRAWLER_HTML_ATTRIBUTES_H

#include "crawler/links.h"

/* The next image candidate of a srcset (HTML §4.8.4.2); false when there is none left. */
bool srcset_next(struct slice *rest, struct slice *reference);
/* The content of a <meta http-equiv=refresh> (HTML §4.2.5.3): "5; url=/next". The reference is empty if it only
 * reloads. False if it is not understood. */
bool refresh_parse(struct slice content, unsigned *delay_s, struct slice *reference);
/* What a <link> is for, by its rel, type and as; each may be empty. */
enum link_kind link_kind_of_rel(struct slice rel, struct slice type, struct slice as);

#endif
