/* URLs of which there is no end: what a single URL tells about it. (How many of a kind there are is the frontier's to
 * count.)
 */
#ifndef ORIGINTLS_CRAWLER_CRAWL_TRAP_H
#define ORIGINTLS_CRAWLER_CRAWL_TRAP_H

#include "base/buf.h"

enum crawl_trap {
    CRAWL_TRAP_NONE,
    CRAWL_TRAP_REPEATS,      /* "/a/b/a/b/a/b", as relative links on a page that answers everywhere make it */
    CRAWL_TRAP_DEEP,         /* more than LIMIT_PATH_SEGMENTS */
    CRAWL_TRAP_PARAMETERS,   /* more than LIMIT_QUERY_PARAMETERS in the query */
    CRAWL_TRAP_SESSION,      /* a session id: each visit makes another URL */
    CRAWL_TRAP_MAIL_ADDRESS, /* lacks its "mailto:": in every folder another URL, and none is a page */
};

/* One that holds. */
enum crawl_trap crawl_trap_of(struct slice path_query);
/* Appends the URL of which this one is a variant, so that who knows that one misses nothing here: with one repetition
 * less, without its query, without its session ids. False where there is none. */
bool crawl_trap_stem(enum crawl_trap trap, struct slice path_query, struct buf *stem);

#endif
