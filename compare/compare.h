/* Are two responses the same thing to a visitor?
 *
 * `a` is what the visitor gets today, `b` what they would get. The question is put to five features of a page: its
 * visible text, its tag structure, its resources (own and foreign scripts, styles, images, frames, forms), its identity
 * (title, canonical address, main heading ...) and its numbers. Each is a set of 64-bit hashes (shingles); similarity
 * is Jaccard's.
 *
 * Noise is measured, not assumed: with second fetches of both sides an element counts against `b` only if it was in
 * both fetches of one side and in neither of the other. Constants: compare/constants.h; method: docs/comparison.md.
 *
 * Statuses are not looked at here: that is compare/pair.h. Pure; time linear in the bodies, memory a small multiple.
 */
#ifndef ORIGINTLS_COMPARE_COMPARE_H
#define ORIGINTLS_COMPARE_COMPARE_H

#include "base/limits.h"
#include "compare/classify.h"
#include "compare/mixed_content.h"
#include "compare/noise.h"
#include "compare/response.h"

enum compare_verdict {
    COMPARE_SAME,       /* equal bytes of an equal type */
    COMPARE_EQUIVALENT, /* a visitor gets the same thing */
    COMPARE_DIFFERENT,
    COMPARE_UNSTABLE /* it changes so much from load to load that nothing can be said */
};

struct compare_feature {
    double similarity; /* of a and b as they came: 0..1; 1 where both are empty */
    double noise;      /* the larger of 1 - similarity(a, again_a) and 1 - similarity(b, again_b); 0 if not measured */
    double excess;     /* the share of stable elements that only one side has, less what noise explains: 0..1 */
    size_t size_a;     /* elements */
    size_t size_b;
};

struct compare_result {
    enum compare_verdict verdict;
    bool compared;          /* false: the verdict follows from headers alone, and no number below says anything */
    double text_similarity; /* those of the features below, for the report */
    double structure_similarity;
    double resource_similarity;
    double noise; /* the largest of the features' */
    struct compare_feature text, structure, resources, identity, numbers;
    /* A difference was seen that second fetches of both sides could explain, and none were given. The verdict is what
     * can be said without them. */
    bool needs_again;
    bool out_of_memory; /* nothing could be judged; the verdict is COMPARE_UNSTABLE */
    enum page_class class_a, class_b;
    /* Own subresources of the blockable kinds on a page that is shown over https: in b by http what a loads by https (a
     * difference), and the reverse (an improvement). Distinct URLs. */
    unsigned downgraded, upgraded;
    struct mixed_content mixed_a, mixed_b; /* counted only where the bodies had to be read, i.e. are not equal */
    char reason[LIMIT_DETAIL_BYTES + 1];   /* one sentence with the numbers, UTF-8, safe to show after escaping */
};

const char *compare_verdict_name(enum compare_verdict verdict); /* as in the contract */

/* `again_a` and `again_b` are second fetches of the same URLs over the same schemes; both or neither. Every response
 * must be an answered one. Swapping the sides gives the same verdict and numbers, but for directions. */
void compare_bodies(const struct compare_response *a, const struct compare_response *b,
                    const struct compare_response *again_a, const struct compare_response *again_b,
                    struct compare_result *result);

/* The same with what is known about the hostname's noise; `memory` may be NULL. What second fetches show is added to
 * it. */
void compare_bodies_with_noise(const struct compare_response *a, const struct compare_response *b,
                               const struct compare_response *again_a, const struct compare_response *again_b,
                               struct noise_memory *memory, struct compare_result *result);

/* What sort of page an answer is; PAGE_ORDINARY for what is neither HTML nor text, or larger than any of the pages that
 * the table knows. `name`, where not NULL, is set as page_classify does. */
enum page_class compare_classify(const struct compare_response *response, const char **name);

/* A content type for bytes of which nothing else is known ("text/html", "application/json", "image/png", ...,
 * "application/octet-stream"), after the WHATWG MIME Sniffing standard where it matters. A static text. */
struct slice compare_sniff_type(struct slice body);

#endif
