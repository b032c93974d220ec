/* The sample of one hostname: which URLs to compare, and which pages to read for more links.
 *
 * URLs come in by frontier_add, from links, sitemaps and logs, in any order and number. They are kept in strata: kind ×
 * first path segment × shape (url_shape.h). frontier_next deals them out: the home page first, then always from the
 * kind that had least of its share so far (pages have the largest), within it from the first segment that had least,
 * within that from the shape that had least, and there the weightiest, so that ten thousand product pages crowd nothing
 * out. Where that leaves a choice, the heavier comes first, and then an order that only the seed knows. The same URLs
 * and seed give the same sample.
 *
 * Refused: URLs that may change state (state_change.h), that robots.txt forbids, and crawl traps: what crawl_trap.h
 * says (a URL with a session id is kept without it), more than LIMIT_VARIANTS_PER_PATH queries to one path, more than
 * LIMIT_DATED_PER_STRATUM dates of one shape (calendars), more than LIMIT_CANDIDATES_PER_STRATUM URLs of one shape.
 *
 * Memory is bounded: LIMIT_CANDIDATES_PER_HOST URLs, LIMIT_STRATA_PER_HOST strata, LIMIT_SHAPES_PER_SEGMENT shapes of
 * one kind and first segment (what exceeds these shares one stratum).
 */
#ifndef ORIGINTLS_CRAWLER_FRONTIER_H
#define ORIGINTLS_CRAWLER_FRONTIER_H

#include "base/err.h"
#include "crawler/links.h"
#include "crawler/robots.h"

struct frontier;

/* `robots` is borrowed and may be NULL. The home page is in from the start, unless robots.txt forbids it. */
struct frontier *frontier_new(uint64_t seed, const struct robots *robots, struct err *err);
void frontier_free(struct frontier *frontier);

enum frontier_result {
    FRONTIER_ADDED,
    FRONTIER_KNOWN, /* was there; its weight was raised, its kind stays */
    FRONTIER_STATE_CHANGING,
    FRONTIER_FORBIDDEN, /* by robots.txt */
    FRONTIER_TRAP,
    FRONTIER_FULL,
    FRONTIER_OUT_OF_MEMORY
};

/* `path_query` begins with "/", in the normal form of url.h. `kind` is refined by the path (link_kind_refine). `weight`
 * is a number of requests, 0 where it is not known. */
enum frontier_result frontier_add(struct frontier *frontier, struct slice path_query, enum link_kind kind,
                                  double weight);
const char *frontier_result_name(enum frontier_result result);

struct frontier_url {
    const char *path_query; /* the frontier's */
    enum link_kind kind;
    double weight;    /* requests, as far as logs told */
    uint32_t stratum; /* equal numbers: one stratum */
};

/* The next URL to compare; NULL when there is none left for now. Valid until frontier_free. */
const struct frontier_url *frontier_next(struct frontier *frontier);
/* The next page or frame to read for links: the home page first, then dealt out as above. NULL when there is none left
 * for now or LIMIT_CRAWL_PAGES were given out. Independent of frontier_next. */
const struct frontier_url *frontier_next_page_to_crawl(struct frontier *frontier);
/* The links of the page with this path are known, or are being read now (a pair's body was read):
 * frontier_next_page_to_crawl will not give it. True if it is a page or frame of the frontier and was not marked or
 * given before, so that whoever holds its body should read it; false else. */
bool frontier_mark_crawled(struct frontier *frontier, struct slice path_query);

struct frontier_counts {
    size_t found;          /* distinct URLs kept */
    size_t given;          /* by frontier_next */
    size_t left;           /* found - given */
    size_t pages_to_crawl; /* not yet given by frontier_next_page_to_crawl nor marked, whatever the ceiling */
    size_t pages_crawled;  /* given by it */
    size_t state_changing; /* refused, counted each time */
    size_t forbidden;
    size_t traps;
    size_t missed; /* of these, URLs that nothing known stands for (crawl_trap_stem) */
    size_t overflow;
    size_t strata;
    double weight_found; /* sums */
    double weight_given;
};
void frontier_count(const struct frontier *frontier, struct frontier_counts *counts);

/* Every URL that could be found was given out: nothing left, no page unread, nothing refused for lack of room. URLs
 * that must not be asked for are not missing. Nor are those of a trap that others stand for: variants of a known URL,
 * dates and queries beyond the many that were kept. */
bool frontier_exhausted(const struct frontier *frontier);

#endif
