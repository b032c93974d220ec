#include "reports/json_parts.h"

#include "base/json_reader.h"

void json_key_mode(struct json_writer *json, const char *key, enum mode mode)
{
    json_key_text(json, key, mode_name(mode));
}

void json_key_mode_set(struct json_writer *json, const char *key, mode_set modes)
{
    json_key(json, key);
    json_array_open(json);
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        if (mode_set_has(modes, (enum mode)mode)) {
            json_text(json, mode_name((enum mode)mode));
        }
    }
    json_array_close(json);
}

void json_key_code(struct json_writer *json, const char *key, enum code code)
{
    json_key_text(json, key, code_name(code));
}

void json_key_texts(struct json_writer *json, const char *key, const char *const *texts, size_t count)
{
    json_key(json, key);
    json_array_open(json);
    for (size_t i = 0; i < count; i++) {
        json_text(json, texts[i]);
    }
    json_array_close(json);
}

static void json_value(struct json_writer *json, const struct json_value *value)
{
    struct slice text = SLICE_EMPTY;
    int64_t whole = 0;
    double number = 0;
    bool flag = false;
    if (json_get_int(value, &whole) == 0) {
        json_int(json, whole);
    } else if (json_get_number(value, &number) == 0) {
        json_number(json, number, 9);
    } else if (json_get_bool(value, &flag) == 0) {
        json_bool(json, flag);
    } else if (json_get_text(value, &text) == 0) {
        json_string(json, text);
    } else {
        json_null(json);
    }
}

/* Names and values that are kept as JSON: read, so that nothing else can get into a report. */
static void json_key_values(struct json_writer *json, const char *key, const char *kept)
{
    struct err err = ERR_INIT;
    struct slice name = SLICE_EMPTY;
    struct json_value *values = kept == NULL ? NULL : json_read(slice_of(kept), &err);
    json_key(json, key);
    if (!json_value_is_array(values)) {
        json_null(json);
        json_free(values);
        return;
    }
    json_array_open(json);
    for (size_t i = 0; i < json_count(values); i++) {
        const struct json_value *item = json_item(values, i);
        if (json_get_text(json_member(item, "name"), &name) == 0) {
            json_object_open(json);
            json_key(json, "name");
            json_string(json, name);
            json_key(json, "value");
            json_value(json, json_member(item, "value"));
            json_object_close(json);
        }
    }
    json_array_close(json);
    json_free(values);
}

void json_key_decision(struct json_writer *json, const char *key, const struct decision *decision)
{
    json_key(json, key);
    json_object_open(json);
    json_key_text(json, "action", decision_action_name(decision->action));
    json_key_mode(json, "from", decision->from);
    json_key_mode(json, "to", decision->to);
    json_key_text(json, "reason", decision->reason);
    json_key_text(json, "rule", decision->rule == RULE_NONE ? NULL : rule_name(decision->rule));
    json_key_values(json, "numbers", decision->numbers);
    json_key_values(json, "policy", decision->policy);
    json_key_int(json, "percent", decision->percent);
    json_object_close(json);
}

void json_keys_outcome(struct json_writer *json, const struct scan_record *record)
{
    json_key_text(json, "status", scan_status_name(record->status));
    json_key_code(json, "incomplete_reason", record->incomplete_reason);
    json_key_mode(json, "current_mode", record->current_mode);
    json_key_mode(json, "supported_mode", record->supported_mode);
    json_key_mode(json, "recommended_mode", record->recommended_mode);
    json_key_decision(json, "decision", &record->decision);
}

void json_keys_address(struct json_writer *json, const struct origin_record *origin)
{
    json_key_text(json, "address", origin->address);
    json_key_int(json, "http_port", origin->http_port);
    json_key_int(json, "https_port", origin->https_port);
}

static void json_key_share(struct json_writer *json, const char *key, double share)
{
    if (share < 0) {
        json_key_null(json, key);
        return;
    }
    json_key_number(json, key, share, 4);
}

void json_key_confidence(struct json_writer *json, const char *key, const struct confidence *confidence)
{
    json_key(json, key);
    json_object_open(json);
    json_key_int(json, "pairs", confidence->pairs);
    json_key_int(json, "different", confidence->against);
    json_key_share(json, "upper_bound", confidence->upper_bound);
    json_key_share(json, "level", confidence->level);
    json_key_share(json, "request_coverage", confidence->request_coverage);
    json_object_close(json);
}

void json_key_certificate(struct json_writer *json, const char *key, const struct certificate_record *certificate)
{
    if (!certificate->seen) {
        json_key_null(json, key);
        return;
    }
    json_key(json, key);
    json_object_open(json);
    json_key_text(json, "verdict",
                  certificate->verdict == CODE_NONE ? "valid" : code_certificate_verdict(certificate->verdict));
    json_key_text(json, "detail", certificate->detail);
    json_key_text(json, "trust", certificate->trust);
    json_key_time(json, "not_before", certificate->not_before_s);
    json_key_time(json, "not_after", certificate->not_after_s);
    json_key_texts(json, "names", certificate->names, certificate->name_count);
    json_key_text(json, "subject", certificate->subject);
    json_key_text(json, "issuer", certificate->issuer);
    json_key_text(json, "key", certificate->key);
    json_key_text(json, "signature", certificate->signature);
    json_key_text(json, "spki_sha256", certificate->spki_sha256);
    json_key_text(json, "serial", certificate->serial);
    json_object_close(json);
}

static void key_answer(struct json_writer *json, const char *key, int answer)
{
    if (answer < 0) {
        json_key_null(json, key);
    } else {
        json_key_bool(json, key, answer != 0);
    }
}

static void key_known(struct json_writer *json, const char *key, int64_t value)
{
    if (value < 0) {
        json_key_null(json, key);
    } else {
        json_key_int(json, key, value);
    }
}

static void key_answers(struct json_writer *json, const char *key, const char *const *names, const int *answers,
                        size_t count)
{
    json_key(json, key);
    json_object_open(json);
    for (size_t i = 0; i < count; i++) {
        key_answer(json, names[i], answers[i]);
    }
    json_object_close(json);
}

static void key_resumption(struct json_writer *json, const struct tls_record *tls)
{
    static const char *const ways[] = {"session_id", "ticket", "psk"};
    const int answers[] = {tls->resumption_id, tls->resumption_ticket, tls->resumption_psk};
    key_answer(json, "session_resumption", tls->resumption);
    key_answers(json, "resumption", ways, answers, sizeof ways / sizeof *ways);
}

/* NULL as long as none of them was asked for. */
static void key_faults(struct json_writer *json, const struct tls_record *tls)
{
    bool asked = false;
    for (size_t i = 0; i < TLS_RECORD_FAULTS; i++) {
        asked = asked || tls->faults[i] >= 0;
    }
    if (!asked) {
        json_key_null(json, "faults");
        return;
    }
    json_key(json, "faults");
    json_array_open(json);
    for (size_t i = 0; i < TLS_RECORD_FAULTS; i++) {
        if (tls->faults[i] > 0) {
            json_text(json, tls_record_faults[i]);
        }
    }
    json_array_close(json);
}

static void key_refusals(struct json_writer *json, const struct tls_record *tls)
{
    json_key(json, "refusals");
    json_array_open(json);
    for (size_t i = 0; i < tls->refusal_count; i++) {
        json_object_open(json);
        json_key_text(json, "asked", tls->refusals[i].asked);
        json_key_text(json, "outcome", tls->refusals[i].outcome);
        json_key_text(json, "alert", tls->refusals[i].alert);
        json_object_close(json);
    }
    json_array_close(json);
}

static void key_warnings(struct json_writer *json, const struct tls_record *tls)
{
    enum code codes[TLS_RECORD_WARNINGS];
    size_t count = tls_record_warnings(tls, codes);
    json_key(json, "warnings");
    json_array_open(json);
    for (size_t i = 0; i < count; i++) {
        json_text(json, code_name(codes[i]));
    }
    json_array_close(json);
}

void json_key_tls(struct json_writer *json, const char *key, const struct tls_record *tls)
{
    if (!tls->seen) {
        json_key_null(json, key);
        return;
    }
    json_key(json, key);
    json_object_open(json);
    json_key_bool(json, "completed", tls->completed);
    json_key_text(json, "detail", tls->detail);
    json_key_texts(json, "versions", tls->versions, tls->version_count);
    json_key_text(json, "version", tls->version);
    json_key_text(json, "cipher", tls->cipher);
    json_key_text(json, "group", tls->group);
    json_key_text(json, "signature", tls->signature);
    json_key_text(json, "alpn", tls->alpn);
    json_key_text(json, "client_certificate", client_certificate_name(tls->client_certificate));
    key_answer(json, "client_certificate_accepted", tls->client_certificate_accepted);
    key_resumption(json, tls);
    key_answer(json, "ocsp_stapled", tls->ocsp_stapled);
    json_key_text(json, "sni", tls->sni);
    json_key_int(json, "chain_length", tls->chain_length);
    key_known(json, "handshake_bytes_read", tls->handshake_bytes_read);
    key_known(json, "handshake_bytes_written", tls->handshake_bytes_written);
    key_known(json, "round_trips", tls->round_trips);
    key_answers(json, "groups", tls_record_groups, tls->groups, TLS_RECORD_GROUPS);
    key_answers(json, "legacy", tls_record_legacy, tls->legacy, TLS_RECORD_LEGACY);
    json_key_text(json, "post_quantum", tls->post_quantum);
    key_faults(json, tls);
    key_refusals(json, tls);
    key_warnings(json, tls);
    json_object_close(json);
}
