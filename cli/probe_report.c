#include "cli/probe_report.h"

#include "cli/certificate_report.h"
#include "crawler/fetch_tls.h"

#include <string.h>

/* A question by hello, under the name that reports give it. */
struct named_finding {
    const char *name;
    const struct tls_finding *finding;
};

#define FINDINGS_MAX (TLS_VERSIONS + TLS_GROUPS + 8)

static size_t name_findings(const struct tls_capabilities *found, struct named_finding *named)
{
    size_t count = 0;
    named[count++] = (struct named_finding){"edge_offer", &found->edge};
    for (size_t i = 0; i < TLS_VERSIONS; i++) {
        named[count++] = (struct named_finding){hello_version_name(tls_probe_versions[i]), &found->versions[i]};
    }
    for (size_t i = 0; i < TLS_GROUPS; i++) {
        named[count++] = (struct named_finding){hello_group_name(tls_probe_groups[i]), &found->groups[i]};
    }
    named[count++] = (struct named_finding){"X25519MLKEM768", &found->hybrid};
    named[count++] = (struct named_finding){"static_rsa", &found->static_rsa};
    named[count++] = (struct named_finding){"3des", &found->triple_des};
    named[count++] = (struct named_finding){"rc4", &found->rc4};
    named[count++] = (struct named_finding){"large_hello", &found->large_hello};
    named[count++] = (struct named_finding){"unknown_key_share", &found->unknown_share};
    named[count++] = (struct named_finding){"hello_retry_request", &found->retry};
    return count;
}

static void key_answer(struct json_writer *json, const char *key, enum tls_answer answer)
{
    if (answer == TLS_UNKNOWN) {
        json_key_null(json, key);
    } else {
        json_key_bool(json, key, answer == TLS_YES);
    }
}

static void append_versions(struct json_writer *json, const struct tls_capabilities *found)
{
    json_key(json, "versions");
    json_array_open(json);
    for (size_t i = 0; i < TLS_VERSIONS; i++) {
        if (found->versions[i].answer == TLS_YES) {
            json_text(json, hello_version_name(tls_probe_versions[i]));
        }
    }
    json_array_close(json);
}

static void append_groups(struct json_writer *json, const struct tls_capabilities *found)
{
    json_key(json, "groups");
    json_object_open(json);
    for (size_t i = 0; i < TLS_GROUPS; i++) {
        key_answer(json, hello_group_name(tls_probe_groups[i]), found->groups[i].answer);
    }
    json_object_close(json);
}

static void append_legacy(struct json_writer *json, const struct tls_capabilities *found)
{
    json_key(json, "legacy");
    json_object_open(json);
    for (size_t i = 0; i < TLS_VERSIONS && tls_probe_versions[i] < HELLO_TLS12; i++) {
        key_answer(json, hello_version_name(tls_probe_versions[i]), found->versions[i].answer);
    }
    key_answer(json, "static_rsa", found->static_rsa.answer);
    key_answer(json, "3des", found->triple_des.answer);
    key_answer(json, "rc4", found->rc4.answer);
    json_object_close(json);
}

static void append_resumption(struct json_writer *json, const struct tls_capabilities *found)
{
    key_answer(json, "session_resumption", found->resumption);
    json_key(json, "resumption");
    json_object_open(json);
    key_answer(json, "session_id", found->resumption_id);
    key_answer(json, "ticket", found->resumption_ticket);
    key_answer(json, "psk", found->resumption_psk);
    json_object_close(json);
}

static void append_faults(struct json_writer *json, unsigned faults)
{
    json_key(json, "faults");
    json_array_open(json);
    for (unsigned fault = 1; fault <= TLS_FAULT_UNKNOWN_KEY_SHARE; fault <<= 1) {
        if ((faults & fault) != 0) {
            json_text(json, tls_fault_name((enum tls_fault)fault));
        }
    }
    json_array_close(json);
}

/* How the server said no: intolerance is told apart from refusal. */
static void append_refusals(struct json_writer *json, const struct tls_capabilities *found)
{
    struct named_finding named[FINDINGS_MAX];
    size_t count = name_findings(found, named);
    json_key(json, "refusals");
    json_array_open(json);
    for (size_t i = 0; i < count; i++) {
        const struct tls_finding *finding = named[i].finding;
        if (!finding->asked || finding->answer == TLS_YES) {
            continue;
        }
        bool refused = finding->outcome == HELLO_REFUSED;
        json_object_open(json);
        json_key_text(json, "asked", named[i].name);
        json_key_text(json, "outcome", hello_outcome_name(finding->outcome));
        json_key_text(json, "alert", refused ? fetch_tls_alert_name(finding->alert) : NULL);
        json_object_close(json);
    }
    json_array_close(json);
}

/* The codes of the contract's warnings that hold. */
static size_t list_warnings(const struct tls_capabilities *found, const char *codes[4])
{
    size_t count = 0;
    if (tls_has_weak_protocol(found)) {
        codes[count++] = "weak_protocol";
    }
    if (tls_has_weak_cipher(found)) {
        codes[count++] = "weak_cipher";
    }
    if (found->completed && (found->tls.alpn == NULL || strcmp(found->tls.alpn, "h2") != 0)) {
        codes[count++] = "no_http2";
    }
    if (found->resumption == TLS_NO) {
        codes[count++] = "no_session_resumption";
    }
    return count;
}

static void append_warnings(struct json_writer *json, const struct tls_capabilities *found)
{
    const char *codes[4];
    size_t count = list_warnings(found, codes);
    json_key(json, "warnings");
    json_array_open(json);
    for (size_t i = 0; i < count; i++) {
        json_text(json, codes[i]);
    }
    json_array_close(json);
}

void probe_report_json(struct json_writer *json, const struct tls_capabilities *found)
{
    json_key(json, "tls");
    json_object_open(json);
    json_key_bool(json, "completed", found->completed);
    json_key_text(json, "detail", found->completed ? NULL : found->detail);
    append_versions(json, found);
    json_key_text(json, "version", found->tls.version);
    json_key_text(json, "cipher", found->tls.cipher);
    json_key_text(json, "group", found->tls.group);
    json_key_text(json, "signature", found->tls.signature);
    json_key_text(json, "alpn", found->tls.alpn);
    json_key_text(json, "client_certificate", tls_client_certificate_name(found->client_certificate));
    key_answer(json, "client_certificate_accepted", found->client_certificate_accepted);
    append_resumption(json, found);
    json_key_bool(json, "ocsp_stapled", found->tls.ocsp.len > 0);
    json_key_text(json, "sni", tls_sni_name(found->sni));
    json_key_int(json, "chain_length", (int64_t)found->tls.chain_count);
    json_key_int(json, "handshake_bytes_read", (int64_t)found->handshake_bytes_read);
    json_key_int(json, "handshake_bytes_written", (int64_t)found->handshake_bytes_written);
    json_key_int(json, "round_trips", found->round_trips);
    append_groups(json, found);
    append_legacy(json, found);
    json_key_text(json, "post_quantum", tls_post_quantum_name(found->post_quantum));
    append_faults(json, found->faults);
    append_refusals(json, found);
    append_warnings(json, found);
    json_object_close(json);
}

void probe_report_cost_json(struct json_writer *json, const struct tls_capabilities *found, enum tls_probe_depth depth)
{
    json_key(json, "cost");
    json_object_open(json);
    json_key_int(json, "connections", found->connections);
    json_key_int(json, "handshakes", found->handshakes);
    json_key_int(json, "handshakes_max", tls_probe_handshakes_max(depth));
    json_key_int(json, "hellos", found->hellos);
    json_key_int(json, "hellos_max", tls_probe_hellos_max(depth));
    json_key_int(json, "bytes", (int64_t)found->bytes);
    json_object_close(json);
}

/* Builds a row piece by piece: "yes: a, b; no: c". */
static void add_item(struct buf *row, const char *item)
{
    buf_printf(row, "%s%s", row->len > 0 ? ", " : "", item);
}

static void end_row(struct buf *out, const char *label, struct buf *row)
{
    certificate_report_row(out, label, buf_text(row));
    buf_reset(row);
}

static void append_negotiated(struct buf *out, const struct tls_capabilities *found, struct buf *row)
{
    const char *parts[] = {found->tls.version, found->tls.cipher, found->tls.group, found->tls.signature,
                           found->tls.alpn};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i] != NULL) {
            add_item(row, parts[i]);
        }
    }
    end_row(out, "edge gets", row);
    buf_printf(row, "%llu bytes read, %llu written, %u round trip%s, %zu certificate%s%s",
               (unsigned long long)found->handshake_bytes_read, (unsigned long long)found->handshake_bytes_written,
               found->round_trips, found->round_trips == 1 ? "" : "s", found->tls.chain_count,
               found->tls.chain_count == 1 ? "" : "s", found->tls.ocsp.len > 0 ? ", OCSP stapled" : "");
    end_row(out, "handshake", row);
}

/* All of one answer under one label. */
static void append_by_answer(struct buf *out, const char *label, const struct named_finding *named, size_t count,
                             enum tls_answer answer, struct buf *row)
{
    for (size_t i = 0; i < count; i++) {
        if (named[i].finding->answer == answer) {
            add_item(row, named[i].name);
        }
    }
    end_row(out, label, row);
}

static void append_answers(struct buf *out, const struct tls_capabilities *found, struct buf *row)
{
    struct named_finding all[FINDINGS_MAX];
    name_findings(found, all);
    const struct named_finding *versions = all + 1;
    const struct named_finding *groups = versions + TLS_VERSIONS;
    const struct named_finding *legacy = groups + TLS_GROUPS + 1;
    append_by_answer(out, "versions", versions, TLS_VERSIONS, TLS_YES, row);
    append_by_answer(out, "not", versions, TLS_VERSIONS, TLS_NO, row);
    append_by_answer(out, "groups", groups, TLS_GROUPS, TLS_YES, row);
    append_by_answer(out, "not", groups, TLS_GROUPS, TLS_NO, row);
    append_by_answer(out, "legacy", legacy, 3, TLS_YES, row);
    append_by_answer(out, "no legacy", legacy, 3, TLS_NO, row);
}

static const char *answer_text(enum tls_answer answer)
{
    switch (answer) {
    case TLS_NO:
        return "no";
    case TLS_YES:
        return "yes";
    case TLS_UNKNOWN:
        break;
    }
    return "not asked";
}

static void append_resumption_row(struct buf *out, const struct tls_capabilities *found, struct buf *row)
{
    const struct {
        const char *name;
        enum tls_answer answer;
    } kinds[] = {{"session id", found->resumption_id},
                 {"ticket", found->resumption_ticket},
                 {"TLS 1.3 PSK", found->resumption_psk}};
    for (size_t i = 0; i < 3; i++) {
        if (kinds[i].answer != TLS_UNKNOWN) {
            buf_printf(row, "%s%s: %s", row->len > 0 ? ", " : "", kinds[i].name, answer_text(kinds[i].answer));
        }
    }
    end_row(out, "resumption", row);
}

static void append_client_certificate_row(struct buf *out, const struct tls_capabilities *found, struct buf *row)
{
    const char *name = tls_client_certificate_name(found->client_certificate);
    buf_append_text(row, name != NULL ? name : "");
    if (found->client_certificate_accepted != TLS_UNKNOWN) {
        buf_printf(row, "; the given one is %s",
                   found->client_certificate_accepted == TLS_YES ? "accepted" : "not accepted");
    }
    end_row(out, "client cert", row);
}

static void append_fault_row(struct buf *out, const struct tls_capabilities *found, struct buf *row)
{
    for (unsigned fault = 1; fault <= TLS_FAULT_UNKNOWN_KEY_SHARE; fault <<= 1) {
        if ((found->faults & fault) != 0) {
            add_item(row, tls_fault_name((enum tls_fault)fault));
        }
    }
    end_row(out, "faults", row);
}

static void append_refusal_rows(struct buf *out, const struct tls_capabilities *found, struct buf *row)
{
    struct named_finding named[FINDINGS_MAX];
    size_t count = name_findings(found, named);
    for (size_t i = 0; i < count; i++) {
        const struct tls_finding *finding = named[i].finding;
        if (!finding->asked || finding->answer == TLS_YES) {
            continue;
        }
        buf_printf(row, "%s%s: %s", row->len > 0 ? ", " : "", named[i].name, hello_outcome_name(finding->outcome));
        const char *alert = finding->outcome == HELLO_REFUSED ? fetch_tls_alert_name(finding->alert) : NULL;
        if (alert != NULL) {
            buf_printf(row, " (%s)", alert);
        }
    }
    end_row(out, "refusals", row);
}

void probe_report_text(struct buf *out, const struct tls_capabilities *found)
{
    struct buf row = {.data = NULL};
    if (found->completed) {
        append_negotiated(out, found, &row);
    } else {
        certificate_report_row(out, "no TLS", found->detail);
    }
    append_answers(out, found, &row);
    append_client_certificate_row(out, found, &row);
    append_resumption_row(out, found, &row);
    certificate_report_row(out, "SNI", tls_sni_name(found->sni));
    certificate_report_row(out, "post-quantum", tls_post_quantum_name(found->post_quantum));
    append_fault_row(out, found, &row);
    append_refusal_rows(out, found, &row);
    const char *codes[4];
    size_t warnings = list_warnings(found, codes);
    for (size_t i = 0; i < warnings; i++) {
        add_item(&row, codes[i]);
    }
    end_row(out, "warnings", &row);
    buf_release(&row);
}

void probe_report_cost_text(struct buf *out, const struct tls_capabilities *found, enum tls_probe_depth depth)
{
    struct buf row = {.data = NULL};
    buf_printf(&row, "%u of at most %u handshakes, %u of at most %u hellos, %llu bytes", found->handshakes,
               tls_probe_handshakes_max(depth), found->hellos, tls_probe_hellos_max(depth),
               (unsigned long long)found->bytes);
    end_row(out, "asked", &row);
    buf_release(&row);
}
