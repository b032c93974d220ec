#include "scan/rollout_ledger.h"

#include "base/json_writer.h"
#include "scan/evidence_digest.h"

static void key_mode(struct json_writer *json, const char *key, enum mode mode)
{
    json_key_text(json, key, mode == MODE_NONE ? NULL : mode_name(mode));
}

void ledger_policy_text(const struct rollout_policy *policy, struct buf *out)
{
    struct json_writer writer;
    json_init(&writer, out, false);
    policy_write(&writer, policy);
}

static void open_body(struct json_writer *json, struct buf *body)
{
    json_init(json, body, false);
    json_object_open(json);
}

/* Closes the body, adds the policy, and appends the row. Frees the body. */
static int append(const struct rollout_run *run, struct ledger_row *row, struct json_writer *json, struct buf *body,
                  struct err *err)
{
    struct buf policy = {.data = NULL};
    int result = -1;
    json_object_close(json);
    if (run->policy != NULL && run->policy_text == NULL) {
        ledger_policy_text(run->policy, &policy);
    }
    row->at_s = run->now_s;
    row->body = buf_text(body);
    row->policy = run->policy == NULL ? NULL : run->policy_text != NULL ? run->policy_text : buf_text(&policy);
    row->program_version = run->program_version;
    result = body->failed || policy.failed ? err_memory(err) : store_append_ledger(run->store, row, err);
    buf_release(&policy);
    buf_release(body);
    return result;
}

int ledger_write_recommendation(const struct rollout_run *run, const struct scan_record *record,
                                const struct hostname_record *hostname, const char *evidence, struct err *err)
{
    struct buf body = {.data = NULL};
    struct json_writer json;
    struct ledger_row row = {
        .kind = LEDGER_RECOMMENDATION, .zone = record->zone, .hostname = hostname->hostname, .evidence = evidence};
    open_body(&json, &body);
    json_key_text(&json, "scan_id", record->scan_id);
    json_key_text(&json, "status", scan_status_name(hostname->status));
    json_key_text(&json, "incomplete_reason", code_name(hostname->incomplete_reason));
    key_mode(&json, "current_mode", hostname->current_mode);
    key_mode(&json, "supported_mode", hostname->supported_mode);
    key_mode(&json, "recommended_mode", hostname->recommended_mode);
    json_key_int(&json, "safe_modes", hostname->safe_modes);
    return append(run, &row, &json, &body, err);
}

/* The decision is a longer form of the same sentence where the policy holds it back. */
static bool decision_says_it(const struct decided *decided)
{
    return slice_ends_with(slice_of(decided->hostname->decision.reason), slice_of(decided->admission.reason));
}

static void write_admission(struct json_writer *json, const struct decided *decided)
{
    json_key(json, "admission");
    if (!decided->admitted) {
        json_null(json);
        return;
    }
    json_object_open(json);
    json_key_int(json, "now", decided->context.now_s);
    json_key_int(json, "agreeing_scans", decided->context.agreeing_scans);
    json_key_int(json, "started", decided->context.started);
    json_key_bool(json, "changes_scheme", decided->context.changes_scheme);
    json_key_bool(json, "approved", decided->context.approved);
    if (decided->context.ended_before_s >= 0) {
        json_key_time(json, "ended_before", decided->context.ended_before_s);
        json_key_text(json, "ended_reason", decided->context.ended_reason);
    }
    json_key_text(json, "rule", rule_name(decided->admission.rule));
    if (!decision_says_it(decided)) {
        json_key_text(json, "reason", decided->admission.reason);
    }
    json_object_close(json);
}

static void write_decision(struct json_writer *json, const char *key, const struct decision *decision)
{
    json_key(json, key);
    json_object_open(json);
    json_key_text(json, "action", decision_action_name(decision->action));
    key_mode(json, "from", decision->from);
    key_mode(json, "to", decision->to);
    json_key_int(json, "percent", decision->percent);
    json_key_text(json, "rule", decision->rule == RULE_NONE ? NULL : rule_name(decision->rule));
    json_key_text(json, "reason", decision->reason);
    json_object_close(json);
}

static bool same_decision(const struct decision *a, const struct decision *b)
{
    return a->action == b->action && a->from == b->from && a->to == b->to && a->percent == b->percent &&
           slice_equal(slice_of(a->reason), slice_of(b->reason));
}

int ledger_write_decision(const struct rollout_run *run, const struct scan_record *record,
                          const struct decided *decided, const char *evidence, struct err *err)
{
    struct buf body = {.data = NULL};
    struct json_writer json;
    struct ledger_row row = {
        .kind = LEDGER_DECISION, .zone = record->zone, .hostname = decided->hostname->hostname, .evidence = evidence};
    open_body(&json, &body);
    json_key_text(&json, "scan_id", record->scan_id);
    json_key_bool(&json, "addresses_may_be_the_edge", decided->may_be_the_edge);
    json_key_bool(&json, "zone_has_off", decided->zone_has_off);
    write_decision(&json, "evidence_allows", &decided->base);
    write_admission(&json, decided);
    if (same_decision(&decided->base, &decided->hostname->decision)) {
        json_key(&json, "decision");
        json_null(&json);
    } else {
        write_decision(&json, "decision", &decided->hostname->decision);
    }
    return append(run, &row, &json, &body, err);
}

static void write_rollout(struct json_writer *json, const struct stored_rollout *rollout)
{
    json_key_int(json, "rollout", rollout->id);
    json_key_text(json, "scan_id", rollout->scan_id);
    key_mode(json, "from", rollout->rollout.from);
    key_mode(json, "to", rollout->rollout.to);
    json_key_text(json, "state", rollout_state_name(rollout->rollout.state));
    json_key_int(json, "percent", rollout_percent(&rollout->rollout));
    json_key_text(json, "rule", rule_name(rollout->rule));
    json_key_text(json, "reason", rollout->reason);
}

int ledger_write_rollout(const struct rollout_run *run, const struct stored_rollout *rollout,
                         const struct hostname_record *hostname, struct err *err)
{
    struct buf body = {.data = NULL};
    struct json_writer json;
    char digest[DIGEST_TEXT_BYTES];
    struct ledger_row row = {
        .kind = LEDGER_ROLLOUT, .zone = rollout->zone, .hostname = rollout->hostname, .evidence = digest};
    if (evidence_digest_hostname(hostname, digest, err) != 0) {
        return -1;
    }
    open_body(&json, &body);
    write_rollout(&json, rollout);
    json_key_bool(&json, "changes_scheme", rollout->rollout.changes_scheme);
    return append(run, &row, &json, &body, err);
}

int ledger_write_step(const struct rollout_run *run, const struct step_taken *step, struct err *err)
{
    struct buf body = {.data = NULL};
    struct json_writer json;
    char digest[DIGEST_TEXT_BYTES];
    struct ledger_row row = {
        .kind = LEDGER_STEP, .zone = step->rollout->zone, .hostname = step->rollout->hostname, .evidence = digest};
    if (evidence_digest_observations(step->observations->items, step->observations->count, digest, err) != 0) {
        return -1;
    }
    open_body(&json, &body);
    json_key_text(&json, "event", rollout_event_name(step->event));
    write_rollout(&json, step->rollout);
    json_key_int(&json, "last_observation", step->observations->last_id);
    json_key_bool(&json, "judged", step->judged);
    return append(run, &row, &json, &body, err);
}

int ledger_write_opt_out(const struct rollout_run *run, const char *action, const struct store_opt_out *entry,
                         struct err *err)
{
    struct buf body = {.data = NULL};
    struct json_writer json;
    char digest[DIGEST_TEXT_BYTES];
    struct ledger_row row = {.kind = LEDGER_OPT_OUT, .evidence = digest};
    if (evidence_digest_opt_out(entry, digest, err) != 0) {
        return -1;
    }
    open_body(&json, &body);
    json_key_text(&json, "action", action);
    json_key_text(&json, "kind", opt_out_kind_name(entry->kind));
    json_key_text(&json, "value", entry->value);
    json_key_text(&json, "reason", entry->reason);
    json_key_text(&json, "source", entry->source);
    json_key_time(&json, "expires_at", entry->expires_s);
    return append(run, &row, &json, &body, err);
}
