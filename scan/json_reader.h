/* One flat JSON object, key by key, as a line of NDJSON holds it. */
#ifndef ORIGINTLS_SCAN_JSON_READER_H
#define ORIGINTLS_SCAN_JSON_READER_H

#include "base/slice.h"

/* A string as it is, a number or boolean as JSON writes it, null as the empty text. NULL: go on; else a clause that
 * says what is wrong, which ends the reading. Texts are valid during the call alone. */
typedef const char *json_on_member(void *context, struct slice key, struct slice value);

/* NULL, or a clause that says what is wrong: no JSON, no object, a key twice, a value that is an object or array, or
 * what on_member said. */
const char *json_read_flat_object(struct slice text, json_on_member *on_member, void *context);

#endif
