/* The one URL module: parsing, resolving and comparing http and https URLs.
 *
 * Scope and connection are both decided on what comes out of here, so that no second reading of the same text can
 * lead elsewhere. The reading is that of browsers where that differs from RFC 3986: white space around is dropped, tabs
 * and line breaks inside are dropped, "\" before the query is "/", bytes that may not stand in a URL are
 * percent-encoded as UTF-8.
 *
 * Normal form: lower-case scheme; host in the normal form of hostname.h, or a canonical IP address; no user info; no
 * default port; dot segments (also spelt %2e) resolved; a path of at least "/"; no fragment. Percent-encoding is else
 * left as written, since origins tell %2F and / apart. At most LIMIT_URL_BYTES.
 */
#ifndef ORIGINTLS_CRAWLER_URL_H
#define ORIGINTLS_CRAWLER_URL_H

#include "base/slice.h"

#include <stdint.h>

enum url_scheme { URL_HTTP, URL_HTTPS };

/* One allocation, freed by url_release. A zeroed struct is no URL and may be released. */
struct url {
    enum url_scheme scheme;
    uint16_t port;          /* 80 or 443 where the URL names none */
    const char *text;       /* "https://example.com:8443/a?b", NUL-terminated */
    const char *host;       /* "example.com", "192.0.2.1" or "[2001:db8::1]" */
    const char *path_query; /* "/a?b" */
    char *memory;
};

enum url_fault {
    URL_OK,
    URL_EMPTY,
    URL_TOO_LONG,     /* as given, or in normal form */
    URL_OTHER_SCHEME, /* mailto:, javascript:, data:, ... */
    URL_BAD_HOST,
    URL_MALFORMED,
    URL_OUT_OF_MEMORY
};

/* Parses an absolute http(s) URL. Unless URL_OK is returned, `url` is zeroed. */
enum url_fault url_parse(struct slice text, struct url *url);
/* The same for a reference against a base; the empty reference is the base itself. */
enum url_fault url_resolve(const struct url *base, struct slice reference, struct url *url);
/* "http" or "https", host and port of the parts, and a path_query that begins with "/": for URLs put together. */
enum url_fault url_make(enum url_scheme scheme, struct slice host, uint16_t port, struct slice path_query,
                        struct url *url);
enum url_fault url_copy(const struct url *from, struct url *url);
void url_release(struct url *url);

bool url_equal(const struct url *a, const struct url *b);
/* Equal but for scheme and port of that scheme's default: the http and the https twin of one another, or equal. */
bool url_equal_but_scheme(const struct url *a, const struct url *b);
bool url_has_default_port(const struct url *url);
/* The path without the query. */
struct slice url_path(struct slice path_query);
/* What follows the first "?"; empty if there is none. */
struct slice url_query(struct slice path_query);

const char *url_scheme_name(enum url_scheme scheme);
uint16_t url_scheme_port(enum url_scheme scheme);
/* An English clause such as "it is neither http nor https". Never NULL. */
const char *url_fault_text(enum url_fault fault);

/* Resolves the references of one document, each distinct one once: pages repeat their links, and one resolution costs
 * microseconds. Holds at most LIMIT_LINKS_PER_PAGE results; beyond them it still resolves but no longer remembers. */
struct url_resolver;
struct url_resolver *url_resolver_new(const struct url *base); /* copies base; NULL only when out of memory */
void url_resolver_free(struct url_resolver *resolver);
/* The URL, or NULL with *fault set (`fault` may be NULL). It stays the resolver's and is valid until the next call. */
const struct url *url_resolver_get(struct url_resolver *resolver, struct slice reference, enum url_fault *fault);

#endif
