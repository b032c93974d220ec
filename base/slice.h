/* A view of bytes that somebody else owns: never NUL-terminated by promise, never freed through the slice. */
#ifndef ORIGINTLS_BASE_SLICE_H
#define ORIGINTLS_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
    const char *ptr; /* may be NULL only if len is 0 */
    size_t len;
};

#define SLICE_EMPTY ((struct slice){NULL, 0})
/* Of a string literal. */
#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
/* For "%.*s". */
#define SLICE_ARG(s) ((int)((s).len > 4096 ? 4096 : (s).len)), ((s).ptr != NULL ? (s).ptr : "")

struct slice slice_of(const char *text); /* of a C string; NULL gives the empty slice */
static inline struct slice slice_make(const char *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

bool slice_equal(struct slice a, struct slice b);
/* Equal when ASCII letters are taken in either case. */
bool slice_equal_nocase(struct slice a, struct slice b);
bool slice_starts_with(struct slice s, struct slice prefix);
bool slice_starts_with_nocase(struct slice s, struct slice prefix);
bool slice_ends_with(struct slice s, struct slice suffix);
/* Position of the first `c`, or s.len. */
size_t slice_find_byte(struct slice s, char c);
/* Position of the first `needle`, or s.len. The second form takes ASCII letters in either case. */
size_t slice_find(struct slice s, struct slice needle);
size_t slice_find_nocase(struct slice s, struct slice needle);
/* Without ASCII white space at both ends. */
struct slice slice_trim(struct slice s);
/* From position `from` on; `from` beyond the end gives the empty slice. */
static inline struct slice slice_from(struct slice s, size_t from)
{
    return from >= s.len ? SLICE_EMPTY : slice_make(s.ptr + from, s.len - from);
}
/* Cuts off everything up to the first `separator` and returns it; the rest stays in *rest. False when *rest is empty.
 */
bool slice_next(struct slice *rest, char separator, struct slice *part);

/* ASCII only, whatever the locale. */
static inline char ascii_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c + ('a' - 'A')) : c;
}

static inline bool ascii_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(char c)
{
    char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'z';
}

/* 0..15, or -1 for what is no hexadecimal digit. */
static inline int ascii_hex_value(char c)
{
    if (ascii_is_digit(c)) {
        return c - '0';
    }
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A heap copy, NUL-terminated; NULL only when out of memory. The caller frees. */
char *slice_dup(struct slice s);

#endif
