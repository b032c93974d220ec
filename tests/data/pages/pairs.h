/* Labelled pairs: what a visitor gets today and what they would get, twice each, and whether that is the same thing. */
#ifndef ORIGINTLS_TESTS_DATA_PAGES_PAIRS_H
#define ORIGINTLS_TESTS_DATA_PAGES_PAIRS_H

#include "compare/response.h"
#include "tests/data/pages/site.h"

/* In the order in which they are fetched. */
enum fetch { FETCH_A, FETCH_B, FETCH_AGAIN_A, FETCH_AGAIN_B };
#define FETCH_COUNT 4

struct page_pair {
    struct compare_response responses[FETCH_COUNT]; /* their slices point into this struct */
    struct buf bodies[FETCH_COUNT];
    char content_types[FETCH_COUNT][64];
    char host[48];
    struct buf path;
    unsigned round; /* of fetches: 0 the first, 1 the one that confirms; set it before making */
};

enum half { HALF_TRAINING, HALF_HELD_OUT };

/* `variant` is a free argument: most often what the same maker does for several kinds. */
struct pair_kind {
    const char *name; /* a sentence */
    bool same;
    enum half half;
    void (*make)(unsigned variant, uint64_t seed, struct page_pair *pair);
    unsigned variant;
};

extern const struct pair_kind pair_kinds_same[];
extern const size_t pair_kinds_same_count;
extern const struct pair_kind pair_kinds_different[];
extern const size_t pair_kinds_different_count;

void page_pair_init(struct page_pair *pair);
void page_pair_release(struct page_pair *pair);
/* The same seed and round give the same pair; another round, other loads of the same pages. */
void page_pair_make(const struct pair_kind *kind, uint64_t seed, struct page_pair *pair);

/* Points the responses to the bodies as they are now. */
void page_pair_view(struct page_pair *pair);

/* For the makers. Side b is FETCH_B and FETCH_AGAIN_B. */
bool fetch_is_b(enum fetch fetch);
/* A number that is another one for every fetch of every round. */
uint64_t page_pair_load(const struct page_pair *pair, int fetch);
void page_pair_set_type(struct page_pair *pair, enum fetch fetch, const char *content_type);
/* All four fetches as loads of a page each, seconds apart; sides may be other sites, pages or link forms. */
struct pair_side {
    const struct site *site;
    unsigned page;
    enum link_form links;
};
void page_pair_render(struct page_pair *pair, const struct pair_side *a, const struct pair_side *b, uint64_t seed);

#endif
