/* What is listed for people: the blockers and warnings of one origin. */
#ifndef ORIGINTLS_RECOMMEND_FINDINGS_H
#define ORIGINTLS_RECOMMEND_FINDINGS_H

#include "recommend/evidence.h"

/* Every fact and confirmed comparison that rules a mode out, in the order of the codes, then by URL; one per code and
 * URL. Of one code at most LIMIT_FINDINGS_PER_CODE URLs are listed; one more blocker without URL counts the rest and
 * holds the modes that these rule out. The evidence's comparisons must be sorted by comparison_order(). Strings are
 * copied into `arena`. 0, or -1 out of memory. */
int findings_blockers(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out);

/* The notices, bounded in the same way, and certificate_expires_soon. There is room for `extra` more in out->warnings.
 */
int findings_warnings(const struct origin_evidence *evidence, size_t extra, struct arena *arena,
                      struct origin_record *out);

/* For qsort over struct comparison: a total order, so that what is said does not depend on the order of the scan. */
int comparison_order(const void *a, const void *b);

#endif
