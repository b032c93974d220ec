#include "compare/reference.h"

#include "base/limits.h"

#include <string.h>

/* Length of "name:" at the beginning of `s`, without the colon; 0 if there is none. */
static size_t scheme_length(struct slice s)
{
    size_t i = 0;
    while (i < s.len &&
           (ascii_is_alpha(s.ptr[i]) || (i > 0 && (ascii_is_digit(s.ptr[i]) || memchr("+-.", s.ptr[i], 3) != NULL)))) {
        i++;
    }
    return i > 0 && i < s.len && s.ptr[i] == ':' ? i : 0;
}

static struct slice until(struct slice s, const char *stops)
{
    size_t i = 0;
    while (i < s.len && strchr(stops, s.ptr[i]) == NULL) {
        i++;
    }
    return slice_make(s.ptr, i);
}

static void append_lower(struct buf *out, struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        buf_append_byte(out, ascii_lower(s.ptr[i]));
    }
}

static void append_host(struct buf *out, struct slice authority)
{
    size_t at = slice_find_byte(authority, '@');
    struct slice host = at < authority.len ? slice_from(authority, at + 1) : authority;
    static const char *const dropped[] = {":80", ":443", ":", "."};
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
        struct slice suffix = slice_of(dropped[i]);
        if (slice_ends_with(host, suffix)) {
            host.len -= suffix.len;
        }
    }
    buf_append_text(out, "//");
    append_lower(out, host);
}

static void drop_last_segment(struct buf *out, size_t root)
{
    if (out->len > root) {
        out->len--;
    }
    while (out->len > root && out->data[out->len - 1] != '/') {
        out->len--;
    }
}

/* Appends `path` with its dot segments resolved; what lies before position `root` of `out` is never eaten. */
static void append_path(struct buf *out, size_t root, struct slice path)
{
    while (path.len > 0) {
        size_t slash = slice_find_byte(path, '/');
        struct slice segment = slice_make(path.ptr, slash);
        bool last = slash == path.len;
        path = slice_from(path, slash + 1);
        if (slice_equal(segment, SLICE(".."))) {
            drop_last_segment(out, root);
        } else if (!slice_equal(segment, SLICE("."))) {
            buf_append_slice(out, segment);
            buf_append_text(out, last ? "" : "/");
        }
    }
}

/* The directory of the page: its path up to the last slash. */
static struct slice directory(struct slice path)
{
    path = until(path, "?#");
    while (path.len > 0 && path.ptr[path.len - 1] != '/') {
        path.len--;
    }
    return path;
}

static enum reference_scheme scheme_named(struct slice name)
{
    if (slice_equal_nocase(name, SLICE("http"))) {
        return REFERENCE_HTTP;
    }
    return slice_equal_nocase(name, SLICE("https")) ? REFERENCE_HTTPS : REFERENCE_OTHER;
}

/* Browsers take backslashes for slashes, and drop line breaks and tabs wherever they stand. */
static struct slice clean(struct slice reference, struct buf *storage)
{
    reference = slice_trim(reference);
    if (reference.len > LIMIT_URL_BYTES) {
        reference.len = LIMIT_URL_BYTES;
    }
    if (until(reference, "\\\n\r\t").len == reference.len) {
        return reference;
    }
    bool query = false;
    for (size_t i = 0; i < reference.len; i++) {
        char c = reference.ptr[i];
        query = query || c == '?' || c == '#';
        if (c != '\n' && c != '\r' && c != '\t') {
            buf_append_byte(storage, c == '\\' && !query ? '/' : c);
        }
    }
    return buf_slice(storage);
}

static enum reference_scheme fold_clean(struct slice reference, const struct reference_base *base, struct buf *out)
{
    enum reference_scheme scheme = base->scheme;
    size_t name = scheme_length(reference);
    if (name > 0) {
        scheme = scheme_named(slice_make(reference.ptr, name));
        reference = slice_from(reference, name + 1);
        if (scheme == REFERENCE_OTHER) {
            return scheme;
        }
    }
    bool has_authority = slice_starts_with(reference, SLICE("//"));
    if (has_authority) {
        reference = slice_from(reference, 2);
        struct slice authority = until(reference, "/?#");
        append_host(out, base->host.len > 0 ? authority : SLICE_EMPTY);
        reference = slice_from(reference, authority.len);
    } else {
        append_host(out, base->host);
    }
    struct slice path = until(reference, "?#");
    struct slice query = until(slice_from(reference, path.len), "#");
    size_t root = out->len + 1;
    buf_append_byte(out, '/');
    if (path.len > 0 && path.ptr[0] == '/') {
        append_path(out, root, slice_from(path, 1));
    } else if (!has_authority) {
        bool itself = path.len == 0;
        struct slice start = itself ? until(base->path, "?#") : directory(base->path);
        append_path(out, root, slice_from(start, 1));
        append_path(out, root, path);
        if (itself && query.len == 0) {
            query = until(slice_from(base->path, start.len), "#");
        }
    }
    buf_append_slice(out, query);
    return scheme;
}

enum reference_scheme reference_fold(struct slice reference, const struct reference_base *base, struct buf *out)
{
    struct buf storage;
    buf_init(&storage, LIMIT_URL_BYTES);
    buf_reset(out);
    enum reference_scheme scheme = fold_clean(clean(reference, &storage), base, out);
    buf_release(&storage);
    return scheme;
}
