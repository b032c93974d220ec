/* May an upgrade that the evidence allows start now? What the policy has to say, between decision and ramp. Pure. */
#ifndef ORIGINTLS_RECOMMEND_ADMISSION_H
#define ORIGINTLS_RECOMMEND_ADMISSION_H

#include "recommend/policy.h"
#include "recommend/record.h"
#include "recommend/rules.h"
#include "recommend/sentence.h"

/* What else than the scan itself is known. */
struct admission_context {
    int64_t now_s;
    uint32_t
        agreeing_scans; /* complete ones in a row that recommend the mode, this one included, as far apart as asked */
    uint32_t started;   /* upgrades of the fleet in the last 24 hours */
    bool changes_scheme;
    bool approved; /* somebody has approved it: setting, approval, agreement and what was before no longer count */
    /* The hostname's last rollout, to this mode or a weaker one, was taken back then, by itself or by hand; -1: it was
     * not. */
    int64_t ended_before_s;
    const char *ended_reason; /* a sentence */
};

enum admission_outcome {
    ADMISSION_REFUSED, /* the evidence is not enough for this policy: no rollout */
    ADMISSION_PROPOSED,
    ADMISSION_WAITING,
    ADMISSION_STARTS
};

struct admission {
    enum admission_outcome outcome;
    enum rule rule; /* the first that decided */
    char reason[SENTENCE_BYTES];
    struct sentence_values numbers; /* of the sentence; borrows from hostname and context */
    policy_set asked;               /* what of the policy was looked at up to and with the rule that decided */
};

/* Of a complete hostname whose recommended mode is stronger than today's; its decision is `upgrade`, or `hold` for its
 * setting alone. */
void admission_judge(const struct hostname_record *hostname, const struct rollout_policy *policy,
                     const struct admission_context *context, struct admission *admission);

#endif
