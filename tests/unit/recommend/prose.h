/* What was recommended and decided, as sentences for golden files. */
#ifndef ORIGINTLS_TESTS_UNIT_RECOMMEND_PROSE_H
#define ORIGINTLS_TESTS_UNIT_RECOMMEND_PROSE_H

#include "base/buf.h"
#include "recommend/record.h"

/* "flexible, full" or "none" */
void prose_modes(struct buf *out, mode_set set);
/* One paragraph about one hostname with one origin. */
void prose_hostname(struct buf *out, const char *title, const struct hostname_record *hostname);
/* One paragraph about a zone. */
void prose_zone(struct buf *out, const char *title, const struct scan_record *record);

#endif
