/* Reads one JSON text (RFC 8259): the counterpart of base/json_writer.h, for what others write.
 *
 * Duplicate keys, NUL characters in texts, trailing bytes and numbers that overflow are faults. Depth is bounded by the
 * library. Values belong to the document; texts live as long as it.
 */
#ifndef ORIGINTLS_BASE_JSON_READER_H
#define ORIGINTLS_BASE_JSON_READER_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct json_value;

/* An object or an array. NULL with ERR_USAGE and a clause that says where and what is wrong. */
struct json_value *json_read(struct slice text, struct err *err);
/* Of what json_read gave; NULL is fine. */
void json_free(struct json_value *document);

bool json_value_is_object(const struct json_value *value);
bool json_value_is_array(const struct json_value *value);
/* NULL where the key is missing, its value is null, or `object` is none. */
const struct json_value *json_member(const struct json_value *object, const char *key);
/* Calls for each member of an object, in no order, until one call returns false; a value of null is NULL. False where
 * one did. */
typedef bool json_on_member(void *context, const char *key, const struct json_value *value);
bool json_each_member(const struct json_value *object, json_on_member *visit, void *context);
size_t json_count(const struct json_value *array); /* 0 for what is no array */
const struct json_value *json_item(const struct json_value *array, size_t i);

/* Each 0, or -1 where the value is missing (NULL) or of another type; *out is unchanged then. */
int json_get_text(const struct json_value *value, struct slice *out); /* NUL-terminated behind its end */
int json_get_int(const struct json_value *value, int64_t *out);       /* 3, not 3.0 */
int json_get_number(const struct json_value *value, double *out);     /* both */
int json_get_bool(const struct json_value *value, bool *out);

#endif
