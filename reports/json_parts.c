#include "reports/json_parts.h"

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

void json_key_decision(struct json_writer *json, const char *key, const struct decision *decision)
{
    json_key(json, key);
    json_object_open(json);
    json_key_text(json, "action", decision_action_name(decision->action));
    json_key_mode(json, "from", decision->from);
    json_key_mode(json, "to", decision->to);
    json_key_text(json, "reason", decision->reason);
    json_key_int(json, "percent", decision->percent);
    json_object_close(json);
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

void json_key_tls(struct json_writer *json, const char *key, const struct tls_record *tls)
{
    if (!tls->seen) {
        json_key_null(json, key);
        return;
    }
    json_key(json, key);
    json_object_open(json);
    json_key_texts(json, "versions", tls->versions, tls->version_count);
    json_key_text(json, "version", tls->version);
    json_key_text(json, "cipher", tls->cipher);
    json_key_text(json, "group", tls->group);
    json_key_text(json, "signature", tls->signature);
    json_key_text(json, "alpn", tls->alpn);
    json_key_text(json, "client_certificate", client_certificate_name(tls->client_certificate));
    if (tls->resumption < 0) {
        json_key_null(json, "session_resumption");
    } else {
        json_key_bool(json, "session_resumption", tls->resumption != 0);
    }
    json_key_int(json, "chain_length", tls->chain_length);
    json_key_text(json, "post_quantum", tls->post_quantum);
    json_key_text(json, "sni", tls->sni);
    if (tls->ocsp_stapled < 0) {
        json_key_null(json, "ocsp_stapled");
    } else {
        json_key_bool(json, "ocsp_stapled", tls->ocsp_stapled != 0);
    }
    json_object_close(json);
}
