/* The verdict on one pair of exchanges: what compare/ finds, recommend/ weighs, db/ keeps and reports/ print.
 *
 * It stands in the leaf because those folders may not know one another. The order is that of the counters in the JSON.
 */
#ifndef ORIGINTLS_BASE_PAIR_VERDICT_H
#define ORIGINTLS_BASE_PAIR_VERDICT_H

#include <stdbool.h>

enum pair_verdict {
    PAIR_SAME,         /* equal bytes, or the very same end */
    PAIR_EQUIVALENT,   /* a visitor gets the same thing */
    PAIR_IMPROVED,     /* a success where today there is a failure */
    PAIR_WEAK,         /* equal refusals with equal bodies: an API without a key */
    PAIR_DIFFERENT,    /* a visitor would get something else */
    PAIR_UNAVAILABLE,  /* works today, would fail */
    PAIR_INTERFERENCE, /* something stands between us and the page, on one side */
    PAIR_UNSTABLE,     /* changes so much from load to load that nothing can be said */
    PAIR_UNUSABLE      /* proves nothing */
};
#define PAIR_VERDICT_COUNT 9

/* "same", "equivalent" ... */
const char *pair_verdict_name(enum pair_verdict verdict);
/* same, equivalent, improved, different, unavailable */
bool pair_verdict_is_usable(enum pair_verdict verdict);
/* different, unavailable */
bool pair_verdict_is_against(enum pair_verdict verdict);

#endif
