#include "recommend/confidence.h"

#include <math.h>

/* P(X <= against) for X ~ Binomial(pairs, share), summed in logarithms so that a thousand pairs do not underflow. */
static double binomial_cdf(uint32_t against, uint32_t pairs, double share)
{
    double log_term = pairs * log1p(-share);
    double sum = exp(log_term);

    for (uint32_t k = 1; k <= against; k++) {
        log_term += log((double)(pairs - k + 1) / k) + log(share) - log1p(-share);
        sum += exp(log_term);
    }
    return sum;
}

double confidence_upper_bound(uint32_t against, uint32_t pairs, double level)
{
    double low = 0.0;
    double high = 1.0;

    if (pairs == 0 || against >= pairs)
        return 1.0;
    /* The share at which so few breaking pairs would be seen with probability 1 - level: the cdf falls as it grows. */
    for (int i = 0; i < 60; i++) {
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
