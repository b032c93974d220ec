/* One hostname's rollout, and what its observations say: pure. */
#ifndef ORIGINTLS_RECOMMEND_ROLLOUT_H
#define ORIGINTLS_RECOMMEND_ROLLOUT_H

#include "recommend/observation.h"
#include "recommend/policy.h"
#include "recommend/rules.h"
#include "recommend/sentence.h"
#include "recommend/sequential_test.h"

struct rollout {
    enum mode from, to;
    bool changes_scheme; /* some request goes to the origin over another scheme: the edge's cache starts cold */
    enum rollout_state state;
    int64_t opened_s;
    struct ramp_period steps[RAMP_STEPS]; /* those that have begun */
    size_t step_count;
    int64_t ended_s; /* -1 while open */
};

/* Percent of visitors that get `to` now: 100 when committed, 0 before the start and after a rollback. */
int rollout_percent(const struct rollout *rollout);
/* Takes an event at now_s: state and steps change. False, and nothing changed, where it is not legal. */
bool rollout_apply(struct rollout *rollout, enum rollout_event event, int64_t now_s);
/* The last time that anything happened to it. A now before it means that the clock went back. */
int64_t rollout_last_change_s(const struct rollout *rollout);

struct rollout_verdict {
    bool changes;             /* apply `event`; else wait */
    enum rollout_event event; /* EVENT_ADVANCE, EVENT_COMMIT, EVENT_ROLL_BACK */
    enum rule rule;           /* the first that decided */
    char reason[SENTENCE_BYTES];
    double power;         /* of the present step: how probable it is that it shows an excess of policy->harm */
    double least_power;   /* the least of the steps so far */
    uint64_t requests;    /* of the candidate at this step */
    int64_t unobserved_s; /* of the time at this step: the gaps */
};

/* What was counted at one step, or at all of them. */
struct step_counts {
    uint64_t requests, failures[FAILURE_CLASS_COUNT]; /* of the candidate */
    uint64_t control_requests, control_failures[FAILURE_CLASS_COUNT];
    int64_t observed_s;
};

/* The observations of one rollout, added up. A zeroed struct holds none. */
struct rollout_evidence {
    struct step_counts steps[RAMP_STEPS], whole;
    struct sequential_test tests[FAILURE_CLASS_COUNT];
    size_t begun; /* steps that the tests know of */
    bool given[FAILURE_CLASS_COUNT];
    double log_evidence[FAILURE_CLASS_COUNT]; /* the largest so far: what was reached once stays reached */
    /* Of the failures so far, minus the logarithm of the probability that each is the candidate's, if either side is as
     * likely to fail: log(1/share), summed up. */
    double log_alone[FAILURE_CLASS_COUNT];
};

/* What of policy->false_rollback the test of one class may spend. The five together have half of it; the other half is
 * for errors that control has none of. */
double rollout_test_error(const struct rollout_policy *policy);

/* To be called in the order of observation_compare; the observation is one without fault. */
void rollout_evidence_add(struct rollout_evidence *evidence, const struct observation *observation);

/* What to do with a ramping or holding rollout. The same values always give the same verdict. */
void rollout_judge(const struct rollout *rollout, const struct rollout_evidence *evidence,
                   const struct rollout_policy *policy, int64_t now_s, struct rollout_verdict *verdict);

#endif
