/* The ladder as JSON, as docs/schema/explain.schema.json says. */
#include "reports/json_parts.h"
#include "reports/ladder.h"
#include "reports/remedy.h"
#include "reports/rollouts.h"
#include "reports/writers.h"

static void write_reason(struct json_writer *json, const struct origin_record *origin, enum code code, const char *url,
                         const char *detail, int64_t first_seen_s)
{
    struct buf change = {.data = NULL};
    remedy_append(&change, origin, code, url);
    json_object_open(json);
    json_keys_address(json, origin);
    json_key_code(json, "code", code);
    json_key_text(json, "what", code_sentence(code));
    json_key_text(json, "url", url);
    json_key_text(json, "detail", detail);
    json_key_text(json, "visitor_sees", code_visitor_sees(code));
    json_key_text(json, "remedy", code_remedy(code));
    json_key_text(json, "smallest_change", buf_text(&change));
    json_key_time(json, "first_seen", first_seen_s);
    json_object_close(json);
    buf_release(&change);
}

static void write_origin_reasons(struct json_writer *json, const struct origin_record *origin, enum mode mode,
                                 enum rung_state state)
{
    for (size_t i = 0; i < origin->blocker_count; i++) {
        const struct blocker *blocker = &origin->blockers[i];
        if (ladder_blocker_counts(blocker, mode)) {
            write_reason(json, origin, blocker->code, blocker->url, blocker->detail, blocker->first_seen_s);
        }
    }
    for (size_t i = 0; i < origin->warning_count; i++) {
        const struct warning *warning = &origin->warnings[i];
        if (ladder_warning_counts(warning, state)) {
            write_reason(json, origin, warning->code, warning->url, warning->detail, -1);
        }
    }
    if (state == RUNG_UNKNOWN && origin->incomplete_reason != CODE_NONE) {
        write_reason(json, origin, origin->incomplete_reason, NULL, origin->incomplete_detail, -1);
    }
}

static void write_rung(struct json_writer *json, const struct ladder *ladder, enum mode mode)
{
    enum rung_state state = ladder->states[mode];
    bool looked_at = state != RUNG_WEAKER && state != RUNG_NOT_ASKED;
    json_object_open(json);
    json_key_mode(json, "mode", mode);
    json_key_text(json, "state", rung_state_name(state));
    json_key(json, "reasons");
    json_array_open(json);
    for (size_t i = 0; looked_at && i < ladder->hostname->origin_count; i++) {
        write_origin_reasons(json, &ladder->hostname->origins[i], mode, state);
    }
    json_array_close(json);
    json_object_close(json);
}

static void write_warnings(struct json_writer *json, const struct hostname_record *hostname)
{
    json_key(json, "warnings");
    json_array_open(json);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t k = 0; k < origin->warning_count; k++) {
            const struct warning *warning = &origin->warnings[k];
            write_reason(json, origin, warning->code, warning->url, warning->detail, -1);
        }
    }
    json_array_close(json);
}

/* What each origin showed, whatever follows from it. */
static void write_origins(struct json_writer *json, const struct hostname_record *hostname)
{
    json_key(json, "origins");
    json_array_open(json);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        json_object_open(json);
        json_keys_address(json, origin);
        json_key_certificate(json, "certificate", &origin->certificate);
        json_key_tls(json, "tls", &origin->tls);
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_hostname(struct json_writer *json, const struct hostname_record *hostname)
{
    json_object_open(json);
    json_key_text(json, "hostname", hostname->hostname);
    json_key_text(json, "status", scan_status_name(hostname->status));
    json_key_code(json, "incomplete_reason", hostname->incomplete_reason);
    json_key_mode(json, "current_mode", hostname->current_mode);
    json_key_mode(json, "ceiling", hostname->ceiling);
    json_key_mode(json, "supported_mode", hostname->supported_mode);
    json_key_mode(json, "recommended_mode", hostname->recommended_mode);
    json_key_decision(json, "decision", &hostname->decision);
    json_key_rollout(json, "rollout", hostname->rollout);
    json_key_confidence(json, "confidence", &hostname->confidence);
    json_key(json, "ladder");
    json_array_open(json);
    struct ladder ladder = ladder_of(hostname);
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        write_rung(json, &ladder, (enum mode)mode);
    }
    json_array_close(json);
    write_warnings(json, hostname);
    write_origins(json, hostname);
    json_object_close(json);
}

static void write_explanation(const struct scan_record *record, bool pretty, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, pretty);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "zone", record->zone);
    json_key_text(&json, "scan_id", record->scan_id);
    json_key_time(&json, "finished_at", record->finished_s);
    json_keys_outcome(&json, record);
    json_key(&json, "hostnames");
    json_array_open(&json);
    for (size_t i = 0; i < record->hostname_count; i++) {
        write_hostname(&json, &record->hostnames[i]);
    }
    json_array_close(&json);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

void explain_json_write(const struct scan_record *record, const struct report_style *style, struct buf *out)
{
    (void)style;
    write_explanation(record, true, out);
}

void explain_ndjson_write(const struct scan_record *record, const struct report_style *style, struct buf *out)
{
    (void)style;
    write_explanation(record, false, out);
}
