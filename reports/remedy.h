/* The smallest change that lifts a blocker, as far as what was seen of this origin tells it: "Install the intermediate
 * "R3"
 * ..." instead of "Let the server send the full chain". */
#ifndef ORIGINTLS_REPORTS_REMEDY_H
#define ORIGINTLS_REPORTS_REMEDY_H

#include "base/buf.h"
#include "recommend/record.h"

/* Appends a sentence; code_remedy() where nothing more precise is known. `url` may be NULL. */
void remedy_append(struct buf *out, const struct origin_record *origin, enum code code, const char *url);

#endif
