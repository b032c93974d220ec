#include "cli/policy_arguments.h"

int policy_from_arguments(const struct policy_arguments *arguments, struct rollout_policy *policy, struct err *err)
{
    rollout_policy_init(policy);
    policy->min_pairs = (uint32_t)arguments->min_pairs;
    policy->max_breaking_share = arguments->max_breaking_share;
    policy->agreeing_scans = (uint32_t)arguments->agreeing_scans;
    policy->agreeing_apart_s = (int64_t)arguments->agreeing_apart_s;
    policy->certificate_days = (uint32_t)arguments->certificate_days;
    policy->retry_days = (uint32_t)arguments->retry_days;
    policy->upgrades_per_day = (uint32_t)arguments->upgrades_per_day;
    policy->approval = arguments->approval;
    policy->stop = arguments->stop;
    policy->step_s = (int64_t)arguments->step_s;
    policy->step_requests = (uint32_t)arguments->step_requests;
    policy->warm_up_steps = (uint32_t)arguments->warm_up_steps;
    policy->warm_up_s = (int64_t)arguments->warm_up_s;
    policy->warm_up_requests = (uint32_t)arguments->warm_up_requests;
    policy->false_rollback = arguments->false_rollback;
    policy->harm = arguments->harm;
    policy->power = arguments->power;
    policy->horizon_s = (int64_t)arguments->horizon_s;
    for (size_t i = 0; i < arguments->windows.count; i++) {
        if (policy_add_window(policy, slice_of(arguments->windows.items[i]), err) != 0) {
            return err_prefix(err, "option --freeze");
        }
    }
    return 0;
}
