/* What follows from a finished scan. */
#include "recommend/decide.h"
#include "scan/evidence_digest.h"
#include "scan/rollout_steps.h"

#include <stdlib.h>
#include <string.h>

#define PAST_SCANS_MAX 64

struct after_scan {
    const struct rollout_run *run;
    struct scan_record *record;
    const struct inventory_zone *inventory;
    struct decided *decided; /* one for each hostname */
    bool zone_has_off;
};

/* Whether the scan held every hostname back because its addresses may be the edge's. */
static bool may_be_the_edge(const struct after_scan *after, const struct hostname_record *hostname)
{
    struct hostname_record again = *hostname;
    struct decision_policy policy = {.zone_has_off = after->zone_has_off, .first_percent = ramp_percent(0)};
    if (hostname->decision.action != ACTION_HOLD || hostname->decision.reason == NULL) {
        return false;
    }
    return decide_hostname(&again, &policy, &after->record->arena) == 0 &&
           strcmp(again.decision.reason, hostname->decision.reason) != 0;
}

/* Scans in a row that recommend the mode, newest first, this one included; those too close to a newer one count with
 * it.
 */
static int count_agreeing(const struct after_scan *after, const struct hostname_record *hostname, uint32_t *agreeing,
                          struct err *err)
{
    struct past_recommendation past[PAST_SCANS_MAX];
    int64_t counted_s = after->record->finished_s;
    int count = store_past_recommendations(after->run->store, after->record->zone, hostname->hostname, past,
                                           PAST_SCANS_MAX, err);
    *agreeing = 1;
    for (int i = 0; i < count; i++) {
        if (past[i].status == STATUS_INCOMPLETE || past[i].status == STATUS_PARTIAL) {
            continue; /* it says nothing */
        }
        if (past[i].status != STATUS_COMPLETE || past[i].recommended_mode < hostname->recommended_mode) {
            break;
        }
        if (counted_s - past[i].finished_s >= after->run->policy->agreeing_apart_s) {
            ++*agreeing;
            counted_s = past[i].finished_s;
        }
    }
    return count < 0 ? -1 : 0;
}

static uint64_t weight_of(const struct after_scan *after, const char *hostname)
{
    const struct inventory_hostname *known =
        after->inventory == NULL ? NULL : inventory_find(after->inventory, hostname);
    return known == NULL ? 0 : known->weight;
}

/* An upgrade, or one that only the setting keeps back. */
static bool is_eligible(const struct after_scan *after, const struct decided *decided, struct err *err)
{
    struct hostname_record again = *decided->hostname;
    struct decision_policy policy = {.zone_has_off = decided->zone_has_off,
                                     .addresses_may_be_the_edge = decided->may_be_the_edge,
                                     .first_percent = ramp_percent(0)};
    if (decided->base.action == ACTION_UPGRADE) {
        return true;
    }
    if (again.setting != SETTING_CUSTOM || decided->base.action != ACTION_HOLD) {
        return false;
    }
    again.setting = SETTING_AUTO;
    if (decide_hostname(&again, &policy, &after->record->arena) != 0) {
        err_memory(err);
        return false;
    }
    return again.decision.action == ACTION_UPGRADE;
}

static int ask_policy(const struct after_scan *after, struct decided *decided, struct err *err)
{
    const struct hostname_record *hostname = decided->hostname;
    int64_t started = rollouts_started_today(after->run, err);
    decided->context = (struct admission_context){
        .now_s = after->run->now_s,
        .started = started < 0 ? 0 : (uint32_t)started,
        .changes_scheme =
            !mode_same_actions(hostname->current_mode, hostname->recommended_mode, hostname->always_https),
    };
    if (started < 0 || count_agreeing(after, hostname, &decided->context.agreeing_scans, err) != 0) {
        return -1;
    }
    decided->admitted = true;
    admission_judge(hostname, after->run->policy, &decided->context, &decided->admission);
    return 0;
}

static int open_rollout(const struct after_scan *after, const struct decided *decided, struct err *err)
{
    const struct hostname_record *hostname = decided->hostname;
    struct stored_rollout stored = {
        .zone = after->record->zone,
        .hostname = hostname->hostname,
        .scan_id = after->record->scan_id,
        .rollout = {.from = hostname->current_mode,
                    .to = hostname->recommended_mode,
                    .changes_scheme = decided->context.changes_scheme,
                    .state = decided->admission.outcome == ADMISSION_PROPOSED ? ROLLOUT_PROPOSED : ROLLOUT_WAITING,
                    .opened_s = after->run->now_s,
                    .ended_s = -1},
        .rule = decided->admission.rule,
        .reason = decided->admission.reason,
        .weight = weight_of(after, hostname->hostname),
        .power = -1,
    };
    return store_add_rollout(after->run->store, &stored, err) == 0 ? ledger_write_rollout(after->run, &stored, err)
                                                                   : -1;
}

static int contradict(const struct after_scan *after, const struct hostname_record *hostname,
                      struct stored_rollout *stored, struct err *err)
{
    struct rule_values values = {.count = 0};
    char reason[RULE_SENTENCE_BYTES];
    rule_value_text(&values, "to", mode_name(stored->rollout.to));
    rule_value_text(&values, "detail", hostname->decision.reason);
    rollout_rule_sentence(RULE_CONTRADICTED, &values, reason);
    return rollout_end(after->run, stored, RULE_CONTRADICTED, reason, err);
}

/* A rollout that lacked agreeing scans has one more. */
static int ask_again(const struct after_scan *after, struct decided *decided, struct stored_rollout *stored,
                     struct err *err)
{
    if (ask_policy(after, decided, err) != 0) {
        return -1;
    }
    stored->rule = decided->admission.rule;
    stored->reason = decided->admission.reason;
    return decided->admission.outcome == ADMISSION_REFUSED
               ? rollout_end(after->run, stored, decided->admission.rule, decided->admission.reason, err)
               : store_change_rollout(after->run->store, stored, err);
}

/* What the scan means for a rollout that is open. */
static int confront(const struct after_scan *after, struct decided *decided, struct stored_rollout *stored,
                    struct err *err)
{
    const struct hostname_record *hostname = decided->hostname;
    if (hostname->status == STATUS_OPTED_OUT) {
        struct rule_values values = {.count = 0};
        char reason[RULE_SENTENCE_BYTES];
        rule_value_text(&values, "detail", hostname->hostname);
        rollout_rule_sentence(RULE_OPTED_OUT, &values, reason);
        return rollout_end(after->run, stored, RULE_OPTED_OUT, reason, err);
    }
    if (hostname->status != STATUS_COMPLETE) {
        return 0;
    }
    if (!mode_set_has(hostname->safe_modes, stored->rollout.to)) {
        return contradict(after, hostname, stored, err);
    }
    return stored->rollout.state == ROLLOUT_WAITING && stored->rule == RULE_NOT_AGREED
               ? ask_again(after, decided, stored, err)
               : 0;
}

static int judge_hostname(const struct after_scan *after, struct decided *decided, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct stored_rollout stored;
    int found =
        store_find_rollout(after->run->store, after->record->zone, decided->hostname->hostname, &arena, &stored, err);
    int result = found < 0 ? -1 : 0;
    if (found > 0 && rollout_is_open(stored.rollout.state)) {
        result = confront(after, decided, &stored, err);
    } else if (found >= 0 && is_eligible(after, decided, err)) {
        result = ask_policy(after, decided, err);
        if (result == 0 && decided->admission.outcome != ADMISSION_REFUSED) {
            result = open_rollout(after, decided, err);
        }
    }
    arena_release(&arena);
    return result;
}

/* The decision that is shown: what the policy and the rollout have made of what the evidence allows. */
static int settle(const struct after_scan *after, struct decided *decided, struct hostname_record *hostname,
                  struct err *err)
{
    const struct rollout_summary *rollout = hostname->rollout;
    const char *reason = NULL;
    if (decided->base.action != ACTION_UPGRADE) {
        return 0;
    }
    if (rollout != NULL && rollout->percent > 0 && rollout->ended_s < 0) {
        hostname->decision.percent = rollout->percent;
        return 0;
    }
    if (decided->admitted && decided->admission.outcome != ADMISSION_STARTS) {
        reason = arena_printf(&after->record->arena, "%s is safe, but waits: %s", mode_name(hostname->decision.to),
                              decided->admission.reason);
    } else if (rollout != NULL && rollout->ended_s < 0) {
        reason = arena_printf(&after->record->arena, "%s is safe, and its rollout is %s: %s",
                              mode_name(hostname->decision.to), rollout_state_name(rollout->state), rollout->reason);
    } else {
        return 0;
    }
    hostname->decision.action = ACTION_HOLD;
    hostname->decision.percent = 0;
    hostname->decision.reason = reason;
    return reason == NULL ? err_memory(err) : 0;
}

static int write_ledger(const struct after_scan *after, struct err *err)
{
    char digest[DIGEST_TEXT_BYTES];
    for (size_t i = 0; i < after->record->hostname_count; i++) {
        const struct hostname_record *hostname = &after->record->hostnames[i];
        if (evidence_digest_hostname(hostname, digest, err) != 0 ||
            ledger_write_recommendation(after->run, after->record, hostname, digest, err) != 0 ||
            ledger_write_decision(after->run, after->record, &after->decided[i], digest, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int work(struct store *store, void *context, struct err *err)
{
    struct after_scan *after = context;
    struct scan_record *record = after->record;
    const struct decision_policy policy = {.first_percent = ramp_percent(0)};
    size_t started = 0;
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (judge_hostname(after, &after->decided[i], err) != 0) {
            return -1;
        }
    }
    if (rollouts_start_waiting(after->run, record, &started, err) != 0 ||
        store_attach_rollouts(store, record, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (settle(after, &after->decided[i], &record->hostnames[i], err) != 0) {
            return -1;
        }
    }
    if (decide_zone(record, &policy, &record->arena) != 0) {
        return err_memory(err);
    }
    return store_write_scan(store, record, NULL, err) == 0 ? write_ledger(after, err) : -1;
}

int rollouts_after_scan(const struct rollout_run *run, struct scan_record *record,
                        const struct inventory_zone *inventory, struct err *err)
{
    struct buf policy = {.data = NULL};
    struct rollout_run told = *run;
    struct after_scan after = {.run = &told, .record = record, .inventory = inventory};
    after.decided = arena_alloc(&record->arena, (record->hostname_count + 1) * sizeof *after.decided);
    if (after.decided == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        after.zone_has_off |= record->hostnames[i].current_mode == MODE_OFF;
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        after.decided[i] = (struct decided){.hostname = &record->hostnames[i],
                                            .base = record->hostnames[i].decision,
                                            .zone_has_off = after.zone_has_off,
                                            .may_be_the_edge = may_be_the_edge(&after, &record->hostnames[i])};
    }
    if (run->policy != NULL && run->policy_text == NULL) {
        ledger_policy_text(run->policy, &policy);
        told.policy_text = buf_text(&policy);
    }
    int result = policy.failed ? err_memory(err) : store_transaction(run->store, work, &after, err);
    buf_release(&policy);
    return result;
}
