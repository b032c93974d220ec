#include "recommend/admission.h"

#include <stddef.h>

#define DAY_S 86400
/* Of the reason why an upgrade was taken back. */
#define ENDED_REASON_BYTES 500

struct question {
    const struct hostname_record *hostname;
    const struct rollout_policy *policy;
    const struct admission_context *context;
    struct sentence_values values;
    policy_set asked;
};

#define ASK(question, member)                                                                                          \
    ((question)->asked |= policy_field_at(offsetof(struct rollout_policy, member)), (question)->policy->member)

static bool is_beyond_ceiling(struct question *question)
{
    enum mode ceiling = ASK(question, ceiling);
    sentence_put_text(&question->values, "ceiling", mode_name(ceiling));
    return question->hostname->recommended_mode > ceiling;
}

/* Only what changes a scheme changes what visitors could see. */
static bool has_few_pairs(struct question *question)
{
    if (!question->context->changes_scheme) {
        return false;
    }
    uint32_t needed = ASK(question, min_pairs);
    sentence_put_count(&question->values, "pairs", question->hostname->confidence.pairs);
    sentence_put_count(&question->values, "needed", needed);
    return question->hostname->confidence.pairs < needed;
}

static bool has_wide_bound(struct question *question)
{
    double bound = question->hostname->confidence.upper_bound;
    if (!question->context->changes_scheme) {
        return false;
    }
    double needed = ASK(question, max_breaking_share);
    sentence_put_count(&question->values, "pairs", question->hostname->confidence.pairs);
    sentence_put_share(&question->values, "bound", bound < 0 ? 1 : bound);
    sentence_put_share(&question->values, "needed", needed);
    return bound < 0 || bound > needed;
}

static bool has_short_lifetime(struct question *question)
{
    const struct hostname_record *hostname = question->hostname;
    if (!mode_needs_certificate(hostname->recommended_mode)) {
        return false;
    }
    uint32_t days = ASK(question, certificate_days);
    int64_t until_s = question->context->now_s + (int64_t)days * DAY_S;
    sentence_put_count(&question->values, "needed", days);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct certificate_record *certificate = &hostname->origins[i].certificate;
        if (certificate->seen && certificate->not_after_s >= 0 && certificate->not_after_s < until_s) {
            sentence_put_text(&question->values, "address", hostname->origins[i].address);
            sentence_put_time(&question->values, "until", certificate->not_after_s);
            return true;
        }
    }
    return false;
}

static bool was_taken_back(struct question *question)
{
    const struct admission_context *context = question->context;
    if (context->approved || context->ended_before_s < 0) {
        return false;
    }
    int64_t until_s = context->ended_before_s + (int64_t)ASK(question, retry_days) * DAY_S;
    sentence_put_day(&question->values, "day", context->ended_before_s);
    sentence_put_excerpt(&question->values, "detail", context->ended_reason, ENDED_REASON_BYTES);
    sentence_put_time(&question->values, "until", until_s);
    return context->now_s < until_s;
}

static bool is_custom(struct question *question)
{
    return !question->context->approved && question->hostname->setting == SETTING_CUSTOM;
}

static bool needs_approval(struct question *question)
{
    return !question->context->approved && ASK(question, approval);
}

static bool is_not_agreed(struct question *question)
{
    if (question->context->approved || !question->context->changes_scheme) {
        return false;
    }
    uint32_t needed = ASK(question, agreeing_scans);
    sentence_put_count(&question->values, "agreeing", question->context->agreeing_scans);
    sentence_put_count(&question->values, "needed", needed);
    if (needed > 1) {
        sentence_put_span(&question->values, "apart", ASK(question, agreeing_apart_s));
    }
    return question->context->agreeing_scans < needed;
}

static bool is_stopped(struct question *question)
{
    return ASK(question, stop);
}

static bool is_frozen(struct question *question)
{
    question->asked |= question->policy->window_count > 0 ? POLICY_WINDOWS : 0;
    for (size_t i = 0; i < question->policy->window_count; i++) {
        const struct freeze_window *window = &question->policy->windows[i];
        if (question->context->now_s >= window->start_s && question->context->now_s < window->end_s) {
            sentence_put_time(&question->values, "until", window->end_s);
            return true;
        }
    }
    return false;
}

static bool is_over_the_limit(struct question *question)
{
    uint32_t limit = ASK(question, upgrades_per_day);
    sentence_put_count(&question->values, "started", question->context->started);
    sentence_put_count(&question->values, "limit", limit);
    return limit > 0 && question->context->started >= limit;
}

static bool starts(struct question *question)
{
    sentence_put_count(&question->values, "percent", 1);
    return true;
}

/* The first that applies decides. */
static const struct {
    enum admission_outcome outcome;
    enum rule rule;
    bool (*applies)(struct question *question);
} rules[] = {
    {ADMISSION_REFUSED, RULE_BEYOND_CEILING, is_beyond_ceiling},
    {ADMISSION_REFUSED, RULE_FEW_PAIRS, has_few_pairs},
    {ADMISSION_REFUSED, RULE_WIDE_BOUND, has_wide_bound},
    {ADMISSION_REFUSED, RULE_SHORT_LIFETIME, has_short_lifetime},
    {ADMISSION_PROPOSED, RULE_ENDED_BEFORE, was_taken_back},
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
    struct question question = {.hostname = hostname, .policy = policy, .context = context};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        question.values.count = 0;
        sentence_put_text(&question.values, "to", mode_name(hostname->recommended_mode));
        if (rules[i].applies(&question)) {
            admission->outcome = rules[i].outcome;
            admission->rule = rules[i].rule;
            admission->numbers = question.values;
            admission->asked = question.asked;
            rule_sentence(rules[i].rule, &question.values, admission->reason);
            return;
        }
    }
}
