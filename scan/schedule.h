/* When a zone is scanned again. Pure. */
#ifndef ORIGINTLS_SCAN_SCHEDULE_H
#define ORIGINTLS_SCAN_SCHEDULE_H

#include "recommend/record.h"

struct schedule_policy {
    int64_t verdict_s;    /* after a verdict; default 30 days. No wait is ever longer */
    int64_t incomplete_s; /* after a scan without one; doubled for each further one; default 2 days */
    int64_t rollout_s;    /* while a rollout is in progress; default a day */
    double jitter;        /* share of the wait that is added at random; default 0.1 */
};
#define SCHEDULE_POLICY_DEFAULT ((struct schedule_policy){30 * 86400, 2 * 86400, 86400, 0.1})

/* The next due time. *failures: scans in a row without a verdict, before and after this one. `random` is evenly
 * distributed over its 64 bits. */
int64_t schedule_next(const struct schedule_policy *policy, enum scan_status status, bool in_rollout, int64_t now_s,
                      uint64_t random, uint32_t *failures);

#endif
