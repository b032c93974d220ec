#include "reports/phrases.h"

#include "base/clock.h"
#include "base/json_reader.h"
#include "recommend/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_SECONDS 86400

const char *phrase_mode(enum mode mode)
{
    return mode == MODE_NONE ? "unknown" : mode_name(mode);
}

void phrase_modes(struct buf *out, mode_set modes)
{
    const char *separator = "";
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        if (mode_set_has(modes, (enum mode)mode)) {
            buf_printf(out, "%s%s", separator, mode_name((enum mode)mode));
            separator = ", ";
        }
    }
}

void phrase_count(struct buf *out, uint64_t count, const char *noun)
{
    buf_printf(out, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

void phrase_bytes(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    if (bytes < 1000) {
        phrase_count(out, bytes, "byte");
        return;
    }
    double value = (double)bytes / 1000;
    size_t unit = 0;
    while (value >= 999.95 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    buf_printf(out, "%.1f %s", value, units[unit]);
}

void phrase_day(struct buf *out, int64_t unix_s)
{
    if (unix_s < 0) {
        buf_append_text(out, "at an unknown time");
        return;
    }
    char text[RFC3339_BYTES];
    buf_append(out, time_format(unix_s, text), 10);
}

void phrase_minute(struct buf *out, int64_t unix_s)
{
    phrase_day(out, unix_s);
    if (unix_s >= 0) {
        char text[RFC3339_BYTES];
        buf_printf(out, " %.5s UTC", time_format(unix_s, text) + 11);
    }
}

void phrase_change(struct buf *out, enum mode current, enum mode recommended)
{
    buf_append_text(out, phrase_mode(current));
    if (recommended > current) {
        buf_printf(out, " → %s", mode_name(recommended));
    }
}

void phrase_decision(struct buf *out, const struct decision *decision, enum scan_status status,
                     enum code incomplete_reason)
{
    if (status == STATUS_OPTED_OUT) {
        buf_append_text(out, "opted out");
        return;
    }
    if (status == STATUS_INCOMPLETE) {
        const char *reason = code_name(incomplete_reason);
        buf_printf(out, "no verdict%s%s", reason != NULL ? ": " : "", reason != NULL ? reason : "");
        return;
    }
    if (status == STATUS_PARTIAL) {
        buf_append_text(out, "a verdict for some hostnames only");
        return;
    }
    switch (decision->action) {
    case ACTION_UPGRADE:
        buf_printf(out, "upgrade, %d %% of visitors first", decision->percent);
        break;
    case ACTION_HOLD:
        buf_append_text(out, "hold");
        break;
    case ACTION_NONE:
        buf_append_text(out, "no change");
        break;
    }
}

static void phrase_policy_value(struct buf *out, const struct json_value *value)
{
    struct slice text = SLICE_EMPTY;
    double number = 0;
    bool flag = false;
    if (json_get_bool(value, &flag) == 0) {
        buf_append_text(out, flag ? "on" : "off");
    } else if (json_get_number(value, &number) == 0) {
        buf_printf(out, "%.10g", number);
    } else if (json_get_text(value, &text) == 0) {
        buf_printf(out, "%.*s", SLICE_ARG(text));
    }
}

/* The name by which an operator sets it. */
static const char *policy_option(struct slice name)
{
    for (size_t i = 0; i < policy_field_count; i++) {
        if (slice_equal(name, slice_of(policy_fields[i].name))) {
            return policy_fields[i].option;
        }
    }
    return slice_equal(name, SLICE("freeze")) ? "freeze" : NULL;
}

void phrase_policy(struct buf *out, const struct decision *decision)
{
    struct err err = ERR_INIT;
    struct slice name = SLICE_EMPTY;
    struct json_value *policy = decision->policy == NULL ? NULL : json_read(slice_of(decision->policy), &err);
    for (size_t i = 0; i < json_count(policy); i++) {
        const struct json_value *item = json_item(policy, i);
        const char *option = json_get_text(json_member(item, "name"), &name) == 0 ? policy_option(name) : NULL;
        if (option != NULL) {
            buf_printf(out, "%s --%s ", out->len > 0 ? "," : "By the policy:", option);
            phrase_policy_value(out, json_member(item, "value"));
        }
    }
    json_free(policy);
}

static void phrase_bound(struct buf *out, const struct confidence *confidence)
{
    phrase_count(out, confidence->pairs, "usable pair");
    buf_append_text(out, ", none of them would break");
    if (confidence->upper_bound >= 0) {
        buf_printf(out, ": with %.4g %% confidence fewer than %.1f %% of all URLs would", confidence->level * 100,
                   confidence->upper_bound * 100);
    }
    buf_append_text(out, ".");
}

void phrase_rollout(struct buf *out, const struct rollout_summary *rollout)
{
    buf_printf(out, "Rollout: %d %% of visitors have %s (%s). %s", rollout->percent, mode_name(rollout->to),
               rollout_state_name(rollout->state), rollout->reason);
}

void phrase_confidence(struct buf *out, const struct confidence *confidence, enum decision_action action)
{
    if (confidence->pairs == 0) {
        return;
    }
    if (action != ACTION_UPGRADE && confidence->against == 0) {
        phrase_bound(out, confidence);
    }
    if (confidence->request_coverage >= 0) {
        buf_printf(out, "%sThe compared URLs stand for %.0f %% of the logged requests.", out->len > 0 ? " " : "",
                   confidence->request_coverage * 100);
    }
}

void phrase_pairs(struct buf *out, const struct pair_counts *pairs)
{
    buf_printf(out, "%" PRIu32, pair_counts_compared(pairs));
    const char *separator = ": ";
    for (int verdict = 0; verdict < PAIR_VERDICT_COUNT; verdict++) {
        if (pairs->of[verdict] > 0) {
            buf_printf(out, "%s%" PRIu32 " %s", separator, pairs->of[verdict],
                       pair_verdict_name((enum pair_verdict)verdict));
            separator = ", ";
        }
    }
}

static void phrase_lifetime(struct buf *out, int64_t not_after_s, int64_t now_s)
{
    buf_append_text(out, ", until ");
    phrase_day(out, not_after_s);
    if (now_s < 0) {
        return;
    }
    int64_t days = (not_after_s - now_s) / DAY_SECONDS;
    buf_append_text(out, " (");
    if (not_after_s < now_s) {
        phrase_count(out, (uint64_t)-days, "day");
        buf_append_text(out, " ago)");
        return;
    }
    phrase_count(out, (uint64_t)days, "day");
    buf_append_text(out, " left)");
}

void phrase_certificate(struct buf *out, const struct certificate_record *certificate, int64_t now_s)
{
    if (!certificate->seen) {
        buf_append_text(out, "none was seen");
        return;
    }
    bool valid = certificate->verdict == CODE_NONE;
    buf_append_text(out, valid ? "valid" : code_certificate_verdict(certificate->verdict));
    if (certificate->trust != NULL && strcmp(certificate->trust, "none") != 0) {
        buf_printf(out, " (%s)", certificate->trust);
    }
    if (certificate->not_after_s >= 0) {
        phrase_lifetime(out, certificate->not_after_s, now_s);
    }
    if (certificate->key != NULL) {
        buf_printf(out, ", %s", certificate->key);
    }
    if (certificate->issuer != NULL) {
        buf_printf(out, ", issued by %s", certificate->issuer);
    }
}

void phrase_tls(struct buf *out, const struct tls_record *tls)
{
    if (!tls->completed) {
        buf_printf(out, "no handshake%s%s", tls->detail != NULL ? ": " : "", tls->detail != NULL ? tls->detail : "");
    }
    const char *separator = tls->completed ? "" : tls->version_count > 0 ? "; speaks " : "";
    for (size_t i = 0; i < tls->version_count; i++) {
        buf_printf(out, "%s%s", separator, tls->versions[i]);
        separator = " ";
    }
    if (!tls->completed) {
        return;
    }
    const char *const facts[] = {tls->cipher, tls->group, tls->alpn};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        if (facts[i] != NULL && facts[i][0] != '\0') {
            buf_printf(out, "%s%s", out->len > 0 ? ", " : "", facts[i]);
        }
    }
    if (tls->client_certificate == CLIENT_CERTIFICATE_REQUESTED ||
        tls->client_certificate == CLIENT_CERTIFICATE_REQUIRED) {
        buf_printf(out, ", client certificate %s", client_certificate_name(tls->client_certificate));
    }
    if (tls->post_quantum != NULL && strcmp(tls->post_quantum, "not_supported") != 0) {
        buf_printf(out, ", post-quantum key exchange %s", tls->post_quantum);
    }
    if (tls->client_certificate_accepted >= 0) {
        buf_printf(out, ", the given one is %s", tls->client_certificate_accepted > 0 ? "accepted" : "not accepted");
    }
    if (tls->sni != NULL && strcmp(tls->sni, "required") == 0) {
        buf_append_text(out, ", SNI required");
    }
    if (tls->resumption >= 0) {
        buf_append_text(out, tls->resumption > 0 ? ", sessions are resumed" : ", no session resumption");
    }
}

/* All names of one answer; how many. */
static size_t list_answers(struct buf *out, const char *before, const char *const *names, const int *answers,
                           size_t count, int answer)
{
    size_t listed = 0;
    for (size_t i = 0; i < count; i++) {
        if (answers[i] == answer) {
            buf_printf(out, "%s%s", listed++ == 0 ? before : " ", names[i]);
        }
    }
    return listed;
}

static bool is_known(const int *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (answers[i] >= 0) {
            return true;
        }
    }
    return false;
}

static void phrase_refusals(struct buf *out, const struct tls_record *tls)
{
    for (size_t i = 0; i < tls->refusal_count; i++) {
        const struct tls_refusal *refusal = &tls->refusals[i];
        /* An alert is the good way to refuse. */
        if (strcmp(refusal->outcome, "refused") != 0 && strcmp(refusal->outcome, "taken") != 0) {
            buf_printf(out, "; %s: %s", refusal->asked, refusal->outcome);
        }
    }
}

void phrase_tls_reach(struct buf *out, const struct tls_record *tls)
{
    size_t before = out->len;
    list_answers(out, "groups ", tls_record_groups, tls->groups, TLS_RECORD_GROUPS, 1);
    list_answers(out, out->len > before ? ", not " : "not the groups ", tls_record_groups, tls->groups,
                 TLS_RECORD_GROUPS, 0);
    if (is_known(tls->legacy, TLS_RECORD_LEGACY)) {
        const char *separator = out->len > before ? "; " : "";
        char label[32];
        snprintf(label, sizeof label, "%sstill takes ", separator);
        if (list_answers(out, label, tls_record_legacy, tls->legacy, TLS_RECORD_LEGACY, 1) == 0) {
            buf_printf(out, "%stakes nothing outdated", separator);
        }
    }
    list_answers(out, "; faults: ", tls_record_faults, tls->faults, TLS_RECORD_FAULTS, 1);
    phrase_refusals(out, tls);
}

void phrase_cost(struct buf *out, const struct scan_cost *cost)
{
    phrase_count(out, cost->requests, "request");
    buf_append_text(out, ", ");
    phrase_count(out, cost->connections, "connection");
    buf_append_text(out, ", ");
    phrase_count(out, cost->handshakes, "handshake");
    if (cost->hellos > 0) {
        buf_append_text(out, ", ");
        phrase_count(out, cost->hellos, "hello");
    }
    buf_append_text(out, ", ");
    phrase_bytes(out, cost->bytes);
    buf_printf(out, ", %.1f s", cost->seconds);
}

void phrase_origin(struct buf *out, const struct origin_record *origin)
{
    bool bracketed = strchr(origin->address, ':') != NULL;
    buf_printf(out, bracketed ? "[%s], ports %u and %u" : "%s, ports %u and %u", origin->address,
               (unsigned)origin->http_port, (unsigned)origin->https_port);
}
