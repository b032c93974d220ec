/* The cookies that a visitor carries along one journey (RFC 6265, as far as a journey of a few hops needs it).
 *
 * Cookies are kept for the hostname that set them; Domain and Path widen or narrow nothing here, since a journey goes
 * to few URLs and asks for whole pages. `Secure` cookies are sent to https visitors alone. Max-Age=0 deletes.
 */
#ifndef ORIGINTLS_SCAN_COOKIES_H
#define ORIGINTLS_SCAN_COOKIES_H

#include "base/buf.h"
#include "recommend/mode.h"

#define COOKIES_MAX 32

struct cookie {
    char *hostname, *name, *value;
    bool secure;
};

/* A zeroed jar is empty. */
struct cookie_jar {
    struct cookie cookies[COOKIES_MAX];
    size_t count;
};

void cookie_jar_release(struct cookie_jar *jar);
/* 0, or -1 out of memory (then *to is empty). */
int cookie_jar_copy(const struct cookie_jar *from, struct cookie_jar *to);
/* Takes one Set-Cookie value; what is malformed or beyond COOKIES_MAX is ignored. */
void cookie_jar_set(struct cookie_jar *jar, const char *hostname, struct slice set_cookie);
/* Appends the value of the Cookie header for a request, nothing if there are none. */
void cookie_jar_append_header(const struct cookie_jar *jar, const char *hostname, enum scheme visitor, struct buf *out);
/* Names the state: equal jars give equal numbers; the empty jar is 0. */
uint64_t cookie_jar_state(const struct cookie_jar *jar);

#endif
