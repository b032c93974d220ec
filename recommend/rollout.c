#include "recommend/rollout.h"

#include "recommend/sequential_test.h"

#include <math.h>

/* Failing outright: at least so many requests of the candidate at this step failed, at least this share of them, while
 * at most that share of control did. */
#define OUTRIGHT_FAILURES      3
#define OUTRIGHT_SHARE         0.5
#define OUTRIGHT_CONTROL_SHARE 0.25
/* Of the time at a step that must have been observed. */
#define COVERAGE_NEEDED 0.5

int rollout_percent(const struct rollout *rollout)
{
    switch (rollout->state) {
    case ROLLOUT_RAMPING:
    case ROLLOUT_HOLDING:
        return rollout->step_count == 0 ? 0 : rollout->steps[rollout->step_count - 1].percent;
    case ROLLOUT_COMMITTED:
        return 100;
    case ROLLOUT_PROPOSED:
    case ROLLOUT_WAITING:
    case ROLLOUT_ROLLED_BACK:
    case ROLLOUT_CANCELLED:
        break;
    }
    return 0;
}

static void close_step(struct rollout *rollout, int64_t now_s)
{
    if (rollout->step_count > 0 && rollout->steps[rollout->step_count - 1].until_s == INT64_MAX) {
        rollout->steps[rollout->step_count - 1].until_s = now_s;
    }
}

static void begin_step(struct rollout *rollout, int64_t now_s)
{
    close_step(rollout, now_s);
    rollout->steps[rollout->step_count] = (struct ramp_period){ramp_percent(rollout->step_count), now_s, INT64_MAX};
    rollout->step_count++;
}

bool rollout_apply(struct rollout *rollout, enum rollout_event event, int64_t now_s)
{
    enum rollout_state next = rollout->state;
    bool steps = event == EVENT_START || event == EVENT_ADVANCE;
    if (!rollout_transition(rollout->state, event, &next) || (steps && rollout->step_count == RAMP_STEPS) ||
        (event == EVENT_COMMIT && rollout->step_count < RAMP_STEPS)) {
        return false;
    }
    if (steps) {
        begin_step(rollout, now_s);
    }
    if (!rollout_is_open(next)) {
        close_step(rollout, now_s);
        rollout->ended_s = now_s;
    }
    rollout->state = next;
    return true;
}

int64_t rollout_last_change_s(const struct rollout *rollout)
{
    int64_t last = rollout->opened_s;
    if (rollout->step_count > 0 && rollout->steps[rollout->step_count - 1].since_s > last) {
        last = rollout->steps[rollout->step_count - 1].since_s;
    }
    return rollout->ended_s > last ? rollout->ended_s : last;
}

struct judgement {
    const struct rollout *rollout;
    const struct rollout_policy *policy;
    int64_t now_s;
    const struct rollout_evidence *evidence;
    double power; /* < 0: not asked for yet */
    struct sentence_values values;
    bool changes;
    enum rollout_event event;
};

static size_t present_step(const struct judgement *judgement)
{
    return judgement->rollout->step_count - 1;
}

static const struct step_counts *present_counts(const struct judgement *judgement)
{
    return &judgement->evidence->steps[present_step(judgement)];
}

static int64_t elapsed_s(const struct judgement *judgement)
{
    return judgement->now_s - judgement->rollout->steps[present_step(judgement)].since_s;
}

static void add_counts(struct step_counts *counts, const struct observation *observation)
{
    counts->requests += observation->candidate.requests;
    counts->control_requests += observation->control.requests;
    counts->observed_s += observation->end_s - observation->start_s;
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        counts->failures[i] += observation->candidate.failures[i];
        counts->control_failures[i] += observation->control.failures[i];
    }
}

/* log(1/p), where p is the candidate's share of the requests. */
static double log_odds_against(const struct arm_counts *candidate, const struct arm_counts *control)
{
    return candidate->requests == 0 ? 0 : log1p((double)control->requests / (double)candidate->requests);
}

void rollout_evidence_add(struct rollout_evidence *evidence, const struct observation *observation)
{
    const struct arm_counts *candidate = &observation->candidate;
    const struct arm_counts *control = &observation->control;
    size_t step = ramp_step_of(observation->percent);
    if (step == RAMP_STEPS) {
        return;
    }
    add_counts(&evidence->steps[step], observation);
    add_counts(&evidence->whole, observation);
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        struct sequential_test *test = &evidence->tests[i];
        if (evidence->begun == 0) {
            sequential_test_init(test);
        }
        for (size_t begun = evidence->begun; begun <= step; begun++) {
            sequential_test_next_step(test);
        }
        evidence->given[i] |= candidate->given[i];
        evidence->log_alone[i] += (double)candidate->failures[i] * log_odds_against(candidate, control);
        sequential_test_add(test, candidate->requests, candidate->failures[i], control->requests, control->failures[i]);
        /* Nothing else makes the evidence grow. */
        if (candidate->failures[i] > 0) {
            evidence->log_evidence[i] = fmax(evidence->log_evidence[i], sequential_test_log_evidence(test));
        }
    }
    evidence->begun = step + 1 > evidence->begun ? step + 1 : evidence->begun;
}

double rollout_test_error(const struct rollout_policy *policy)
{
    return policy->false_rollback / 2 / FAILURE_CLASS_COUNT;
}

/* For each of TLS and connect. */
static double error_of_being_alone(const struct rollout_policy *policy)
{
    return policy->false_rollback / 2 / 2;
}

/* The rate of the most frequent class that says "failed": the one in which harm is hardest to see. */
static double base_rate(const struct judgement *judgement)
{
    uint64_t most = 0;
    for (int i = FAILURE_TLS; i <= FAILURE_5XX; i++) {
        most = judgement->evidence->whole.control_failures[i] > most ? judgement->evidence->whole.control_failures[i]
                                                                     : most;
    }
    return ((double)most + 0.5) / ((double)judgement->evidence->whole.control_requests + 1);
}

static double power_of(const struct judgement *judgement, const struct step_counts *counts, double times)
{
    return sequential_test_power((double)counts->requests * times, (double)counts->control_requests * times,
                                 base_rate(judgement), judgement->policy->harm, rollout_test_error(judgement->policy));
}

static double present_power(struct judgement *judgement)
{
    if (judgement->power < 0) {
        judgement->power = power_of(judgement, present_counts(judgement), 1);
    }
    return judgement->power;
}

static double least_power(const struct judgement *judgement)
{
    double least = 1;
    for (size_t i = 0; i < judgement->rollout->step_count; i++) {
        least = fmin(least, power_of(judgement, &judgement->evidence->steps[i], 1));
    }
    return least;
}

/* With what has come so far, would the longest time that the step may take be too little? */
static bool is_slow(const struct judgement *judgement)
{
    const struct step_counts *present = present_counts(judgement);
    double limit_s = (double)judgement->policy->horizon_s / RAMP_STEPS;
    return present->observed_s > 0 &&
           power_of(judgement, present, fmax(1, limit_s / (double)present->observed_s)) < judgement->policy->power;
}

static void put_counts(struct judgement *judgement, uint64_t failures, uint64_t requests, uint64_t control_failures,
                       uint64_t control_requests)
{
    sentence_put_count(&judgement->values, "failures", failures);
    sentence_put_count(&judgement->values, "requests", requests);
    sentence_put_count(&judgement->values, "control_failures", control_failures);
    sentence_put_count(&judgement->values, "control_requests", control_requests);
}

static uint64_t failed(const uint64_t *failures)
{
    return failures[FAILURE_TLS] + failures[FAILURE_CONNECT] + failures[FAILURE_5XX];
}

static bool roll_back(struct judgement *judgement)
{
    judgement->changes = true;
    judgement->event = EVENT_ROLL_BACK;
    return true;
}

/* Of the present step; at 100 %, where there is none, that of before. */
static const struct step_counts *control_counts(const struct judgement *judgement)
{
    const struct step_counts *present = present_counts(judgement);
    return present->control_requests > 0 ? present : &judgement->evidence->whole;
}

static bool failed_outright(struct judgement *judgement)
{
    const struct step_counts *present = present_counts(judgement);
    const struct step_counts *control = control_counts(judgement);
    uint64_t failures = failed(present->failures);
    uint64_t control_failures = failed(control->control_failures);
    if (failures < OUTRIGHT_FAILURES || (double)failures < OUTRIGHT_SHARE * (double)present->requests ||
        (double)control_failures > OUTRIGHT_CONTROL_SHARE * (double)control->control_requests) {
        return false;
    }
    put_counts(judgement, failures, present->requests, control_failures, control->control_requests);
    return roll_back(judgement);
}

static int worst_class(const struct judgement *judgement)
{
    double needed = log(1 / rollout_test_error(judgement->policy));
    int worst = -1;
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        double evidence = judgement->evidence->log_evidence[i];
        if (judgement->evidence->given[i] && evidence >= needed &&
            (worst < 0 || evidence > judgement->evidence->log_evidence[worst])) {
            worst = i;
        }
    }
    return worst;
}

static bool worse_than_control(struct judgement *judgement)
{
    const struct step_counts *present = present_counts(judgement);
    const struct step_counts *control = control_counts(judgement);
    int worst = worst_class(judgement);
    if (worst < 0) {
        return false;
    }
    double evidence = exp(fmin(judgement->evidence->log_evidence[worst], log(1e9)));
    sentence_put_text(&judgement->values, "class", failure_class_phrase((enum failure_class)worst));
    put_counts(judgement, present->failures[worst], present->requests, control->control_failures[worst],
               control->control_requests);
    sentence_put_count(&judgement->values, "evidence", (uint64_t)llround(evidence));
    sentence_put_count(&judgement->values, "needed", (uint64_t)llround(1 / rollout_test_error(judgement->policy)));
    return roll_back(judgement);
}

static bool is_alone(const struct judgement *judgement, enum failure_class which)
{
    return judgement->evidence->whole.failures[which] > 0 && judgement->evidence->whole.control_failures[which] == 0;
}

static bool roll_back_alone(struct judgement *judgement, enum failure_class which)
{
    const struct step_counts *whole = &judgement->evidence->whole;
    sentence_put_text(&judgement->values, "class", failure_class_phrase(which));
    put_counts(judgement, whole->failures[which], whole->requests, 0, whole->control_requests);
    return roll_back(judgement);
}

/* Where the old mode reaches the origin over http alone, a TLS error cannot have a counterpart. */
static bool has_no_counterpart(struct judgement *judgement)
{
    if (mode_uses_https(judgement->rollout->from, false) || !is_alone(judgement, FAILURE_TLS) || !is_slow(judgement)) {
        return false;
    }
    sentence_put_text(&judgement->values, "from", mode_name(judgement->rollout->from));
    return roll_back_alone(judgement, FAILURE_TLS);
}

/* Errors that either side may have by itself: the first of them is the candidate's with the probability of its share.
 */
static bool is_alone_beyond_chance(struct judgement *judgement)
{
    double needed = log(1 / error_of_being_alone(judgement->policy));
    for (int i = FAILURE_TLS; i <= FAILURE_CONNECT; i++) {
        double odds = judgement->evidence->log_alone[i];
        if (!is_alone(judgement, (enum failure_class)i) || odds < needed || !is_slow(judgement)) {
            continue;
        }
        sentence_put_count(&judgement->values, "odds", (uint64_t)llround(exp(fmin(odds, log(1e9)))));
        return roll_back_alone(judgement, (enum failure_class)i);
    }
    return false;
}

static bool is_held(struct judgement *judgement)
{
    return judgement->rollout->state == ROLLOUT_HOLDING;
}

static bool is_stopped(struct judgement *judgement)
{
    return judgement->policy->stop;
}

static bool is_frozen(struct judgement *judgement)
{
    int64_t until_s = judgement->now_s;
    while (policy_frozen(judgement->policy, until_s)) {
        for (size_t i = 0; i < judgement->policy->window_count; i++) {
            const struct freeze_window *window = &judgement->policy->windows[i];
            until_s = until_s >= window->start_s && until_s < window->end_s ? window->end_s : until_s;
        }
    }
    if (until_s == judgement->now_s) {
        return false;
    }
    sentence_put_time(&judgement->values, "until", until_s);
    return true;
}

/* The values of the sentences about time and requests. */
static void put_step(struct judgement *judgement, int64_t time_s, uint64_t requests)
{
    sentence_put_span(&judgement->values, "elapsed", elapsed_s(judgement));
    sentence_put_span(&judgement->values, "time", time_s);
    sentence_put_count(&judgement->values, "requests", present_counts(judgement)->requests);
    sentence_put_count(&judgement->values, "needed", requests);
}

/* Each step has its part of the horizon. Steps that were quicker leave nothing for later ones, but reports come only
 * now and then: what one step went beyond its part is taken from the next, up to a quarter. */
static bool used_up(const struct judgement *judgement)
{
    int64_t part_s = judgement->policy->horizon_s / RAMP_STEPS;
    int64_t due_s = judgement->rollout->steps[0].since_s + part_s * (int64_t)judgement->rollout->step_count;
    return elapsed_s(judgement) >= part_s || (judgement->now_s >= due_s && elapsed_s(judgement) >= part_s * 3 / 4);
}

static bool is_warming_up(struct judgement *judgement)
{
    const struct rollout_policy *policy = judgement->policy;
    bool enough = elapsed_s(judgement) >= policy->warm_up_s &&
                  (present_counts(judgement)->requests >= policy->warm_up_requests || used_up(judgement));
    if (!judgement->rollout->changes_scheme || present_step(judgement) >= policy->warm_up_steps || enough) {
        return false;
    }
    put_step(judgement, policy->warm_up_s, policy->warm_up_requests);
    return true;
}

static bool lacks_time(struct judgement *judgement)
{
    if (elapsed_s(judgement) >= judgement->policy->step_s) {
        return false;
    }
    put_step(judgement, judgement->policy->step_s, judgement->policy->step_requests);
    return true;
}

static bool lacks_requests(struct judgement *judgement)
{
    if (present_counts(judgement)->requests >= judgement->policy->step_requests || used_up(judgement)) {
        return false;
    }
    put_step(judgement, judgement->policy->step_s, judgement->policy->step_requests);
    return true;
}

static bool has_gaps(struct judgement *judgement)
{
    const struct step_counts *present = present_counts(judgement);
    if ((double)present->observed_s >= COVERAGE_NEEDED * (double)elapsed_s(judgement) &&
        present->requests + present->control_requests > 0) {
        return false;
    }
    sentence_put_span(&judgement->values, "covered", present->observed_s);
    sentence_put_span(&judgement->values, "elapsed", elapsed_s(judgement));
    return true;
}

static void put_power(struct judgement *judgement)
{
    sentence_put_share(&judgement->values, "harm", judgement->policy->harm);
    sentence_put_probability(&judgement->values, "power", present_power(judgement));
    sentence_put_share(&judgement->values, "needed", judgement->policy->power);
}

static bool has_power(struct judgement *judgement)
{
    return present_power(judgement) >= judgement->policy->power;
}

static bool lacks_power(struct judgement *judgement)
{
    if (has_power(judgement) || used_up(judgement)) {
        return false;
    }
    put_power(judgement);
    return true;
}

static bool goes_on(struct judgement *judgement, enum rollout_event event)
{
    put_power(judgement);
    sentence_put_span(&judgement->values, "time", judgement->policy->horizon_s / RAMP_STEPS);
    sentence_put_count(&judgement->values, "next", (uint64_t)ramp_percent(present_step(judgement) + 1));
    judgement->changes = true;
    judgement->event = event;
    return true;
}

static bool advances(struct judgement *judgement)
{
    return present_step(judgement) + 1 < RAMP_STEPS && has_power(judgement) && goes_on(judgement, EVENT_ADVANCE);
}

static bool advances_by_time(struct judgement *judgement)
{
    return present_step(judgement) + 1 < RAMP_STEPS && goes_on(judgement, EVENT_ADVANCE);
}

/* The last word is about the whole ramp, so its weakest step counts. */
static bool commits(struct judgement *judgement)
{
    judgement->power = least_power(judgement);
    return has_power(judgement) && goes_on(judgement, EVENT_COMMIT);
}

static bool commits_by_time(struct judgement *judgement)
{
    return goes_on(judgement, EVENT_COMMIT);
}

/* The first that applies decides. */
static const struct {
    enum rule rule;
    bool (*applies)(struct judgement *judgement);
} rules[] = {
    {RULE_FAILED_OUTRIGHT, failed_outright},
    {RULE_WORSE_THAN_CONTROL, worse_than_control},
    {RULE_NO_COUNTERPART, has_no_counterpart},
    {RULE_ALONE_BEYOND_CHANCE, is_alone_beyond_chance},
    {RULE_HELD, is_held},
    {RULE_STOPPED, is_stopped},
    {RULE_FROZEN, is_frozen},
    {RULE_WARMING_UP, is_warming_up},
    {RULE_STEP_TIME, lacks_time},
    {RULE_GAPS, has_gaps},
    {RULE_STEP_REQUESTS, lacks_requests},
    {RULE_MORE_POWER, lacks_power},
    {RULE_ADVANCED, advances},
    {RULE_ADVANCED_BY_TIME, advances_by_time},
    {RULE_COMMITTED, commits},
    {RULE_COMMITTED_BY_TIME, commits_by_time},
};

static void put_common(struct judgement *judgement)
{
    judgement->values.count = 0;
    sentence_put_count(&judgement->values, "percent", (uint64_t)rollout_percent(judgement->rollout));
    sentence_put_text(&judgement->values, "to", mode_name(judgement->rollout->to));
}

void rollout_judge(const struct rollout *rollout, const struct rollout_evidence *evidence,
                   const struct rollout_policy *policy, int64_t now_s, struct rollout_verdict *verdict)
{
    struct judgement judgement = {
        .rollout = rollout, .evidence = evidence, .policy = policy, .now_s = now_s, .power = -1};
    *verdict = (struct rollout_verdict){.changes = false};
    if (rollout->step_count == 0 || !rollout_is_open(rollout->state)) {
        return;
    }
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        put_common(&judgement);
        if (rules[i].applies(&judgement)) {
            verdict->rule = rules[i].rule;
            break;
        }
    }
    verdict->changes = judgement.changes;
    verdict->event = judgement.event;
    verdict->power = present_power(&judgement);
    verdict->least_power = least_power(&judgement);
    verdict->requests = present_counts(&judgement)->requests;
    int64_t unobserved_s = elapsed_s(&judgement) - present_counts(&judgement)->observed_s;
    verdict->unobserved_s = unobserved_s > 0 ? unobserved_s : 0;
    rule_sentence(verdict->rule, &judgement.values, verdict->reason);
}
