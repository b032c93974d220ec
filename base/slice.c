#include "base/slice.h"

#include <stdlib.h>
#include <string.h>

struct slice slice_of(const char *text)
{
    return text == NULL ? SLICE_EMPTY : slice_make(text, strlen(text));
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_equal(slice_make(s.ptr, prefix.len), prefix);
}

bool slice_starts_with_nocase(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_equal_nocase(slice_make(s.ptr, prefix.len), prefix);
}

bool slice_ends_with(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && slice_equal(slice_from(s, s.len - suffix.len), suffix);
}

size_t slice_find_byte(struct slice s, char c)
{
    if (s.len == 0) {
        return 0;
    }
    const char *hit = memchr(s.ptr, c, s.len);
    return hit == NULL ? s.len : (size_t)(hit - s.ptr);
}

size_t slice_find(struct slice s, struct slice needle)
{
    if (needle.len == 0) {
        return 0;
    }
    if (s.len < needle.len) {
        return s.len;
    }
    const char *hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return hit == NULL ? s.len : (size_t)(hit - s.ptr);
}

/* The next place of one byte at or behind `from`, or s.len. */
static size_t next_byte(struct slice s, size_t from, char c)
{
    return from + slice_find_byte(slice_from(s, from), c);
}

size_t slice_find_nocase(struct slice s, struct slice needle)
{
    if (needle.len == 0) {
        return 0;
    }
    char lower = ascii_lower(needle.ptr[0]), upper = (char)(ascii_is_alpha(lower) ? lower - ('a' - 'A') : lower);
    /* Both spellings of the first byte are searched at the speed of memchr, each place once. */
    size_t at_lower = next_byte(s, 0, lower), at_upper = lower == upper ? s.len : next_byte(s, 0, upper);
    for (;;) {
        size_t at = at_lower < at_upper ? at_lower : at_upper;
        if (at >= s.len || s.len - at < needle.len) {
            return s.len;
        }
        if (slice_equal_nocase(slice_make(s.ptr + at, needle.len), needle)) {
            return at;
        }
        if (at == at_lower) {
            at_lower = next_byte(s, at + 1, lower);
        } else {
            at_upper = next_byte(s, at + 1, upper);
        }
    }
}

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && ascii_is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && ascii_is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool slice_next(struct slice *rest, char separator, struct slice *part)
{
    if (rest->len == 0) {
        return false;
    }
    size_t at = slice_find_byte(*rest, separator);
    *part = slice_make(rest->ptr, at);
    *rest = slice_from(*rest, at + 1);
    return true;
}

char *slice_dup(struct slice s)
{
    char *copy = malloc(s.len + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    return copy;
}
