/* A small seeded generator (splitmix64): the same seed gives the same scan. Not for secrets. */
#ifndef ORIGINTLS_BASE_RNG_H
#define ORIGINTLS_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
/* Evenly from 0 .. bound-1; bound 0 gives 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

#endif
