/* "Did you mean": the known word that a mistyped one is closest to. */
#ifndef ORIGINTLS_CLI_SUGGEST_H
#define ORIGINTLS_CLI_SUGGEST_H

#include "base/slice.h"

#define SUGGEST_WORD_BYTES 40

struct suggestion {
    struct slice typed;
    const char *word; /* the closest so far; NULL: none is close */
    unsigned distance;
};

/* Start with word NULL; offer every known word; then look at `word`. Words longer than SUGGEST_WORD_BYTES are close to
 * nothing. */
void suggest_offer(struct suggestion *suggestion, const char *word);

/* Letters to insert, drop, replace or swap with their neighbour (optimal string alignment). */
unsigned edit_distance(struct slice a, struct slice b);

#endif
