/* The object of one scan, as docs/schema/scan.schema.json says. */
#include "reports/json_parts.h"
#include "reports/rollouts.h"
#include "reports/writers.h"

static void write_blocker(struct json_writer *json, const struct blocker *blocker)
{
    json_object_open(json);
    json_key_code(json, "code", blocker->code);
    json_key_mode(json, "rules_out", mode_set_weakest(blocker->rules_out));
    json_key_mode_set(json, "rules_out_all", blocker->rules_out);
    json_key_text(json, "url", blocker->url);
    json_key_text(json, "detail", blocker->detail);
    json_key_time(json, "first_seen", blocker->first_seen_s);
    json_object_close(json);
}

static void write_warning(struct json_writer *json, const struct warning *warning)
{
    json_object_open(json);
    json_key_code(json, "code", warning->code);
    json_key_text(json, "url", warning->url);
    json_key_text(json, "detail", warning->detail);
    json_object_close(json);
}

static void write_pairs(struct json_writer *json, const struct pair_counts *pairs)
{
    json_key(json, "pairs");
    json_object_open(json);
    json_key_int(json, "compared", pair_counts_compared(pairs));
    for (int verdict = 0; verdict < PAIR_VERDICT_COUNT; verdict++) {
        json_key_int(json, pair_verdict_name((enum pair_verdict)verdict), pairs->of[verdict]);
    }
    json_object_close(json);
}

static void write_origin(struct json_writer *json, const struct origin_record *origin)
{
    json_object_open(json);
    json_keys_address(json, origin);
    json_key_text(json, "source", origin_source_name(origin->source));
    json_key_text(json, "status", scan_status_name(origin->status));
    json_key_code(json, "incomplete_reason", origin->incomplete_reason);
    json_key_text(json, "incomplete_detail", origin->incomplete_detail);
    json_key_mode(json, "supported_mode", origin->supported_mode);
    json_key_mode_set(json, "safe_modes", origin->safe_modes);
    json_key(json, "blockers");
    json_array_open(json);
    for (size_t i = 0; i < origin->blocker_count; i++) {
        write_blocker(json, &origin->blockers[i]);
    }
    json_array_close(json);
    json_key(json, "warnings");
    json_array_open(json);
    for (size_t i = 0; i < origin->warning_count; i++) {
        write_warning(json, &origin->warnings[i]);
    }
    json_array_close(json);
    write_pairs(json, &origin->pairs);
    json_key_certificate(json, "certificate", &origin->certificate);
    json_key_tls(json, "tls", &origin->tls);
    json_object_close(json);
}

static void write_hostname(struct json_writer *json, const struct hostname_record *hostname)
{
    json_object_open(json);
    json_key_text(json, "hostname", hostname->hostname);
    json_key_text(json, "status", scan_status_name(hostname->status));
    json_key_code(json, "incomplete_reason", hostname->incomplete_reason);
    json_key_mode(json, "current_mode", hostname->current_mode);
    json_key_text(json, "setting", setting_name(hostname->setting));
    json_key_mode(json, "ceiling", hostname->ceiling);
    json_key_bool(json, "always_https", hostname->always_https);
    json_key_mode(json, "supported_mode", hostname->supported_mode);
    json_key_mode(json, "recommended_mode", hostname->recommended_mode);
    json_key_mode_set(json, "safe_modes", hostname->safe_modes);
    json_key_decision(json, "decision", &hostname->decision);
    json_key_rollout(json, "rollout", hostname->rollout);
    json_key_confidence(json, "confidence", &hostname->confidence);
    json_key_texts(json, "linked_hostnames", hostname->candidates, hostname->candidate_count);
    json_key(json, "origins");
    json_array_open(json);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        write_origin(json, &hostname->origins[i]);
    }
    json_array_close(json);
    json_object_close(json);
}

static void write_cost(struct json_writer *json, const struct scan_cost *cost)
{
    json_key(json, "cost");
    json_object_open(json);
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = {{"requests", cost->requests},
                  {"connections", cost->connections},
                  {"handshakes", cost->handshakes},
                  {"hellos", cost->hellos},
                  {"bytes", cost->bytes}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_key(json, counts[i].key);
        json_uint(json, counts[i].value);
    }
    json_key_number(json, "seconds", cost->seconds, 3);
    json_object_close(json);
}

static void write_run(struct json_writer *json, const struct scan_record *record)
{
    json_key_int(json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(json, "zone", record->zone);
    json_key_text(json, "scan_id", record->scan_id);
    json_key_time(json, "started_at", record->started_s);
    json_key_time(json, "finished_at", record->finished_s);
    json_key_text(json, "program_version", record->program_version);
    json_key(json, "seed");
    json_uint(json, record->seed);
    json_key_texts(json, "trust", record->trust, record->trust_count);
    json_key_mode(json, "ceiling", record->ceiling);
    json_key_time(json, "next_scan_at", record->next_scan_s);
}

static void write_scan(struct json_writer *json, const struct scan_record *record)
{
    json_object_open(json);
    write_run(json, record);
    json_keys_outcome(json, record);
    json_key_confidence(json, "confidence", &record->confidence);
    write_cost(json, &record->cost);
    json_key(json, "hostnames");
    json_array_open(json);
    for (size_t i = 0; i < record->hostname_count; i++) {
        write_hostname(json, &record->hostnames[i]);
    }
    json_array_close(json);
    json_object_close(json);
}

void scan_json_write(const struct scan_record *record, const struct report_style *style, struct buf *out)
{
    (void)style;
    struct json_writer json;
    json_init(&json, out, true);
    write_scan(&json, record);
    buf_append_byte(out, '\n');
}

void scan_ndjson_write(const struct scan_record *record, const struct report_style *style, struct buf *out)
{
    (void)style;
    struct json_writer json;
    json_init(&json, out, false);
    write_scan(&json, record);
    buf_append_byte(out, '\n');
}

void list_json_begin(struct report_list *list)
{
    buf_append_byte(list->out, '[');
}

void list_json_add(struct report_list *list, const struct scan_record *record)
{
    /* The totals count this record already. */
    buf_append_text(list->out, list->totals.zones > 1 ? ",\n" : "\n");
    struct json_writer json;
    json_init(&json, list->out, true);
    write_scan(&json, record);
}

void list_json_end(struct report_list *list)
{
    buf_append_text(list->out, list->totals.zones > 0 ? "\n]\n" : "]\n");
}

void list_ndjson_begin(struct report_list *list)
{
    (void)list;
}

void list_ndjson_add(struct report_list *list, const struct scan_record *record)
{
    scan_ndjson_write(record, &list->style, list->out);
}

void list_ndjson_end(struct report_list *list)
{
    (void)list;
}
