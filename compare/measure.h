/* How two sides of a feature relate, with the noise of each side taken into account. */
#ifndef ORIGINTLS_COMPARE_MEASURE_H
#define ORIGINTLS_COMPARE_MEASURE_H

#include "compare/compare.h"
#include "compare/shingle.h"

/* The sets of one feature in up to four fetches. The second fetches are NULL where there were none. */
struct fetched_sets {
    const struct hash_list *a, *again_a, *b, *again_b;
};

struct measure {
    struct compare_feature feature;
    size_t lost;   /* elements that a always showed and b never, not known as noise */
    size_t gained; /* the reverse */
    size_t only_a; /* like lost and gained, with what is known as noise */
    size_t only_b;
    size_t stable; /* elements that at least one side always showed */
    size_t all;    /* elements that were ever seen */
    size_t common; /* elements that were there in every fetch */
};

/* `memory` may be NULL. */
void measure_sets(const struct fetched_sets *sets, const struct noise_memory *memory, struct measure *measure);

/* Adds to `memory` what varied between two fetches of one side, and what was on one side alone, if the fetches are
 * alike enough to be of one page. */
void measure_learn(const struct fetched_sets *sets, struct noise_memory *memory);

#endif
