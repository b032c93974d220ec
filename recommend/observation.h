/* What the edge saw in one interval: visitors who got the new mode (the candidate) beside those who got the old one
 * (control). Values, and what makes them believable.
 */
#ifndef ORIGINTLS_RECOMMEND_OBSERVATION_H
#define ORIGINTLS_RECOMMEND_OBSERVATION_H

#include "base/buf.h"
#include "recommend/mode.h"
#include "recommend/ramp.h"

#include <stdint.h>

/* Classes of failure, each tested apart. A request counts in one of them at most. */
enum failure_class { FAILURE_TLS, FAILURE_CONNECT, FAILURE_5XX, FAILURE_3XX, FAILURE_4XX };
#define FAILURE_CLASS_COUNT 5
const char *failure_class_key(enum failure_class which);    /* "tls_errors": the name in the JSON */
const char *failure_class_phrase(enum failure_class which); /* "TLS errors": for people */

struct arm_counts {
    uint64_t requests;
    uint64_t failures[FAILURE_CLASS_COUNT];
    bool given[FAILURE_CLASS_COUNT]; /* 3xx and 4xx may be left out; so they are not tested */
};

struct observation {
    enum mode from, to;
    int percent;
    int64_t start_s, end_s; /* up to and without end_s */
    struct arm_counts candidate, control;
};

/* A step of the ramp as it was in force: from since_s to until_s; INT64_MAX while it still is. */
struct ramp_period {
    int percent;
    int64_t since_s, until_s;
};

/* Whether the counts are possible, the times lie in the past, modes and percentage are those that were in force for the
 * whole interval. NULL, or a clause that says what is wrong, in `text`. */
const char *observation_fault(const struct observation *observation, enum mode from, enum mode to,
                              const struct ramp_period *periods, size_t period_count, int64_t now_s, struct buf *text);

/* Order by start, then end. For qsort. */
int observation_compare(const void *a, const void *b);

#endif
