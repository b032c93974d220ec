/* What an address in a page points to, without its scheme: so that http, https, protocol-relative and relative forms of
 * one own address are the same thing.
 *
 * This is for comparing only. It follows RFC 3986 (5.2, 6.2.2) as far as that needs: nothing is ever fetched by it.
 */
#ifndef ORIGINTLS_COMPARE_REFERENCE_H
#define ORIGINTLS_COMPARE_REFERENCE_H

#include "base/buf.h"

enum reference_scheme {
    REFERENCE_INHERITED, /* relative or protocol-relative: the scheme of the page */
    REFERENCE_HTTP,
    REFERENCE_HTTPS,
    REFERENCE_OTHER /* data:, javascript:, mailto: ...: nothing to compare */
};

struct reference_base {
    struct slice host;            /* of the page, lower case */
    struct slice path;            /* of the page; its query and last segment do not matter */
    enum reference_scheme scheme; /* of a base element, else REFERENCE_INHERITED */
};

/* Replaces `out` by "//host/path?query": host in lower case without a default port and final dot, dot segments
 * resolved, no fragment. Returns the scheme under which the reference would be loaded; with REFERENCE_OTHER `out` is
 * empty. */
enum reference_scheme reference_fold(struct slice reference, const struct reference_base *base, struct buf *out);

#endif
