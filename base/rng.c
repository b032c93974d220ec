#include "base/rng.h"

void rng_init(struct rng *rng, uint64_t seed)
{
    rng->state = seed;
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t x = (rng->state += 0x9e3779b97f4a7c15u);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
    if (bound == 0) {
        return 0;
    }
    /* Values below `skip` would make the first few results more likely than the rest. */
    uint64_t skip = -bound % bound, x;
    do {
        x = rng_next(rng);
    } while (x < skip);
    return x % bound;
}
