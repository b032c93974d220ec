/* Made-up web sites whose pages change from load to load as those of real ones do.
 *
 * A site is a seed: its language, layout, boilerplate and habits follow from it. A page is a number. A load is what is
 * different each time: its own seed, the time, the scheme that the origin sees. The same three give the same bytes.
 */
#ifndef ORIGINTLS_TESTS_DATA_PAGES_SITE_H
#define ORIGINTLS_TESTS_DATA_PAGES_SITE_H

#include "tests/data/pages/language.h"

#include <stdint.h>

enum layout {
    LAYOUT_ARTICLE, /* header, nav, main, aside, footer */
    LAYOUT_DIVS,    /* the same in nothing but div and span */
    LAYOUT_TABLES,  /* tables for everything, no closing paragraphs */
    LAYOUT_MANUAL,  /* documentation: contents, sections, listings */
    LAYOUT_SHOP,    /* a product with a gallery, a list of properties and related products */
    LAYOUT_FORUM    /* posts one below the other */
};
#define LAYOUT_COUNT 6

/* What varies from load to load. */
enum habit {
    HABIT_TOKENS = 1 << 0,        /* nonces, CSRF tokens in meta, forms and scripts */
    HABIT_BANNER = 1 << 1,        /* one of `pool` banners of two sentences */
    HABIT_CLOCK = 1 << 2,         /* the time, "3 minutes ago" */
    HABIT_ADS = 1 << 3,           /* frames with random addresses, boxes with one of 30 slogans */
    HABIT_CAROUSEL = 1 << 4,      /* slides in random order */
    HABIT_RELATED = 1 << 5,       /* four of `pool` teasers */
    HABIT_HEADLINE_TEST = 1 << 6, /* one of two slogans by a cookie that we do not keep */
    HABIT_BLOCK_TEST = 1 << 7,    /* one of two promotional blocks of five sentences */
    HABIT_TAG_CLOUD = 1 << 8,     /* forty words in random order */
    HABIT_SESSION_LINKS = 1 << 9, /* a session id in every link */
    HABIT_QUOTE = 1 << 10,        /* a quotation of the day, one of `pool` */
    HABIT_COUNTERS = 1 << 11,     /* views, visitors online, the newest member of each minute */
    HABIT_LATEST = 1 << 12,       /* latest comments: a new one every 20 seconds */
    HABIT_CLASSES = 1 << 13,      /* class names made anew for each load */
    HABIT_HONEYPOT = 1 << 14,     /* form fields in random order with random names */
    HABIT_COOKIE_BAR = 1 << 15,   /* a consent bar, on half of the loads */
    HABIT_HERO = 1 << 16,         /* one of `pool` pictures */
    HABIT_EMAIL = 1 << 17,        /* an e-mail address obfuscated with a random key */
    HABIT_STAMP = 1 << 18,        /* comments with render time and server name */
    HABIT_FROZEN = 1 << 19 /* a cache per scheme and page, ten minutes old at most: all of the above is frozen in it */
};
#define HABIT_COUNT 19 /* without the cache */

struct site {
    uint64_t seed;
    enum language language;
    enum layout layout;
    unsigned habits;
    unsigned pool;
    unsigned boilerplate; /* sentences that every page has, in aside and footer */
    unsigned article;     /* sentences of its own */
    bool has_canonical, has_og, has_description;
    bool one_title;  /* every page bears the site's name alone */
    bool no_heading; /* headings are h2 */
    char host[48];
    char prefix[24]; /* of the names of its files */
};

enum link_form { LINKS_RELATIVE, LINKS_OWN_SCHEME, LINKS_HTTP, LINKS_HTTPS, LINKS_PROTOCOL_RELATIVE };

struct load {
    uint64_t seed;
    int64_t time_s;
    bool https; /* the origin was asked over https */
    enum link_form links;
};

/* A site with random properties and no habits. */
void site_make(struct site *site, uint64_t seed);
/* Replaces `out` by the page. */
void site_render(const struct site *site, unsigned page, const struct load *load, struct buf *out);
/* The path of a page, for its links: "/prefix/7". */
void site_path(const struct site *site, unsigned page, struct buf *out);

#endif
