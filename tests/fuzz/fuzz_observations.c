/* Observations as an edge reports them: what is read is possible, and a judgement of it is finite and has a reason. */
#include "scan/observation_reader.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A ramp that had every percentage for all of the past. */
static bool is_possible(const struct observation *observation)
{
    const struct ramp_period period = {observation->percent, INT64_MIN, INT64_MAX};
    struct buf text = {.data = NULL};
    const char *fault =
        observation_fault(observation, observation->from, observation->to, &period, 1, INT64_MAX, &text);
    check(fault == NULL || text.len > 0);
    buf_release(&text);
    return fault == NULL;
}

static void judge(const struct reported_observations *reported)
{
    struct rollout rollout = {.from = MODE_FLEXIBLE, .to = MODE_FULL, .state = ROLLOUT_WAITING, .ended_s = -1};
    struct rollout_evidence evidence = {.begun = 0};
    struct rollout_policy policy;
    struct rollout_verdict verdict;
    rollout_policy_init(&policy);
    rollout_apply(&rollout, EVENT_START, 0);
    for (size_t i = 0; i < reported->count; i++) {
        const struct observation *observation = &reported->items[i].observation;
        bool sane = observation->start_s >= 0 && observation->end_s < INT64_C(1) << 40;
        if (sane && is_possible(observation)) {
            rollout_evidence_add(&evidence, observation);
        }
    }
    rollout_judge(&rollout, &evidence, &policy, 86400, &verdict);
    check(verdict.rule != RULE_NONE && verdict.reason[0] != '\0');
    check(verdict.power >= 0 && verdict.power <= 1 && verdict.least_power >= 0 && verdict.least_power <= 1);
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        check(isfinite(evidence.log_evidence[i]) && evidence.log_evidence[i] >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {.head = NULL};
    struct reported_observations reported;
    struct err err = ERR_INIT;
    int result = observations_parse("input", slice_make((const char *)data, size), &arena, &reported, &err);
    check(result == 0 || (err.kind == ERR_USAGE && err.message[0] != '\0'));
    for (size_t i = 0; i < reported.count; i++) {
        check(reported.items[i].zone != NULL && reported.items[i].hostname != NULL && reported.items[i].line > 0);
        check(reported.items[i].observation.percent >= 1 && reported.items[i].observation.percent <= 100);
    }
    if (result == 0) {
        judge(&reported);
    }
    arena_release(&arena);
    return 0;
}
