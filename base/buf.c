#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){.max = buf->max};
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

/* Room for `more` bytes and the NUL. */
static int reserve(struct buf *buf, size_t more)
{
    if (buf->failed || more > SIZE_MAX / 4 || (buf->max != 0 && more > buf->max - buf->len)) {
        buf->failed = true;
        return -1;
    }
    size_t need = buf->len + more + 1;
    if (need <= buf->capacity) {
        return 0;
    }
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
    while (capacity < need) {
        capacity *= 2;
    }
    char *data = realloc(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return -1;
    }
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

/* Whether there is room already: what nearly every append finds. */
static bool fits(const struct buf *buf, size_t more)
{
    return !buf->failed && more < buf->capacity - buf->len && (buf->max == 0 || more <= buf->max - buf->len);
}

int buf_append(struct buf *buf, const void *bytes, size_t len)
{
    if (!fits(buf, len) && reserve(buf, len) != 0) {
        return -1;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, bytes, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_append_slice(struct buf *buf, struct slice s)
{
    return buf_append(buf, s.ptr, s.len);
}

int buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

int buf_append_byte(struct buf *buf, char c)
{
    if (!fits(buf, 1) && reserve(buf, 1) != 0) {
        return -1;
    }
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    /* Into the room that is left; only what does not fit is printed again. */
    size_t room = buf->failed ? 0 : buf->capacity - buf->len;
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
    bool printed = need >= 0 && fits(buf, (size_t)need);
    if (!printed && room > 0) {
        buf->data[buf->len] = '\0';
    }
    if (!printed && (need < 0 || reserve(buf, (size_t)need) != 0)) {
        buf->failed = true;
        va_end(again);
        return -1;
    }
    if (!printed) {
        vsnprintf(buf->data + buf->len, (size_t)need + 1, format, again);
    }
    va_end(again);
    buf->len += (size_t)need;
    return 0;
}

int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = buf_vprintf(buf, format, args);
    va_end(args);
    return result;
}

struct slice buf_slice(const struct buf *buf)
{
    return slice_make(buf->data, buf->len);
}

const char *buf_text(const struct buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data;
    *buf = (struct buf){.max = buf->max};
    return data;
}
