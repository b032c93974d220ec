#include "recommend/confidence.h"

#include <math.h>

#define BISECTIONS 60

static double log_factorial(uint32_t n)
{
    int sign = 0;

    return lgamma_r((double)n + 1, &sign);
}

/* P(X <= against) for X ~ Binomial(pairs, share) where share > against / pairs: the terms shrink from `against`
 * downwards, so that summing stops after about the square root of `pairs`. Logarithms keep large samples from
 * underflowing. */
static double binomial_cdf(uint32_t against, uint32_t pairs, double share)
{
    double odds = (1 - share) / share;
    double term = exp(log_factorial(pairs) - log_factorial(against) - log_factorial(pairs - against) +
                      against * log(share) + (pairs - against) * log1p(-share));
    double sum = term;

    for (uint32_t k = against; k > 0 && term > sum * 1e-17; k--) {
        term *= (double)k / (pairs - k + 1) * odds;
        sum += term;
    }
    return sum;
}

double confidence_upper_bound(uint32_t against, uint32_t pairs, double level)
{
    double low = 0.0;
    double high = 1.0;

    if (pairs == 0 || against >= pairs)
        return 1.0;
    low = (double)against / pairs;
    /* Looks for the share at which so few breaking pairs would be seen with probability 1 - level. */
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        if (binomial_cdf(against, pairs, middle) > 1.0 - level)
            low = middle;
        else
            high = middle;
    }
    return high;
}

struct confidence confidence_of(uint32_t against, uint32_t pairs)
{
    return (struct confidence){
        .pairs = pairs,
        .against = against,
        .upper_bound = pairs == 0 ? -1.0 : confidence_upper_bound(against, pairs, CONFIDENCE_LEVEL),
        .level = CONFIDENCE_LEVEL,
        .request_coverage = -1.0,
    };
}
