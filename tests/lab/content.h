/* The pages of a made-up site, by path.
 *
 * A large site has some seventy paths in several first segments and of several kinds: pages (news, products, docs,
 * blog), styles, scripts, images, a JSON API, a feed, robots.txt and a sitemap; and links that change state, which no
 * crawler may follow. The same content and path give the same bytes, except for the noise of DRESS_NOISE.
 */
#ifndef ORIGINTLS_TESTS_LAB_CONTENT_H
#define ORIGINTLS_TESTS_LAB_CONTENT_H

#include "tests/lab/theme.h"

enum content_size {
    CONTENT_LARGE,   /* about seventy URLs; pages of 3 to 15 kB */
    CONTENT_SMALL,   /* three pages and nothing else */
    CONTENT_UNIFORM, /* thirty pages of about 14 kB each and nothing else */
    CONTENT_API      /* a page of documentation that links to fifteen endpoints */
};

struct content {
    enum theme_id theme;
    enum content_size size;
    uint64_t seed;
};

/* How links are written, and what changes with every load. A set of bits. */
enum content_dress {
    DRESS_PLAIN = 0,
    DRESS_NOISE = 1,            /* nonces, a CSRF token, the date and a random banner per load */
    DRESS_LINKS_HTTP = 2,       /* own links are absolute, with http:// */
    DRESS_LINKS_HTTPS = 4,      /* ... with https:// */
    DRESS_RESOURCES_HTTP = 8,   /* styles, scripts and images are absolute, with http:// */
    DRESS_RESOURCES_HTTPS = 16, /* ... with https:// */
    DRESS_CALENDAR = 32,        /* a link to the endless calendar */
    DRESS_SESSION = 64,         /* every link carries a session id, a new one with every load */
    DRESS_RELATIVE = 128        /* a relative link, which leads ever deeper on a site that answers everywhere */
};

/* The parameters of one rendering. */
struct content_view {
    const struct content *content;
    const char *host;  /* for absolute links */
    unsigned dress;    /* of enum content_dress */
    struct rng *noise; /* used only with DRESS_NOISE and DRESS_SESSION */
};

/* Appends the document at `path` (a query is ignored) and sets *type to its content type. False, with nothing
 * appended, if the site has none there. */
bool content_render(const struct content_view *view, struct slice path, struct buf *out, const char **type);
/* Appends a page in the site's template that consists of `title` and some sentences. */
void content_message_page(const struct content_view *view, const char *title, const char *text, struct buf *out);
/* A page of the endless calendar: `path` is /calendar/YEAR/MONTH. */
bool content_calendar(const struct content_view *view, struct slice path, struct buf *out);

/* True for the paths that no crawler may ask for: logging out, a cart, unsubscribing. */
bool content_changes_state(struct slice path);

#endif
