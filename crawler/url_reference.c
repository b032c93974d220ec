#include "crawler/url_reference.h"

#include "base/address.h"
#include "base/limits.h"
#include "crawler/hostname.h"

#include <string.h>

/* A reference, split. */
struct reference {
    bool has_scheme;
    bool has_authority;
    enum url_scheme scheme;
    struct slice authority;
    struct slice path;
    bool has_query;
    struct slice query;
};

/* --- taking a reference apart --- */

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool is_control_or_space(char c)
{
    return (unsigned char)c <= 0x20;
}

static struct slice trim_control_and_space(struct slice s)
{
    while (s.len > 0 && is_control_or_space(s.ptr[0]))
        s = slice_from(s, 1);
    while (s.len > 0 && is_control_or_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* Without tabs, line breaks and the fragment. */
static void clean_reference(struct slice reference, struct buf *clean)
{
    buf_reset(clean);
    size_t end = slice_find_byte(reference, '#');
    size_t run = 0;
    for (size_t i = 0; i <= end; i++) {
        char c = i < end ? reference.ptr[i] : '\n';
        if (c != '\t' && c != '\n' && c != '\r')
            continue;
        if (i > run)
            buf_append(clean, reference.ptr + run, i - run);
        run = i + 1;
    }
}

/* Length of "scheme:" at the start, or 0. */
static size_t scheme_length(struct slice s)
{
    if (s.len == 0 || !ascii_is_alpha(s.ptr[0]))
        return 0;
    for (size_t i = 1; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == ':')
            return i + 1;
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '+' && c != '-' && c != '.')
            return 0;
    }
    return 0;
}

static enum url_fault read_scheme(struct slice *rest, struct reference *reference)
{
    size_t len = scheme_length(*rest);
    if (len == 0)
        return URL_OK;
    struct slice scheme = slice_make(rest->ptr, len);
    if (slice_equal_nocase(scheme, SLICE("https:")))
        reference->scheme = URL_HTTPS;
    else if (slice_equal_nocase(scheme, SLICE("http:")))
        reference->scheme = URL_HTTP;
    else
        return URL_OTHER_SCHEME;
    reference->has_scheme = true;
    *rest = slice_from(*rest, len);
    return URL_OK;
}

/* Everything behind the slashes up to the next one, or to the query. */
static void read_authority(struct slice *rest, struct reference *reference)
{
    while (rest->len > 0 && is_slash(rest->ptr[0]))
        *rest = slice_from(*rest, 1);
    size_t end = 0;
    while (end < rest->len && !is_slash(rest->ptr[end]) && rest->ptr[end] != '?')
        end++;
    reference->authority = slice_make(rest->ptr, end);
    reference->has_authority = true;
    *rest = slice_from(*rest, end);
}

static enum url_fault split_reference(struct slice text, const struct url *base, struct reference *reference)
{
    *reference = (struct reference){.scheme = base != NULL ? base->scheme : URL_HTTP};
    struct slice rest = text;
    enum url_fault fault = read_scheme(&rest, reference);
    if (fault != URL_OK)
        return fault;

    bool two_slashes = rest.len >= 2 && is_slash(rest.ptr[0]) && is_slash(rest.ptr[1]);
    /* "http:page" is absolute, except against a base of the same scheme. */
    bool foreign_scheme = reference->has_scheme && (base == NULL || base->scheme != reference->scheme);
    if (two_slashes || foreign_scheme)
        read_authority(&rest, reference);
    if (base == NULL && !reference->has_scheme)
        return URL_MALFORMED;

    size_t question = slice_find_byte(rest, '?');
    reference->path = slice_make(rest.ptr, question);
    reference->has_query = question < rest.len;
    reference->query = slice_from(rest, question + 1);
    return URL_OK;
}

/* --- putting the absolute URL together --- */

/* WHATWG URL §1.3: what is percent-encoded in a path, and in the query of a special scheme. */
static bool must_encode(unsigned char c, bool in_query)
{
    if (c <= 0x20 || c >= 0x7f)
        return true;
    switch (c) {
    case '"':
    case '<':
    case '>':
        return true;
    case '`':
    case '{':
    case '}':
    case '^':
        return !in_query;
    case '\'':
        return in_query;
    default:
        return false;
    }
}

static void append_encoded(struct buf *out, struct slice s, bool in_query)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t run = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (!must_encode(c, in_query))
            continue;
        buf_append(out, s.ptr + run, i - run);
        char encoded[3] = {'%', hex[c >> 4], hex[c & 15]};
        buf_append(out, encoded, sizeof encoded);
        run = i + 1;
    }
    if (s.len > run)
        buf_append(out, s.ptr + run, s.len - run);
}

/* 1 or 2 for a segment that is "." or ".." in any spelling, else 0. */
static int dots_of_segment(struct slice segment)
{
    int dots = 0;
    while (segment.len > 0) {
        if (segment.ptr[0] == '.')
            segment = slice_from(segment, 1);
        else if (slice_starts_with_nocase(segment, SLICE("%2e")))
            segment = slice_from(segment, 3);
        else
            return 0;
        if (++dots > 2)
            return 0;
    }
    return dots;
}

/* The path of a reference: "\" as "/", dots in plain spelling so that libcurl resolves them, the rest encoded. */
static void append_path(struct buf *out, struct slice path)
{
    size_t start = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && !is_slash(path.ptr[i]))
            continue;
        struct slice segment = slice_from(path, start);
        segment.len = i - start;
        int dots = dots_of_segment(segment);
        if (dots > 0)
            buf_append(out, "..", (size_t)dots);
        else
            append_encoded(out, segment, false);
        if (i < path.len)
            buf_append_byte(out, '/');
        start = i + 1;
    }
}

bool url_path_query_is_normal(struct slice path_query)
{
    bool in_query = false;
    char before = '\0';
    if (path_query.len == 0 || path_query.len > LIMIT_URL_BYTES || path_query.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < path_query.len; i++) {
        char c = path_query.ptr[i];
        bool dots_may_begin = before == '/' && (c == '.' || c == '%');
        if (must_encode((unsigned char)c, in_query) || c == '#' || (!in_query && (c == '\\' || dots_may_begin)))
            return false;
        in_query = in_query || c == '?';
        before = c;
    }
    return true;
}

/* In place of "%65xample": browsers decode a host before they read it. Returns the length, or SIZE_MAX. */
static size_t decode_host(struct slice host, char *out, size_t capacity)
{
    size_t len = 0;
    for (size_t i = 0; i < host.len; i++, len++) {
        if (len == capacity)
            return SIZE_MAX;
        out[len] = host.ptr[i];
        if (host.ptr[i] != '%')
            continue;
        int high = i + 2 < host.len ? ascii_hex_value(host.ptr[i + 1]) : -1;
        int low = i + 2 < host.len ? ascii_hex_value(host.ptr[i + 2]) : -1;
        if (high < 0 || low < 0)
            return SIZE_MAX;
        out[len] = (char)(high * 16 + low);
        i += 2;
    }
    return len;
}

static enum url_fault append_host(struct buf *out, struct slice host)
{
    char decoded[4u * LIMIT_HOSTNAME_BYTES];
    char name[HOSTNAME_BYTES];
    if (host.len > 0 && host.ptr[0] == '[') {
        struct address address;
        char text[ADDRESS_TEXT_BYTES];
        if (address_parse(host, &address) != 0)
            return URL_BAD_HOST;
        bool is_6 = address.family == 6;
        buf_printf(out, is_6 ? "[%s]" : "%s", address_format(&address, text));
        return URL_OK;
    }
    size_t len = decode_host(host, decoded, sizeof decoded);
    if (len == SIZE_MAX)
        return URL_BAD_HOST;
    struct slice plain = slice_make(decoded, len);
    switch (hostname_normalise(plain, name)) {
    case HOSTNAME_OK:
        buf_append_text(out, name);
        return URL_OK;
    case HOSTNAME_IS_ADDRESS:
        if (plain.ptr[plain.len - 1] == '.')
            plain.len--;
        buf_append_slice(out, plain);
        return URL_OK;
    case HOSTNAME_OUT_OF_MEMORY:
        return URL_OUT_OF_MEMORY;
    case HOSTNAME_EMPTY:
    case HOSTNAME_TOO_LONG:
    case HOSTNAME_LABEL_LENGTH:
    case HOSTNAME_BAD_CHARACTER:
        break;
    }
    return URL_BAD_HOST;
}

/* The port behind the host; 0 where there is none, -1 where it is no port. */
static int read_port(struct slice text)
{
    unsigned port = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i]))
            return -1;
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
        if (port > UINT16_MAX)
            return -1;
    }
    return text.len > 0 && port == 0 ? -1 : (int)port;
}

/* Position of the colon before the port, or the whole length. */
static size_t host_length(struct slice authority)
{
    size_t colon = authority.len;
    for (size_t i = authority.len; i > 0 && authority.ptr[i - 1] != ']'; i--) {
        if (authority.ptr[i - 1] == ':')
            colon = i - 1;
    }
    return colon;
}

int url_authority_port(struct slice authority)
{
    return read_port(slice_from(authority, host_length(authority) + 1));
}

static enum url_fault append_authority(struct buf *out, struct slice authority, enum url_scheme scheme)
{
    for (size_t i = authority.len; i > 0; i--) {
        if (authority.ptr[i - 1] == '@') {
            authority = slice_from(authority, i);
            break;
        }
    }
    size_t colon = host_length(authority);
    int port = url_authority_port(authority);
    if (port < 0)
        return URL_MALFORMED;
    enum url_fault fault = append_host(out, slice_make(authority.ptr, colon));
    if (fault == URL_OK && port != 0 && port != url_scheme_port(scheme))
        buf_printf(out, ":%d", port);
    return fault;
}

/* The path of the base up to and with its last slash. */
static struct slice base_directory(const struct url *base)
{
    struct slice path = url_path(slice_of(base->path_query));
    while (path.len > 0 && path.ptr[path.len - 1] != '/')
        path.len--;
    return path;
}

static void append_base_origin(struct buf *out, const struct url *base)
{
    buf_append(out, base->text, (size_t)(strlen(base->text) - strlen(base->path_query)));
}

static enum url_fault compose(struct buf *out, const struct reference *reference, const struct url *base)
{
    buf_reset(out);
    struct slice path = reference->path;
    bool absolute_path = path.len > 0 && is_slash(path.ptr[0]);
    if (reference->has_authority) {
        buf_printf(out, "%s://", url_scheme_name(reference->scheme));
        enum url_fault fault = append_authority(out, reference->authority, reference->scheme);
        if (fault != URL_OK)
            return fault;
        if (!absolute_path)
            buf_append_byte(out, '/');
        append_path(out, path);
    } else {
        append_base_origin(out, base);
        if (path.len == 0)
            buf_append_slice(out, url_path(slice_of(base->path_query)));
        else if (!absolute_path)
            buf_append_slice(out, base_directory(base));
        append_path(out, path);
    }

    if (reference->has_query) {
        buf_append_byte(out, '?');
        append_encoded(out, reference->query, true);
    } else if (!reference->has_authority && path.len == 0) {
        buf_append_slice(out, slice_from(slice_of(base->path_query), url_path(slice_of(base->path_query)).len));
    }
    return out->failed ? URL_TOO_LONG : URL_OK;
}

enum url_fault url_reference_compose(struct slice reference, const struct url *base, struct buf *clean,
                                     struct buf *text, enum url_scheme *scheme)
{
    reference = trim_control_and_space(reference);
    if (reference.len == 0 && base == NULL)
        return URL_EMPTY;
    if (reference.len > LIMIT_URL_BYTES)
        return URL_TOO_LONG;
    clean_reference(reference, clean);

    struct reference parts;
    enum url_fault fault = split_reference(buf_slice(clean), base, &parts);
    if (fault != URL_OK)
        return fault;
    *scheme = parts.has_authority ? parts.scheme : base->scheme;
    return compose(text, &parts, base);
}
