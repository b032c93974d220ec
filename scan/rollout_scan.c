/* What follows from a finished scan. */
#include "recommend/decide.h"
#include "scan/evidence_digest.h"
#include "scan/rollout_steps.h"

#include <stdlib.h>
#include <string.h>

#define PAST_SCANS_MAX 64

struct after_scan {
    const struct rollout_run *run; /* its store is NULL where nothing is known but the scan itself */
    bool dry;                      /* nothing is written */
    struct scan_record *record;
    const struct inventory_zone *inventory;
    struct decided *decided; /* one for each hostname */
    bool zone_has_off;
};

/* Scans in a row that recommend the mode, newest first, this one included; those too close to a newer one count with
 * it.
 */
static int count_agreeing(const struct after_scan *after, const struct hostname_record *hostname, uint32_t *agreeing,
                          struct err *err)
{
    struct past_recommendation past[PAST_SCANS_MAX];
    int64_t counted_s = after->record->finished_s;
    *agreeing = 1;
    if (after->run->store == NULL) {
        return 0;
    }
    int count = store_past_recommendations(after->run->store, after->record->zone, hostname->hostname, past,
                                           PAST_SCANS_MAX, err);
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

/* Whether the hostname's last upgrade, to the same mode or a weaker one, was taken back. Who has opted out and in again
 * has said enough. */
static int look_back(const struct after_scan *after, const struct hostname_record *hostname,
                     struct admission_context *context, struct err *err)
{
    struct stored_rollout ended;
    context->ended_before_s = -1;
    int found = after->run->store == NULL
                    ? 0
                    : store_find_ended_rollout(after->run->store, after->record->zone, hostname->hostname,
                                               &after->record->arena, &ended, err);
    if (found <= 0 || ended.rule == RULE_OPTED_OUT || ended.rollout.to > hostname->recommended_mode) {
        return found < 0 ? -1 : 0;
    }
    if (ended.rollout.state == ROLLOUT_ROLLED_BACK ||
        (ended.rollout.state == ROLLOUT_CANCELLED && ended.rule == RULE_BY_HAND)) {
        context->ended_before_s = ended.rollout.ended_s;
        context->ended_reason = ended.reason;
    }
    return 0;
}

static int ask_policy(const struct after_scan *after, struct decided *decided, struct err *err)
{
    const struct hostname_record *hostname = decided->hostname;
    int64_t started = after->run->store == NULL ? 0 : rollouts_started_today(after->run, err);
    decided->context = (struct admission_context){
        .now_s = after->run->now_s,
        .started = started < 0 ? 0 : (uint32_t)started,
        .changes_scheme =
            !mode_same_actions(hostname->current_mode, hostname->recommended_mode, hostname->always_https),
    };
    if (started < 0 || count_agreeing(after, hostname, &decided->context.agreeing_scans, err) != 0 ||
        look_back(after, hostname, &decided->context, err) != 0) {
        return -1;
    }
    decided->admitted = true;
    admission_judge(hostname, after->run->policy, &decided->context, &decided->admission);
    return 0;
}

/* Nothing is started yet: that is for rollouts_start_waiting, by weight. */
static void note_admission(struct stored_rollout *stored, const struct admission *admission, char *reason)
{
    const struct sentence_values none = {.count = 0};
    bool starts = admission->outcome == ADMISSION_STARTS;
    stored->rule = starts ? RULE_IN_LINE : admission->rule;
    stored->reason = starts ? rule_sentence(RULE_IN_LINE, &none, reason) : admission->reason;
}

static int open_rollout(const struct after_scan *after, const struct decided *decided, struct err *err)
{
    const struct hostname_record *hostname = decided->hostname;
    char reason[SENTENCE_BYTES];
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
        .weight = weight_of(after, hostname->hostname),
        .power = -1,
    };
    note_admission(&stored, &decided->admission, reason);
    return store_add_rollout(after->run->store, &stored, err) == 0
               ? ledger_write_rollout(after->run, &stored, hostname, err)
               : -1;
}

static int contradict(const struct after_scan *after, const struct hostname_record *hostname,
                      struct stored_rollout *stored, struct err *err)
{
    struct sentence_values values = {.count = 0};
    char reason[SENTENCE_BYTES];
    sentence_put_text(&values, "to", mode_name(stored->rollout.to));
    sentence_put_text(&values, "detail", hostname->decision.reason);
    rule_sentence(RULE_CONTRADICTED, &values, reason);
    return rollout_end(after->run, stored, RULE_CONTRADICTED, reason, err);
}

/* What the policy had against its start may have passed: an agreeing scan more, a setting changed, time gone by. What a
 * person has held waits for a person. */
static bool may_be_asked_again(const struct stored_rollout *stored)
{
    switch (stored->rollout.state) {
    case ROLLOUT_WAITING:
        return stored->rule == RULE_NOT_AGREED;
    case ROLLOUT_PROPOSED:
        return stored->rule == RULE_CUSTOM || stored->rule == RULE_APPROVAL || stored->rule == RULE_ENDED_BEFORE;
    case ROLLOUT_RAMPING:
    case ROLLOUT_HOLDING:
    case ROLLOUT_COMMITTED:
    case ROLLOUT_ROLLED_BACK:
    case ROLLOUT_CANCELLED:
        break;
    }
    return false;
}

static int ask_again(const struct after_scan *after, struct decided *decided, struct stored_rollout *stored,
                     struct err *err)
{
    const struct admission *admission = &decided->admission;
    char reason[SENTENCE_BYTES];
    if (ask_policy(after, decided, err) != 0) {
        return -1;
    }
    if (after->dry) {
        return 0;
    }
    if (admission->outcome == ADMISSION_REFUSED) {
        return rollout_end(after->run, stored, admission->rule, admission->reason, err);
    }
    note_admission(stored, admission, reason);
    return stored->rollout.state == ROLLOUT_PROPOSED && admission->outcome != ADMISSION_PROPOSED
               ? rollout_take_event(after->run, stored, EVENT_APPROVE, stored->rule, stored->reason, NULL, err)
               : store_change_rollout(after->run->store, stored, err);
}

/* What the scan means for a rollout that is open. */
static int confront(const struct after_scan *after, struct decided *decided, struct stored_rollout *stored,
                    struct err *err)
{
    const struct hostname_record *hostname = decided->hostname;
    if (hostname->status != STATUS_COMPLETE && (hostname->status != STATUS_OPTED_OUT || after->dry)) {
        return 0;
    }
    if (hostname->status == STATUS_OPTED_OUT) {
        struct sentence_values values = {.count = 0};
        char reason[SENTENCE_BYTES];
        sentence_put_text(&values, "detail", hostname->hostname);
        rule_sentence(RULE_OPTED_OUT, &values, reason);
        return rollout_end(after->run, stored, RULE_OPTED_OUT, reason, err);
    }
    if (!mode_set_has(hostname->safe_modes, stored->rollout.to)) {
        return after->dry ? 0 : contradict(after, hostname, stored, err);
    }
    return may_be_asked_again(stored) ? ask_again(after, decided, stored, err) : 0;
}

static int judge_hostname(const struct after_scan *after, struct decided *decided, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct stored_rollout stored;
    int found = after->run->store == NULL ? 0
                                          : store_find_rollout(after->run->store, after->record->zone,
                                                               decided->hostname->hostname, &arena, &stored, err);
    int result = found < 0 ? -1 : 0;
    if (found > 0 && rollout_is_open(stored.rollout.state)) {
        result = confront(after, decided, &stored, err);
    } else if (found >= 0 && is_eligible(after, decided, err)) {
        result = ask_policy(after, decided, err);
        if (result == 0 && decided->admission.outcome != ADMISSION_REFUSED && !after->dry) {
            result = open_rollout(after, decided, err);
        }
    }
    arena_release(&arena);
    return result;
}

/* The policy has decided, or confirms: its numbers are told with it. */
static int tell_policy(const struct after_scan *after, const struct decided *decided, struct decision *decision,
                       struct err *err)
{
    struct buf policy = {.data = NULL};
    struct json_writer json;
    json_init(&json, &policy, false);
    policy_write_fields(&json, after->run->policy, decided->admission.asked);
    decision->policy = policy.failed ? NULL : arena_text(&after->record->arena, buf_text(&policy));
    buf_release(&policy);
    return decision->policy == NULL ? err_memory(err) : 0;
}

/* An upgrade that is safe, and does not go on: `frame` says so around the reason. */
static int keep_back(const struct after_scan *after, struct decision *decision, enum rule rule, enum rule frame,
                     struct sentence_values *numbers, const char *state, const char *detail, struct err *err)
{
    struct arena *arena = &after->record->arena;
    struct sentence_values framed = {.count = 0};
    char reason[SENTENCE_BYTES];
    decision->action = ACTION_HOLD;
    decision->percent = 0;
    sentence_put_text(&framed, "to", mode_name(decision->to));
    sentence_put_text(&framed, "state", state);
    sentence_put_text(&framed, "detail", detail);
    const char *told = arena_text(arena, rule_sentence(frame, &framed, reason));
    if (told == NULL || decision_say(decision, rule, numbers, arena) != 0) {
        return err_memory(err);
    }
    decision->reason = told;
    return 0;
}

/* The decision that is shown: what the policy and the rollout have made of what the evidence allows. */
static int settle(const struct after_scan *after, struct decided *decided, struct hostname_record *hostname,
                  struct err *err)
{
    const struct rollout_summary *rollout = hostname->rollout;
    struct decision *decision = &hostname->decision;
    struct sentence_values none = {.count = 0};
    if (decided->admitted && tell_policy(after, decided, decision, err) != 0) {
        return -1;
    }
    if (decided->base.action != ACTION_UPGRADE) {
        return 0;
    }
    if (rollout != NULL && rollout->percent > 0 && rollout->ended_s < 0) {
        decision->percent = rollout->percent;
        return 0;
    }
    if (decided->admitted && decided->admission.outcome != ADMISSION_STARTS) {
        return keep_back(after, decision, decided->admission.rule, RULE_KEPT_BACK, &decided->admission.numbers, NULL,
                         decided->admission.reason, err);
    }
    if (rollout != NULL && rollout->ended_s < 0) {
        return keep_back(after, decision, rule_parse(slice_of(rollout->rule)), RULE_IN_ROLLOUT, &none,
                         rollout_state_name(rollout->state), rollout->reason, err);
    }
    return 0;
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

/* Rollouts are judged first: what became of them is part of the decision. */
static int decide(const struct after_scan *after, struct err *err)
{
    struct scan_record *record = after->record;
    const struct decision_policy policy = {.first_percent = ramp_percent(0)};
    size_t started = 0;
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (judge_hostname(after, &after->decided[i], err) != 0) {
            return -1;
        }
    }
    if ((!after->dry && rollouts_start_waiting(after->run, record, &started, err) != 0) ||
        (after->run->store != NULL && store_attach_rollouts(after->run->store, record, err) != 0)) {
        return -1;
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (settle(after, &after->decided[i], &record->hostnames[i], err) != 0) {
            return -1;
        }
    }
    return decide_zone(record, &policy, &record->arena) == 0 ? 0 : err_memory(err);
}

/* After the decision: a rollout that begins with this scan counts, too. */
static void plan_next_scan(const struct after_scan *after)
{
    struct scan_record *record = after->record;
    for (size_t i = 0; after->run->rollout_scan_s != 0 && i < record->hostname_count; i++) {
        const struct rollout_summary *rollout = record->hostnames[i].rollout;
        if (rollout != NULL && rollout_is_open(rollout->state)) {
            record->next_scan_s = after->run->rollout_scan_s;
        }
    }
}

static int work(struct store *store, void *context, struct err *err)
{
    const struct after_scan *after = context;
    if (decide(after, err) != 0) {
        return -1;
    }
    plan_next_scan(after);
    return store_write_scan(store, after->record, NULL, err) == 0 ? write_ledger(after, err) : -1;
}

static int look(struct store *store, void *context, struct err *err)
{
    (void)store;
    return decide(context, err);
}

static int prepare(struct after_scan *after, struct err *err)
{
    struct scan_record *record = after->record;
    after->decided = arena_alloc(&record->arena, (record->hostname_count + 1) * sizeof *after->decided);
    if (after->decided == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        after->zone_has_off |= record->hostnames[i].current_mode == MODE_OFF;
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        after->decided[i] =
            (struct decided){.hostname = &record->hostnames[i],
                             .base = record->hostnames[i].decision,
                             .zone_has_off = after->zone_has_off,
                             .may_be_the_edge = record->hostnames[i].decision.rule == RULE_MAY_BE_THE_EDGE};
    }
    return 0;
}

int rollouts_after_scan(const struct rollout_run *run, struct scan_record *record,
                        const struct inventory_zone *inventory, struct err *err)
{
    struct buf policy = {.data = NULL};
    struct rollout_run told = *run;
    struct after_scan after = {.run = &told, .record = record, .inventory = inventory};
    if (prepare(&after, err) != 0) {
        return -1;
    }
    if (run->policy != NULL && run->policy_text == NULL) {
        ledger_policy_text(run->policy, &policy);
        told.policy_text = buf_text(&policy);
    }
    int result = policy.failed ? err_memory(err) : store_transaction(run->store, work, &after, err);
    buf_release(&policy);
    return result;
}

int rollouts_would_follow(const struct rollout_run *run, struct scan_record *record, struct err *err)
{
    struct after_scan after = {.run = run, .dry = true, .record = record};
    if (prepare(&after, err) != 0) {
        return -1;
    }
    return run->store == NULL ? decide(&after, err) : store_snapshot(run->store, look, &after, err);
}
