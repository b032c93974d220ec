#include "scan/ledger_replay.h"

#include "base/clock.h"
#include "base/json_reader.h"
#include "recommend/decide.h"
#include "scan/evidence_digest.h"
#include "scan/rollout_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rollout as the rows so far have made it. */
struct replayed_rollout {
    int64_t id; /* 0: the slot is empty */
    struct rollout rollout;
};

struct replaying {
    struct store *store;
    const char *program_version;
    struct ledger_replay *replay;
    struct replayed_rollout *rollouts; /* by id, from 1 */
    size_t capacity;
    const struct ledger_chain *chain; /* whose rows are looked at */
};

static int differ(struct replaying *replaying, const struct ledger_row *row, const char *what)
{
    replaying->replay->differences++;
    if (replaying->replay->first_row == 0) {
        replaying->replay->first_row = row->id;
        snprintf(replaying->replay->chain, sizeof replaying->replay->chain, "%s", replaying->chain->name);
        snprintf(replaying->replay->what, sizeof replaying->replay->what, "%.*s",
                 (int)sizeof replaying->replay->what - 1, what);
    }
    return 0;
}

static struct slice text_of(const struct json_value *object, const char *key)
{
    struct slice text = SLICE_EMPTY;
    json_get_text(json_member(object, key), &text);
    return text;
}

static int64_t int_of(const struct json_value *object, const char *key)
{
    int64_t value = 0;
    json_get_int(json_member(object, key), &value);
    return value;
}

static bool bool_of(const struct json_value *object, const char *key)
{
    bool value = false;
    json_get_bool(json_member(object, key), &value);
    return value;
}

/* -1: null, or none. */
static int64_t time_of(const struct json_value *object, const char *key)
{
    int64_t unix_s = -1;
    return time_parse(text_of(object, key), &unix_s) == 0 ? unix_s : -1;
}

static enum mode mode_of(const struct json_value *object, const char *key)
{
    enum mode mode = MODE_NONE;
    return mode_parse(text_of(object, key), &mode) == 0 ? mode : MODE_NONE;
}

static int read_field(const struct json_value *object, const struct policy_field *field, struct rollout_policy *policy)
{
    const struct json_value *value = json_member(object, field->name);
    double number = 0;
    bool flag = false;
    if (field->type == POLICY_MODE) {
        policy->ceiling = mode_of(object, field->name);
        return policy->ceiling == MODE_NONE ? -1 : 0;
    }
    if (field->type == POLICY_FLAG) {
        return json_get_bool(value, &flag) == 0 ? policy_set_number(policy, field, flag) : -1;
    }
    return json_get_number(value, &number) == 0 ? policy_set_number(policy, field, number) : -1;
}

static int read_policy(const char *text, struct rollout_policy *policy)
{
    struct err err = ERR_INIT;
    struct json_value *document = json_read(slice_of(text), &err);
    const struct json_value *freeze = json_member(document, "freeze");
    int result = document == NULL ? -1 : 0;
    rollout_policy_init(policy);
    for (size_t i = 0; result == 0 && i < policy_field_count; i++) {
        result = read_field(document, &policy_fields[i], policy);
    }
    for (size_t i = 0; result == 0 && i < json_count(freeze); i++) {
        struct slice window = SLICE_EMPTY;
        json_get_text(json_item(freeze, i), &window);
        result = policy_add_window(policy, window, &err);
    }
    json_free(document);
    return result;
}

/* Written by this very version: its sentences are ours. */
static bool has_our_words(const struct replaying *replaying, const struct ledger_row *row)
{
    return strcmp(row->program_version, replaying->program_version) == 0;
}

/* Decisions. */

static struct hostname_record *find_hostname(struct scan_record *record, const char *name)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (strcmp(record->hostnames[i].hostname, name) == 0) {
            return &record->hostnames[i];
        }
    }
    return NULL;
}

static bool same_text(struct slice a, const char *b)
{
    return slice_equal(a, slice_of(b));
}

/* The rule must be the same; its sentence too, unless another version wrote it. */
static bool same_rule(const struct json_value *stored, enum rule rule, const char *reason, bool same_words)
{
    const struct json_value *name = json_member(stored, "rule");
    return (name == NULL || same_text(text_of(stored, "rule"), rule_name(rule))) &&
           (!same_words || same_text(text_of(stored, "reason"), reason));
}

static const char *check_base(const struct json_value *body, struct hostname_record *hostname, bool same_words,
                              struct arena *arena)
{
    const struct json_value *base = json_member(body, "evidence_allows");
    const struct decision_policy policy = {
        .addresses_may_be_the_edge = bool_of(body, "addresses_may_be_the_edge"),
        .zone_has_off = bool_of(body, "zone_has_off"),
        .first_percent = ramp_percent(0),
    };
    if (decide_hostname(hostname, &policy, arena) != 0) {
        return "out of memory";
    }
    const struct decision *decision = &hostname->decision;
    if (!same_text(text_of(base, "action"), decision_action_name(decision->action)) ||
        mode_of(base, "from") != decision->from || mode_of(base, "to") != decision->to) {
        return "another decision follows from the evidence";
    }
    return same_rule(base, decision->rule, decision->reason, same_words) ? NULL
                                                                         : "another reason follows from the evidence";
}

/* A decision that is what the evidence allows is not written twice. */
static struct slice reason_of_decision(const struct json_value *body)
{
    struct slice reason = text_of(json_member(body, "decision"), "reason");
    return reason.len > 0 ? reason : text_of(json_member(body, "evidence_allows"), "reason");
}

static const char *check_admission(const struct json_value *body, const struct hostname_record *hostname,
                                   const struct rollout_policy *policy, bool same_words, struct arena *arena)
{
    const struct json_value *stored = json_member(body, "admission");
    struct admission admission;
    if (stored == NULL) {
        return NULL;
    }
    const struct admission_context context = {
        .now_s = int_of(stored, "now"),
        .agreeing_scans = (uint32_t)int_of(stored, "agreeing_scans"),
        .started = (uint32_t)int_of(stored, "started"),
        .changes_scheme = bool_of(stored, "changes_scheme"),
        .approved = bool_of(stored, "approved"),
        .ended_before_s = time_of(stored, "ended_before"),
        .ended_reason = arena_copy(arena, text_of(stored, "ended_reason")),
    };
    if (context.ended_reason == NULL) {
        return "out of memory";
    }
    admission_judge(hostname, policy, &context, &admission);
    /* Where the decision's reason ends with it, it is not said twice. */
    bool told = json_member(stored, "reason") != NULL;
    return same_rule(stored, admission.rule, admission.reason, same_words && told) &&
                   (told || !same_words || slice_ends_with(reason_of_decision(body), slice_of(admission.reason)))
               ? NULL
               : "the policy decides otherwise";
}

static const char *check_decision(const struct ledger_row *row, const struct json_value *body,
                                  struct scan_record *record, bool same_words, struct err *err)
{
    struct hostname_record *hostname = row->hostname == NULL ? NULL : find_hostname(record, row->hostname);
    struct rollout_policy policy;
    char digest[DIGEST_TEXT_BYTES];
    if (hostname == NULL) {
        return "the hostname is not in its scan";
    }
    if (evidence_digest_hostname(hostname, digest, err) != 0) {
        return err->message;
    }
    if (row->evidence == NULL || strcmp(row->evidence, digest) != 0) {
        return "the evidence is no longer what the decision was made on";
    }
    if (row->policy == NULL || read_policy(row->policy, &policy) != 0) {
        return "the policy cannot be read";
    }
    const char *fault = check_base(body, hostname, same_words, &record->arena);
    return fault != NULL ? fault : check_admission(body, hostname, &policy, same_words, &record->arena);
}

static int replay_decision(struct replaying *replaying, const struct ledger_row *row, const struct json_value *body,
                           struct err *err)
{
    struct scan_record record;
    struct slice scan_id = text_of(body, "scan_id");
    int found = store_read_scan(replaying->store, scan_id.len == 0 ? "" : scan_id.ptr, &record, err);
    if (found <= 0) {
        replaying->replay->evidence_gone += found == 0;
        return found;
    }
    const char *fault = check_decision(row, body, &record, has_our_words(replaying, row), err);
    replaying->replay->decisions += fault == NULL;
    int result = fault == NULL ? 0 : differ(replaying, row, fault);
    scan_record_release(&record);
    return result;
}

/* Rollouts. */

/* Where the rollout stands that a row speaks of. One that came from another database and went on in this one stands
 * where the other's rows have left it. */
static struct rollout *slot_of(struct replaying *replaying, int64_t source, struct err *err)
{
    int64_t id = 0;
    int found = store_find_chain_rollout(replaying->store, replaying->chain->id, source, &id, err);
    if (found < 0) {
        return NULL;
    }
    if (found == 0 || id < 1 || id > INT32_MAX) {
        err_set(err, ERR_INTERNAL, "the ledger names an impossible rollout");
        return NULL;
    }
    if ((size_t)id >= replaying->capacity) {
        size_t capacity = (size_t)id * 2 + 64;
        struct replayed_rollout *grown = realloc(replaying->rollouts, capacity * sizeof *grown);
        if (grown == NULL) {
            err_memory(err);
            return NULL;
        }
        memset(grown + replaying->capacity, 0, (capacity - replaying->capacity) * sizeof *grown);
        replaying->rollouts = grown;
        replaying->capacity = capacity;
    }
    replaying->rollouts[id].id = id;
    return &replaying->rollouts[id].rollout;
}

static int replay_opening(struct replaying *replaying, const struct ledger_row *row, const struct json_value *body,
                          struct err *err)
{
    struct rollout *rollout = slot_of(replaying, int_of(body, "rollout"), err);
    if (rollout == NULL) {
        return -1;
    }
    *rollout = (struct rollout){.from = mode_of(body, "from"),
                                .to = mode_of(body, "to"),
                                .changes_scheme = bool_of(body, "changes_scheme"),
                                .opened_s = row->at_s,
                                .ended_s = -1};
    return rollout_state_parse(text_of(body, "state"), &rollout->state) == 0
               ? 0
               : differ(replaying, row, "the state is unknown");
}

/* The judgement from the observations of then. NULL where it is the same, or was none. */
static const char *check_judgement(const struct replaying *replaying, const struct ledger_row *row,
                                   const struct json_value *body, const struct rollout *rollout,
                                   enum rollout_event event, struct arena *arena, struct err *err)
{
    struct stored_observations observations;
    struct rollout_evidence evidence = {.begun = 0};
    struct rollout_policy policy;
    struct rollout_verdict verdict;
    char digest[DIGEST_TEXT_BYTES];
    if (row->evidence == NULL) {
        return NULL;
    }
    int64_t id = 0;
    if (store_find_chain_rollout(replaying->store, replaying->chain->id, int_of(body, "rollout"), &id, err) < 0 ||
        store_read_chain_observations(replaying->store, replaying->chain->id, id, int_of(body, "last_observation"),
                                      arena, &observations, err) != 0 ||
        evidence_digest_observations(observations.items, observations.count, digest, err) != 0) {
        return err->message;
    }
    if (strcmp(row->evidence, digest) != 0) {
        return "the observations are no longer what the step was decided on";
    }
    if (row->policy == NULL || read_policy(row->policy, &policy) != 0) {
        return "the policy cannot be read";
    }
    if (json_member(body, "judged") != NULL && !bool_of(body, "judged")) {
        return NULL;
    }
    for (size_t i = 0; i < observations.count; i++) {
        rollout_evidence_add(&evidence, &observations.items[i]);
    }
    rollout_judge(rollout, &evidence, &policy, row->at_s, &verdict);
    if (!verdict.changes || verdict.event != event) {
        return "another step follows from the observations";
    }
    return same_rule(body, verdict.rule, verdict.reason, has_our_words(replaying, row))
               ? NULL
               : "another reason follows from the observations";
}

static int replay_step(struct replaying *replaying, const struct ledger_row *row, const struct json_value *body,
                       struct err *err)
{
    struct arena arena = {.head = NULL};
    struct rollout *rollout = slot_of(replaying, int_of(body, "rollout"), err);
    enum rollout_event event = EVENT_CANCEL;
    if (rollout == NULL) {
        return -1;
    }
    if (rollout_event_parse(text_of(body, "event"), &event) != 0) {
        return differ(replaying, row, "the event is unknown");
    }
    const char *fault = check_judgement(replaying, row, body, rollout, event, &arena, err);
    if (fault == NULL && !rollout_apply(rollout, event, row->at_s)) {
        fault = "the event is not possible in this state";
    }
    if (fault == NULL && !same_text(text_of(body, "state"), rollout_state_name(rollout->state))) {
        fault = "another state follows from the event";
    }
    replaying->replay->steps += fault == NULL;
    int result = fault == NULL ? 0 : differ(replaying, row, fault);
    arena_release(&arena);
    return result;
}

static int replay_row(void *context, const struct ledger_row *row, struct err *err)
{
    struct replaying *replaying = context;
    struct err fault = ERR_INIT;
    int result = 0;
    replaying->replay->rows++;
    struct json_value *body = json_read(slice_of(row->body), &fault);
    if (body == NULL) {
        return differ(replaying, row, "the row is no JSON");
    }
    if (strcmp(row->kind, LEDGER_DECISION) == 0) {
        result = replay_decision(replaying, row, body, err);
    } else if (strcmp(row->kind, LEDGER_ROLLOUT) == 0) {
        result = replay_opening(replaying, row, body, err);
    } else if (strcmp(row->kind, LEDGER_STEP) == 0) {
        result = replay_step(replaying, row, body, err);
    }
    json_free(body);
    return result < 0 ? -1 : 0;
}

static int replay_chain(void *context, const struct ledger_chain *chain, struct err *err)
{
    struct replaying *replaying = context;
    replaying->chain = chain;
    return store_each_chain_row(replaying->store, chain->id, NULL, replay_row, replaying, err);
}

static int replay_all(struct store *store, void *context, struct err *err)
{
    return store_each_ledger_chain(store, replay_chain, context, err);
}

int ledger_replay(struct store *store, const char *program_version, struct ledger_replay *replay, struct err *err)
{
    struct replaying replaying = {.store = store, .program_version = program_version, .replay = replay};
    *replay = (struct ledger_replay){.rows = 0};
    int result = store_snapshot(store, replay_all, &replaying, err);
    free(replaying.rollouts);
    return result;
}
