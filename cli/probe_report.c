#include "cli/probe_report.h"

#include "cli/certificate_report.h"
#include "crawler/fetch_tls.h"
#include "reports/json_parts.h"
#include "scan/tls_facts.h"

#include <string.h>

void probe_report_json(struct json_writer *json, const struct tls_capabilities *found)
{
    struct arena arena = {.head = NULL};
    struct tls_record tls;
    if (tls_facts_record(found, &arena, &tls) == 0) {
        tls.seen = true; /* also without a connection there is an object */
        json_key_tls(json, "tls", &tls);
    }
    arena_release(&arena);
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
static void append_by_answer(struct buf *out, const char *label, const struct tls_asked *named, size_t count,
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
    struct tls_asked all[TLS_ASKED_MAX];
    tls_facts_asked(found, all);
    const struct tls_asked *versions = all + 1;
    const struct tls_asked *groups = versions + TLS_VERSIONS;
    const struct tls_asked *legacy = groups + TLS_GROUPS + 1;
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
    struct tls_asked named[TLS_ASKED_MAX];
    size_t count = tls_facts_asked(found, named);
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

static void add_warnings(struct buf *row, const struct tls_capabilities *found)
{
    struct arena arena = {.head = NULL};
    struct tls_record tls;
    enum code codes[TLS_RECORD_WARNINGS];
    size_t count = tls_facts_record(found, &arena, &tls) == 0 ? tls_record_warnings(&tls, codes) : 0;
    for (size_t i = 0; i < count; i++) {
        add_item(row, code_name(codes[i]));
    }
    arena_release(&arena);
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
    add_warnings(&row, found);
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
