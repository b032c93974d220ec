#include "scan/evidence_digest.h"

#include "base/buf.h"

#include <inttypes.h>

/* One line a value: name, length and bytes, so that nothing can be read in two ways. */
static void put_text(struct buf *out, const char *name, const char *text)
{
    struct slice value = slice_of(text);
    buf_printf(out, "%s %zu ", name, text == NULL ? (size_t)0 : value.len + 1);
    buf_append_slice(out, value);
    buf_append_byte(out, '\n');
}

static void put_int(struct buf *out, const char *name, int64_t value)
{
    buf_printf(out, "%s %" PRId64 "\n", name, value);
}

/* Exact, and the same after a database has kept it. */
static void put_real(struct buf *out, const char *name, double value)
{
    buf_printf(out, "%s %a\n", name, value < 0 ? -1 : value);
}

static void put_confidence(struct buf *out, const struct confidence *confidence)
{
    put_int(out, "pairs", confidence->pairs);
    put_int(out, "against", confidence->against);
    put_real(out, "upper_bound", confidence->upper_bound);
    put_real(out, "level", confidence->level);
}

static void put_certificate(struct buf *out, const struct certificate_record *certificate)
{
    put_int(out, "certificate", certificate->seen);
    if (certificate->seen) {
        put_text(out, "verdict", code_name(certificate->verdict));
        put_int(out, "not_after", certificate->not_after_s);
        put_text(out, "spki_sha256", certificate->spki_sha256);
    }
}

static void put_origin(struct buf *out, const struct origin_record *origin)
{
    put_text(out, "address", origin->address);
    put_int(out, "http_port", origin->http_port);
    put_int(out, "https_port", origin->https_port);
    put_text(out, "status", scan_status_name(origin->status));
    put_text(out, "incomplete_reason", code_name(origin->incomplete_reason));
    put_text(out, "incomplete_detail", origin->incomplete_detail);
    put_int(out, "safe_modes", origin->safe_modes);
    for (size_t i = 0; i < origin->blocker_count; i++) {
        put_text(out, "blocker", code_name(origin->blockers[i].code));
        put_int(out, "rules_out", origin->blockers[i].rules_out);
        put_text(out, "url", origin->blockers[i].url);
        put_text(out, "detail", origin->blockers[i].detail);
    }
    for (size_t i = 0; i < origin->warning_count; i++) {
        put_text(out, "warning", code_name(origin->warnings[i].code));
        put_text(out, "url", origin->warnings[i].url);
        put_text(out, "detail", origin->warnings[i].detail);
    }
    for (int i = 0; i < PAIR_VERDICT_COUNT; i++) {
        put_int(out, pair_verdict_name((enum pair_verdict)i), origin->pairs.of[i]);
    }
    put_certificate(out, &origin->certificate);
}

static int finish(struct buf *out, char digest[DIGEST_TEXT_BYTES], struct err *err)
{
    int result = out->failed ? err_memory(err) : digest_sha256(buf_slice(out), digest, err);
    buf_release(out);
    return result;
}

int evidence_digest_hostname(const struct hostname_record *hostname, char digest[DIGEST_TEXT_BYTES], struct err *err)
{
    struct buf out = {.data = NULL};
    put_text(&out, "hostname", hostname->hostname);
    put_text(&out, "status", scan_status_name(hostname->status));
    put_text(&out, "incomplete_reason", code_name(hostname->incomplete_reason));
    put_text(&out, "current_mode", mode_name(hostname->current_mode));
    put_text(&out, "ceiling", mode_name(hostname->ceiling));
    put_text(&out, "setting", setting_name(hostname->setting));
    put_int(&out, "always_https", hostname->always_https);
    put_text(&out, "supported_mode", mode_name(hostname->supported_mode));
    put_text(&out, "recommended_mode", mode_name(hostname->recommended_mode));
    put_int(&out, "safe_modes", hostname->safe_modes);
    put_confidence(&out, &hostname->confidence);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        put_origin(&out, &hostname->origins[i]);
    }
    return finish(&out, digest, err);
}

int evidence_digest_opt_out(const struct store_opt_out *entry, char digest[DIGEST_TEXT_BYTES], struct err *err)
{
    struct buf out = {.data = NULL};
    put_text(&out, "kind", opt_out_kind_name(entry->kind));
    put_text(&out, "value", entry->value);
    put_text(&out, "reason", entry->reason);
    put_text(&out, "source", entry->source);
    put_int(&out, "expires", entry->expires_s);
    return finish(&out, digest, err);
}

static void put_arm(struct buf *out, const struct arm_counts *arm)
{
    put_int(out, "requests", (int64_t)arm->requests);
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        put_int(out, failure_class_key((enum failure_class)i), arm->given[i] ? (int64_t)arm->failures[i] : -1);
    }
}

int evidence_digest_observations(const struct observation *observations, size_t count, char digest[DIGEST_TEXT_BYTES],
                                 struct err *err)
{
    struct buf out = {.data = NULL};
    for (size_t i = 0; i < count; i++) {
        put_int(&out, "start", observations[i].start_s);
        put_int(&out, "end", observations[i].end_s);
        put_int(&out, "percent", observations[i].percent);
        put_arm(&out, &observations[i].candidate);
        put_arm(&out, &observations[i].control);
    }
    return finish(&out, digest, err);
}
