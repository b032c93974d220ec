#include "base/json_writer.h"
#include "tests/lab/lab.h"

static void key_codes(struct json_writer *json, const char *key, const char *const *codes)
{
    json_key(json, key);
    json_array_open(json);
    for (size_t i = 0; i < LAB_CODES_MAX && codes[i] != NULL; i++)
        json_text(json, codes[i]);
    json_array_close(json);
}

static void write_expectation(struct json_writer *json, const struct lab_site *site)
{
    const struct lab_expectation *expected = &site->expected;
    json_key(json, "expected");
    if (site->canary) {
        json_null(json);
        return;
    }
    json_object_open(json);
    json_key_text(json, "status", expected->status);
    json_key_text(json, "incomplete_reason", expected->incomplete_reason);
    json_key_text(json, "supported_mode", expected->supported_mode);
    json_key_text(json, "recommended_mode", expected->recommended_mode);
    json_key_text(json, "zone_mode", expected->zone_mode);
    json_key_text(json, "action", expected->action);
    key_codes(json, "blockers", expected->blockers);
    key_codes(json, "may_also", expected->may_also);
    key_codes(json, "warnings", expected->warnings);
    json_object_close(json);
}

static void write_place(struct json_writer *json, const struct lab_site *site, const struct lab_served *served)
{
    struct buf option = {0};
    json_key_text(json, "address", served->address);
    json_key_int(json, "http_port", served->http_port);
    json_key_int(json, "https_port", served->https_port);
    buf_printf(&option, "%s=%s:%u:%u", site->hostname, served->address, served->http_port, served->https_port);
    json_key_text(json, "origin_option", buf_text(&option));
    buf_release(&option);
}

void lab_describe(const struct lab_site *site, const struct lab_served *served, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, false);
    json_object_open(&json);
    json_key_text(&json, "record", "site");
    json_key_text(&json, "name", site->name);
    json_key_text(&json, "hostname", site->hostname);
    json_key_text(&json, "zone", site->zone);
    if (served != NULL)
        write_place(&json, site, served);
    json_key_text(&json, "behaviour", site->sentence);
    json_key_bool(&json, "slow", site->slow);
    json_key_bool(&json, "canary", site->canary);
    write_expectation(&json, site);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void key_seen(struct json_writer *json, const char *key, const struct lab_seen *seen)
{
    json_key(json, key);
    json_array_open(json);
    for (uint32_t i = 0; i < seen->count && i < LAB_SEEN_MAX; i++)
        json_text(json, seen->text[i]);
    json_array_close(json);
}

void lab_describe_stats(const struct lab_served *served, const struct lab_stats *stats, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, false);
    json_object_open(&json);
    json_key_text(&json, "record", "stats");
    json_key_text(&json, "name", served->site->name);
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {
        {"connections", stats->connections},
        {"handshakes", stats->handshakes},
        {"resumed", stats->resumed},
        {"requests", stats->requests},
        {"http_requests", stats->http_requests},
        {"https_requests", stats->https_requests},
        {"not_get", stats->not_get},
        {"state_changing", stats->state_changing},
        {"robots", stats->robots},
        {"bytes_sent", stats->bytes_sent},
        {"max_concurrent", stats->max_concurrent},
        {"max_requests_in_one_second", stats->max_requests_in_one_second},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        json_key(&json, numbers[i].key);
        json_uint(&json, numbers[i].value);
    }
    key_seen(&json, "methods", &stats->methods);
    key_seen(&json, "user_agents", &stats->user_agents);
    key_seen(&json, "hosts", &stats->hosts);
    key_seen(&json, "server_names", &stats->server_names);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}
