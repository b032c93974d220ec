#include "recommend/admission.h"

#define DAY_S 86400

struct question {
    const struct hostname_record *hostname;
    const struct rollout_policy *policy;
    const struct admission_context *context;
    struct rule_values values;
};

static bool is_beyond_ceiling(struct question *question)
{
    rule_value_text(&question->values, "ceiling", mode_name(question->policy->ceiling));
    return question->hostname->recommended_mode > question->policy->ceiling;
}

/* Only what changes a scheme changes what visitors could see. */
static bool has_few_pairs(struct question *question)
{
    rule_value_count(&question->values, "pairs", question->hostname->confidence.pairs);
    rule_value_count(&question->values, "needed", question->policy->min_pairs);
    return question->context->changes_scheme && question->hostname->confidence.pairs < question->policy->min_pairs;
}

static bool has_wide_bound(struct question *question)
{
    double bound = question->hostname->confidence.upper_bound;
    rule_value_count(&question->values, "pairs", question->hostname->confidence.pairs);
    rule_value_share(&question->values, "bound", bound < 0 ? 1 : bound);
    rule_value_share(&question->values, "needed", question->policy->max_breaking_share);
    return question->context->changes_scheme && (bound < 0 || bound > question->policy->max_breaking_share);
}

static bool has_short_lifetime(struct question *question)
{
    const struct hostname_record *hostname = question->hostname;
    int64_t until_s = question->context->now_s + (int64_t)question->policy->certificate_days * DAY_S;
    rule_value_count(&question->values, "needed", question->policy->certificate_days);
    for (size_t i = 0; mode_needs_certificate(hostname->recommended_mode) && i < hostname->origin_count; i++) {
        const struct certificate_record *certificate = &hostname->origins[i].certificate;
        if (certificate->seen && certificate->not_after_s >= 0 && certificate->not_after_s < until_s) {
            rule_value_text(&question->values, "address", hostname->origins[i].address);
            rule_value_time(&question->values, "until", certificate->not_after_s);
            return true;
        }
    }
    return false;
}

static bool is_custom(struct question *question)
{
    return !question->context->approved && question->hostname->setting == SETTING_CUSTOM;
}

static bool needs_approval(struct question *question)
{
    return !question->context->approved && question->policy->approval;
}

static bool is_not_agreed(struct question *question)
{
    rule_value_count(&question->values, "agreeing", question->context->agreeing_scans);
    rule_value_count(&question->values, "needed", question->policy->agreeing_scans);
    rule_value_span(&question->values, "apart", question->policy->agreeing_apart_s);
    return !question->context->approved && question->context->changes_scheme &&
           question->context->agreeing_scans < question->policy->agreeing_scans;
}

static bool is_stopped(struct question *question)
{
    return question->policy->stop;
}

static bool is_frozen(struct question *question)
{
    for (size_t i = 0; i < question->policy->window_count; i++) {
        const struct freeze_window *window = &question->policy->windows[i];
        if (question->context->now_s >= window->start_s && question->context->now_s < window->end_s) {
            rule_value_time(&question->values, "until", window->end_s);
            return true;
        }
    }
    return false;
}

static bool is_over_the_limit(struct question *question)
{
    uint32_t limit = question->policy->upgrades_per_day;
    rule_value_count(&question->values, "started", question->context->started);
    rule_value_count(&question->values, "limit", limit);
    return limit > 0 && question->context->started >= limit;
}

static bool starts(struct question *question)
{
    rule_value_count(&question->values, "percent", 1);
    return true;
}

/* The first that applies decides. */
static const struct {
    enum admission_outcome outcome;
    enum rollout_rule rule;
    bool (*applies)(struct question *question);
} rules[] = {
    {ADMISSION_REFUSED, RULE_BEYOND_CEILING, is_beyond_ceiling},
    {ADMISSION_REFUSED, RULE_FEW_PAIRS, has_few_pairs},
    {ADMISSION_REFUSED, RULE_WIDE_BOUND, has_wide_bound},
    {ADMISSION_REFUSED, RULE_SHORT_LIFETIME, has_short_lifetime},
    {ADMISSION_PROPOSED, RULE_CUSTOM, is_custom},
    {ADMISSION_PROPOSED, RULE_APPROVAL, needs_approval},
    {ADMISSION_WAITING, RULE_NOT_AGREED, is_not_agreed},
    {ADMISSION_WAITING, RULE_STOPPED, is_stopped},
    {ADMISSION_WAITING, RULE_FROZEN, is_frozen},
    {ADMISSION_WAITING, RULE_DAILY_LIMIT, is_over_the_limit},
    {ADMISSION_STARTS, RULE_STARTED, starts},
};

void admission_judge(const struct hostname_record *hostname, const struct rollout_policy *policy,
                     const struct admission_context *context, struct admission *admission)
{
    struct question question = {hostname, policy, context, {.count = 0}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        question.values.count = 0;
        rule_value_text(&question.values, "to", mode_name(hostname->recommended_mode));
        if (rules[i].applies(&question)) {
            admission->outcome = rules[i].outcome;
            admission->rule = rules[i].rule;
            rollout_rule_sentence(rules[i].rule, &question.values, admission->reason);
            return;
        }
    }
}
