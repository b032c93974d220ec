/* Writes JSON (RFC 8259) into a buffer; escapes everything it is given, once, here.
 *
 * Bytes that are not UTF-8 become U+FFFD. Control characters, DEL, U+2028/9 and bidirectional overrides are written as
 * \uXXXX, so that a terminal that shows the JSON is safe. Commas and nesting are kept by the writer; a call that makes no
 * sense at its place (a value without a key in an object) sets `failed` of the buffer.
 */
#ifndef ORIGINTLS_BASE_JSON_WRITER_H
#define ORIGINTLS_BASE_JSON_WRITER_H

#include "base/buf.h"

#include <stdint.h>

#define JSON_DEPTH_MAX 32

struct json_writer {
    struct buf *out; /* borrowed */
    bool pretty;     /* two spaces a level and line breaks; else one line */
    int depth;
    bool after_key;
    char kind[JSON_DEPTH_MAX];  /* '{' or '[' */
    bool empty[JSON_DEPTH_MAX]; /* nothing written at this level yet */
};

void json_init(struct json_writer *json, struct buf *out, bool pretty);
void json_object_open(struct json_writer *json);
void json_object_close(struct json_writer *json);
void json_array_open(struct json_writer *json);
void json_array_close(struct json_writer *json);
void json_key(struct json_writer *json, const char *key);
void json_string(struct json_writer *json, struct slice value);
void json_text(struct json_writer *json, const char *value); /* NULL writes null */
void json_int(struct json_writer *json, int64_t value);
void json_uint(struct json_writer *json, uint64_t value);
/* At most `decimals` digits behind the point, trailing zeros dropped; NaN and infinities write null. */
void json_number(struct json_writer *json, double value, int decimals);
void json_bool(struct json_writer *json, bool value);
void json_null(struct json_writer *json);
/* A value that is JSON already; the caller vouches for it. */
void json_raw(struct json_writer *json, struct slice value);

/* key and value in one call */
void json_key_text(struct json_writer *json, const char *key, const char *value);
void json_key_int(struct json_writer *json, const char *key, int64_t value);
void json_key_bool(struct json_writer *json, const char *key, bool value);
void json_key_number(struct json_writer *json, const char *key, double value, int decimals);
void json_key_null(struct json_writer *json, const char *key);
/* RFC 3339; `unix_s` < 0 writes null. */
void json_key_time(struct json_writer *json, const char *key, int64_t unix_s);

#endif
