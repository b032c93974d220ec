/* How sure a sample makes us that a change breaks little. */
#ifndef ORIGINTLS_RECOMMEND_CONFIDENCE_H
#define ORIGINTLS_RECOMMEND_CONFIDENCE_H

#include "recommend/record.h"

#define CONFIDENCE_LEVEL 0.95

/* The one-sided bound of Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the case of the
 * binomial", Biometrika 26, 1934): if `against` of `pairs` random URLs break, the share of breaking URLs is below it
 * with probability `level` (above 0.5). 0 of 60 at 0.95 gives 0.0487. 1 where nothing is shown: no pairs, or all of
 * them break. */
double confidence_upper_bound(uint32_t against, uint32_t pairs, double level);

/* With the bound at CONFIDENCE_LEVEL, or an upper_bound of -1 where there are no pairs. request_coverage is -1. */
struct confidence confidence_of(uint32_t against, uint32_t pairs);

#endif
