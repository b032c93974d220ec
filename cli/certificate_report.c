#include "cli/certificate_report.h"

#include "base/clock.h"
#include "base/utf8.h"

#define TEXT_NAMES_MAX  10
#define SECONDS_PER_DAY 86400

/* INT64_MIN stands for a date that cannot be read; JSON knows null for it, whatever the sign of a date. */
static void append_time(struct json_writer *json, const char *key, int64_t unix_s)
{
    char text[RFC3339_BYTES];
    json_key_text(json, key, unix_s == INT64_MIN ? NULL : time_format(unix_s, text));
}

static void append_days(struct json_writer *json, const char *key, int64_t seconds,
                        const struct certificate_facts *facts)
{
    if (facts->not_after_s == INT64_MIN) {
        json_key_null(json, key);
        return;
    }
    json_key_number(json, key, (double)seconds / SECONDS_PER_DAY, 1);
}

static void append_text_or_null(struct json_writer *json, const char *key, const char *text)
{
    json_key_text(json, key, text != NULL && *text != '\0' ? text : NULL);
}

static void append_problems(struct json_writer *json, const struct certificate_result *result)
{
    json_key(json, "problems");
    json_array_open(json);
    for (int problem = 0; problem < CERTIFICATE_PROBLEM_COUNT; problem++) {
        if ((result->problems >> problem & 1) != 0) {
            json_object_open(json);
            json_key_text(json, "code", certificate_problem_code((enum certificate_problem)problem));
            json_key_text(json, "detail", result->details[problem]);
            json_object_close(json);
        }
    }
    json_array_close(json);
}

static void append_names(struct json_writer *json, const struct certificate_facts *facts)
{
    json_key(json, "names");
    json_array_open(json);
    for (size_t i = 0; i < facts->name_count; i++) {
        json_text(json, facts->names[i]);
    }
    json_array_close(json);
}

static const char *verdict_detail(const struct certificate_result *result)
{
    return result->verdict == CERTIFICATE_PROBLEM_COUNT ? NULL : result->details[result->verdict];
}

static bool expires_soon(const struct certificate_result *result)
{
    const struct certificate_expiry_policy policy = CERTIFICATE_EXPIRY_POLICY_DEFAULT;
    return certificate_expires_soon(&result->facts, &policy);
}

void certificate_report_json(struct json_writer *json, const struct certificate_result *result)
{
    const struct certificate_facts *facts = &result->facts;
    json_key_text(json, "verdict", certificate_verdict_name(result->verdict));
    json_key_text(json, "detail", verdict_detail(result));
    append_problems(json, result);
    json_key_text(json, "trust", trust_kind_name(result->trust));
    append_text_or_null(json, "root", result->root);
    append_time(json, "not_before", facts->not_before_s);
    append_time(json, "not_after", facts->not_after_s);
    append_names(json, facts);
    append_text_or_null(json, "subject", facts->subject);
    append_text_or_null(json, "issuer", facts->issuer);
    append_text_or_null(json, "serial", facts->serial);
    append_text_or_null(json, "key", facts->key);
    append_text_or_null(json, "signature", facts->signature_algorithm);
    append_text_or_null(json, "spki_sha256", facts->spki_sha256);
    append_text_or_null(json, "issuer_url", facts->aia_issuer_url);
    json_key_bool(json, "must_staple", facts->must_staple);
    json_key_bool(json, "cn_only", result->cn_only);
    json_key_bool(json, "expires_soon", expires_soon(result));
    json_key_bool(json, "crl_stale", result->crl_stale);
    json_key_int(json, "chain_length", (int64_t)result->chain_sent);
    append_days(json, "lifetime_days", facts->lifetime_s, facts);
    append_days(json, "days_left", facts->left_s, facts);
    json_key_text(json, "ocsp", certificate_ocsp_name(result->ocsp));
}

void certificate_report_row(struct buf *out, const char *label, const char *text)
{
    if (text != NULL && *text != '\0') {
        buf_printf(out, "  %-13s ", label);
        utf8_append_visible(out, slice_of(text));
        buf_append_byte(out, '\n');
    }
}

static void append_name_row(struct buf *out, const struct certificate_facts *facts)
{
    struct buf names = {.data = NULL};
    for (size_t i = 0; i < facts->name_count && i < TEXT_NAMES_MAX; i++) {
        buf_printf(&names, "%s%s", i == 0 ? "" : ", ", facts->names[i]);
    }
    if (facts->names_total > TEXT_NAMES_MAX) {
        buf_printf(&names, " and %zu more", facts->names_total - TEXT_NAMES_MAX);
    }
    certificate_report_row(out, "names", buf_text(&names));
    buf_release(&names);
}

static void append_validity_row(struct buf *out, const struct certificate_result *result)
{
    char from[RFC3339_BYTES];
    char to[RFC3339_BYTES];
    const struct certificate_facts *facts = &result->facts;
    if (facts->not_before_s == INT64_MIN || facts->not_after_s == INT64_MIN) {
        return;
    }
    buf_printf(out, "  %-12s%s to %s%s\n", "valid", time_format(facts->not_before_s, from),
               time_format(facts->not_after_s, to), expires_soon(result) ? ", expires soon" : "");
}

void certificate_report_text(struct buf *out, const struct certificate_result *result)
{
    const struct certificate_facts *facts = &result->facts;
    for (int problem = 0; problem < CERTIFICATE_PROBLEM_COUNT; problem++) {
        if ((result->problems >> problem & 1) != 0) {
            certificate_report_row(out, "problem", result->details[problem]);
        }
    }
    certificate_report_row(out, "subject", facts->subject);
    certificate_report_row(out, "issuer", facts->issuer);
    append_name_row(out, facts);
    append_validity_row(out, result);
    certificate_report_row(out, "key", facts->key);
    certificate_report_row(out, "signature", facts->signature_algorithm);
    certificate_report_row(out, "public key", facts->spki_sha256);
    certificate_report_row(out, "trust", trust_kind_name(result->trust));
    certificate_report_row(out, "root", result->root);
    certificate_report_row(out, "note", result->cn_only ? "the hostname stands in the common name alone" : NULL);
    certificate_report_row(out, "note", result->crl_stale ? "a revocation list is past its next update" : NULL);
}

int certificate_pins_parse(const struct option_list *texts, struct arena *arena, struct certificate_input *input,
                           struct err *err)
{
    struct certificate_pin *pins = arena_alloc(arena, (texts->count + 1) * sizeof *pins);
    if (pins == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < texts->count; i++) {
        if (certificate_pin_parse(slice_of(texts->items[i]), &pins[i]) != 0) {
            return err_set(err, ERR_USAGE, "option --pin: '%s' is not sha256/ and the base64 of 32 bytes",
                           texts->items[i]);
        }
    }
    input->pins = pins;
    input->pin_count = texts->count;
    return 0;
}
