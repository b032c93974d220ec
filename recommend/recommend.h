/* From evidence to a recommendation: pure, and explained sentence by sentence in docs/recommendation.md.
 *
 * A change from mode m to mode n is safe if and only if every sampled URL gives the visitor the same thing, the
 * certificate demand of n is met, and no journey loops or ends elsewhere. What is not shown is not assumed: a candidate
 * that is neither shown safe nor ruled out leaves the origin without a verdict.
 */
#ifndef ORIGINTLS_RECOMMEND_RECOMMEND_H
#define ORIGINTLS_RECOMMEND_RECOMMEND_H

#include "recommend/evidence.h"

/* Fills status, incomplete_reason and detail, supported_mode, safe_modes, blockers, warnings, pairs and confidence of
 * *out; leaves address, ports, certificate, tls and compared alone. Memory comes from `arena`. 0, or -1 out of memory. */
int recommend_origin(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out);

/* A mode ruled out already by a reason that no further pair can lift: asking for pairs on its behalf is a waste. Uses
 * ports, certificate and confirmed comparisons. The engine stops when this holds every mode above today's. */
mode_set recommend_ruled_out(const struct origin_evidence *evidence);

/* Why the host has no verdict, from its origins: status, reason, safe set (the intersection), supported and recommended
 * mode, confidence. hostname, current_mode, ceiling, setting and origins are given. */
void recommend_hostname(struct hostname_record *hostname);

/* The same for the zone, from its hostnames: status complete | partial | incomplete | opted_out, modes, confidence. */
void recommend_zone(struct scan_record *record);

/* The one-sided Clopper-Pearson bound: with `against` of `pairs`, the share is below this at `level`.
 * 0 of 60 at 0.95 gives 0.0487. pairs 0 gives 1. */
double confidence_upper_bound(uint32_t against, uint32_t pairs, double level);

#endif
