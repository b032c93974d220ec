#include "scan/schedule.h"

#define DOUBLINGS_MAX 20

int64_t schedule_next(const struct schedule_policy *policy, enum scan_status status, bool in_rollout, int64_t now_s,
                      uint64_t random, uint32_t *failures)
{
    int64_t wait_s = policy->verdict_s;
    if (status == STATUS_INCOMPLETE || status == STATUS_PARTIAL) {
        uint32_t doublings = *failures < DOUBLINGS_MAX ? *failures : DOUBLINGS_MAX;
        int64_t back_off_s = policy->incomplete_s << doublings;
        wait_s = back_off_s < wait_s ? back_off_s : wait_s;
        ++*failures;
    } else {
        *failures = 0;
    }
    if (in_rollout && wait_s > policy->rollout_s) {
        wait_s = policy->rollout_s;
    }
    double share = (double)(random >> 11) / (double)(UINT64_C(1) << 53);
    return now_s + wait_s + (int64_t)((double)wait_s * policy->jitter * share);
}
