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
 * *out; leaves address, ports, certificate, tls and compared alone. Memory comes from `arena`. 0, or -1 out of memory.
 */
int recommend_origin(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out);

/* The modes that are ruled out already by a reason that no further pair can lift: asking for pairs on their behalf is a
 * waste. Uses ports, certificate and confirmed comparisons. The engine stops when this holds every mode above today's.
 */
mode_set recommend_ruled_out(const struct origin_evidence *evidence);

/* Fills status, reason, safe set (the intersection), supported and recommended mode and confidence (that of the origin
 * of which least is known) from its origins. hostname, current_mode, ceiling, setting and origins are given. An
 * opted-out origin opts the hostname out. Without origins there is no verdict: status opted_out stays, a given
 * incomplete_reason too. */
void recommend_hostname(struct hostname_record *hostname);

/* The same for the zone, from its hostnames, and current_mode: the weakest of theirs. Modes are MODE_NONE unless the
 * status is complete. Confidence sums up the pairs; request_coverage is the smallest that is known. */
void recommend_zone(struct scan_record *record);

#endif
