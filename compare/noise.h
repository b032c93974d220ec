/* What a hostname is known to change from load to load.
 *
 * Every element of a page (a shingle of its text, of its structure, a resource) that was there in one fetch and missing
 * in another of the same URL over the same scheme is noise, on whichever page of the hostname it was seen. The longer a
 * scan lasts the more of it is known, so that in the last round a banner that happened to come twice over http and
 * never over https is not held against https. One memory per hostname and origin; it only ever makes the comparison
 * more lenient on what was *seen* to vary, and is not learnt from pages that vary as a whole.
 */
#ifndef ORIGINTLS_COMPARE_NOISE_H
#define ORIGINTLS_COMPARE_NOISE_H

#include "base/hash.h"

/* Zeroed is NOT valid: init it. Each set is bounded by LIMIT_NOISE_ELEMENTS; a full one learns nothing more. */
struct noise_memory {
    struct hash_set elements; /* known as noise */
    struct hash_set only_a;   /* seen on side a alone, of some page */
    struct hash_set only_b;
};

void noise_memory_init(struct noise_memory *memory);
void noise_memory_release(struct noise_memory *memory);

#endif
