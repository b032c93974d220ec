#include "scan/cookies.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static void cookie_release(struct cookie *cookie)
{
    free(cookie->hostname);
    free(cookie->name);
    free(cookie->value);
    *cookie = (struct cookie){0};
}

void cookie_jar_release(struct cookie_jar *jar)
{
    for (size_t i = 0; i < jar->count; i++) {
        cookie_release(&jar->cookies[i]);
    }
    jar->count = 0;
}

static int cookie_fill(struct cookie *cookie, struct slice hostname, struct slice name, struct slice value)
{
    *cookie = (struct cookie){slice_dup(hostname), slice_dup(name), slice_dup(value), false};
    if (cookie->hostname == NULL || cookie->name == NULL || cookie->value == NULL) {
        cookie_release(cookie);
        return -1;
    }
    return 0;
}

int cookie_jar_copy(const struct cookie_jar *from, struct cookie_jar *to)
{
    *to = (struct cookie_jar){.count = 0};
    for (size_t i = 0; i < from->count; i++) {
        const struct cookie *cookie = &from->cookies[i];
        if (cookie_fill(&to->cookies[i], slice_of(cookie->hostname), slice_of(cookie->name), slice_of(cookie->value)) !=
            0) {
            cookie_jar_release(to);
            return -1;
        }
        to->cookies[i].secure = cookie->secure;
        to->count++;
    }
    return 0;
}

static size_t find(const struct cookie_jar *jar, const char *hostname, struct slice name)
{
    size_t i = 0;
    while (i < jar->count &&
           (strcmp(jar->cookies[i].hostname, hostname) != 0 || !slice_equal(slice_of(jar->cookies[i].name), name))) {
        i++;
    }
    return i;
}

static void remove_at(struct cookie_jar *jar, size_t at)
{
    cookie_release(&jar->cookies[at]);
    jar->count--;
    memmove(&jar->cookies[at], &jar->cookies[at + 1], (jar->count - at) * sizeof jar->cookies[0]);
}

/* Bytes that would end the header or start another one never get into a request. */
static bool is_sendable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return text.len <= 4096;
}

static void read_attributes(struct slice attributes, bool *secure, bool *deleted)
{
    struct slice part;
    while (slice_next(&attributes, ';', &part)) {
        part = slice_trim(part);
        if (slice_equal_nocase(part, SLICE("secure"))) {
            *secure = true;
        }
        if (slice_starts_with_nocase(part, SLICE("max-age="))) {
            struct slice age = slice_from(part, 8);
            *deleted = age.len > 0 && (age.ptr[0] == '-' || slice_equal(age, SLICE("0")));
        }
    }
}

void cookie_jar_set(struct cookie_jar *jar, const char *hostname, struct slice set_cookie)
{
    struct slice rest = set_cookie, pair = SLICE_EMPTY;
    if (!slice_next(&rest, ';', &pair)) {
        return;
    }
    size_t equals = slice_find_byte(pair, '=');
    struct slice name = slice_trim(slice_make(pair.ptr, equals)), value = slice_trim(slice_from(pair, equals + 1));
    if (equals == pair.len || name.len == 0 || !is_sendable(name) || !is_sendable(value)) {
        return;
    }
    bool secure = false, deleted = false;
    read_attributes(rest, &secure, &deleted);
    size_t at = find(jar, hostname, name);
    if (at < jar->count) {
        remove_at(jar, at);
    }
    if (deleted || jar->count == COOKIES_MAX) {
        return;
    }
    if (cookie_fill(&jar->cookies[jar->count], slice_of(hostname), name, value) == 0) {
        jar->cookies[jar->count++].secure = secure;
    }
}

void cookie_jar_append_header(const struct cookie_jar *jar, const char *hostname, enum scheme visitor, struct buf *out)
{
    for (size_t i = 0; i < jar->count; i++) {
        const struct cookie *cookie = &jar->cookies[i];
        if (strcmp(cookie->hostname, hostname) != 0 || (cookie->secure && visitor == SCHEME_HTTP)) {
            continue;
        }
        buf_printf(out, "%s%s=%s", out->len > 0 ? "; " : "", cookie->name, cookie->value);
    }
}

uint64_t cookie_jar_state(const struct cookie_jar *jar)
{
    /* A sum: the order in which cookies were set is no state. */
    uint64_t state = 0;
    for (size_t i = 0; i < jar->count; i++) {
        const struct cookie *cookie = &jar->cookies[i];
        uint64_t one = hash_slice(slice_of(cookie->hostname));
        one = hash_mix(one, hash_slice(slice_of(cookie->name)));
        state += hash_mix(one, hash_slice(slice_of(cookie->value)));
    }
    return jar->count > 0 && state == 0 ? 1 : state;
}
