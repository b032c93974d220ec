/* A growing byte buffer with a ceiling.
 *
 * `buf_init` in place, `buf_release` frees (a zeroed struct is a valid empty buffer without a ceiling). The content is
 * always followed by a NUL byte that does not count, so that `data` is a C string if nothing in it is NUL.
 *
 * Appending beyond `max` or out of memory appends nothing, sets `failed` and returns -1; later appends do nothing and
 * return -1 too. So a writer may append a hundred times and look at `failed` once.
 */
#ifndef ORIGINTLS_BASE_BUF_H
#define ORIGINTLS_BASE_BUF_H

#include "base/slice.h"

#include <stdarg.h>

struct buf {
    char *data; /* NULL while nothing was appended */
    size_t len;
    size_t capacity;
    size_t max; /* 0: none */
    bool failed;
};

void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf);
/* Empties and forgets a failure; keeps the memory. */
void buf_reset(struct buf *buf);

int buf_append(struct buf *buf, const void *bytes, size_t len);
int buf_append_slice(struct buf *buf, struct slice s);
int buf_append_text(struct buf *buf, const char *text);
int buf_append_byte(struct buf *buf, char c);
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

struct slice buf_slice(const struct buf *buf);
/* Never NULL: "" while nothing was appended. */
const char *buf_text(const struct buf *buf);
/* Hands the memory over to the caller, who frees it; the buffer is empty afterwards. NULL when nothing was appended. */
char *buf_take(struct buf *buf);

#endif
