/* Why this mode, and what would lift it: the ladder from the strongest mode down, each rung with its evidence. */
#include "reports/ladder.h"
#include "reports/phrases.h"
#include "reports/remedy.h"
#include "reports/text_page.h"
#include "reports/writers.h"

#include <string.h>

#define RUNG_COLUMN        15
#define REASON_COLUMN      4
#define FACT_COLUMN        16
#define URL_COLUMNS        400
#define ORIGIN_FACT_COLUMN 19

static enum text_color rung_color(enum rung_state state)
{
    switch (state) {
    case RUNG_TODAY:
        return TEXT_BOLD;
    case RUNG_SAFE:
        return TEXT_GOOD;
    case RUNG_HELD:
    case RUNG_UNKNOWN:
        return TEXT_WARNING;
    case RUNG_TODAY_BROKEN:
    case RUNG_RULED_OUT:
        return TEXT_BAD;
    case RUNG_WEAKER:
    case RUNG_NOT_ASKED:
        return TEXT_DIM;
    }
    return TEXT_PLAIN;
}

static void write_fact(struct text_page *page, const char *label, const char *fact)
{
    if (fact == NULL || fact[0] == '\0') {
        return;
    }
    text_pad(page, REASON_COLUMN + 2);
    text_put(page, TEXT_DIM, label);
    text_pad(page, FACT_COLUMN);
    text_wrap(page, FACT_COLUMN, TEXT_PLAIN, fact);
    text_end_line(page);
}

/* Where a code was seen: the origin, the URL and since when, and below it what was seen there. */
static void write_sighting(struct text_page *page, const struct origin_record *origin, const char *url,
                           const char *detail, int64_t first_seen_s)
{
    struct buf text;
    buf_init(&text, 0);
    phrase_origin(&text, origin);
    if (first_seen_s >= 0) {
        buf_append_text(&text, ", since ");
        phrase_day(&text, first_seen_s);
    }
    text_pad(page, REASON_COLUMN + 2);
    text_put(page, TEXT_DIM, "seen");
    text_pad(page, FACT_COLUMN);
    if (url != NULL) {
        text_wrap_cut(page, FACT_COLUMN, TEXT_BOLD, url, URL_COLUMNS);
        text_put(page, TEXT_PLAIN, "  ");
    }
    text_wrap(page, FACT_COLUMN, TEXT_DIM, buf_text(&text));
    text_end_line(page);
    if (detail != NULL) {
        text_pad(page, FACT_COLUMN + 2);
        text_wrap(page, FACT_COLUMN + 2, TEXT_PLAIN, detail);
        text_end_line(page);
    }
    buf_release(&text);
}

/* With the remedy for what the origin (NULL: none in particular) showed at the URL. */
static void write_code(struct text_page *page, enum code code, const struct origin_record *origin, const char *url)
{
    struct buf remedy = {.data = NULL};
    if (origin == NULL) {
        buf_append_text(&remedy, code_remedy(code));
    } else {
        remedy_append(&remedy, origin, code, url);
    }
    text_pad(page, REASON_COLUMN);
    text_put(page, TEXT_BOLD, code_name(code));
    text_end_line(page);
    write_fact(page, "what", code_sentence(code));
    write_fact(page, "visitors", code_visitor_sees(code));
    write_fact(page, "remedy", buf_text(&remedy));
    buf_release(&remedy);
}

/* A blocker is shown on the lowest rung where it counts; the higher ones refer to it. */
static bool write_blocker_code(struct text_page *page, const struct ladder *ladder, enum code code, enum mode mode)
{
    bool any = false;
    for (size_t i = 0; i < ladder->hostname->origin_count; i++) {
        const struct origin_record *origin = &ladder->hostname->origins[i];
        for (size_t k = 0; k < origin->blocker_count; k++) {
            const struct blocker *blocker = &origin->blockers[k];
            if (blocker->code != code || ladder_lowest_rung(ladder, blocker) != mode) {
                continue;
            }
            if (!any) {
                write_code(page, code, origin, blocker->url);
                any = true;
            }
            write_sighting(page, origin, blocker->url, blocker->detail, blocker->first_seen_s);
        }
    }
    return any;
}

/* False where every blocker of this mode is shown further down. */
static bool write_blockers(struct text_page *page, const struct ladder *ladder, enum mode mode)
{
    bool any = false;
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        any = write_blocker_code(page, ladder, (enum code)code, mode) || any;
    }
    return any;
}

static void write_reference(struct text_page *page)
{
    text_pad(page, REASON_COLUMN);
    text_put(page, TEXT_PLAIN, "for the same reasons as the next weaker mode");
    text_end_line(page);
}

static void write_what_is_broken(struct text_page *page, const struct ladder *ladder)
{
    write_code(page, CODE_CURRENT_MODE_BROKEN, NULL, NULL);
    for (size_t i = 0; i < ladder->hostname->origin_count; i++) {
        const struct origin_record *origin = &ladder->hostname->origins[i];
        for (size_t k = 0; k < origin->warning_count; k++) {
            const struct warning *warning = &origin->warnings[k];
            if (ladder_warning_counts(warning, RUNG_TODAY_BROKEN)) {
                write_sighting(page, origin, warning->url, warning->detail, -1);
            }
        }
    }
}

/* Why nothing is known: the reason of each origin that gave no verdict, on the lowest rung that lacks one. */
static void write_missing_verdicts(struct text_page *page, const struct ladder *ladder, enum mode mode)
{
    if (mode > MODE_OFF && ladder->states[mode - 1] == RUNG_UNKNOWN) {
        write_reference(page);
        return;
    }
    for (size_t i = 0; i < ladder->hostname->origin_count; i++) {
        const struct origin_record *origin = &ladder->hostname->origins[i];
        if (origin->incomplete_reason != CODE_NONE) {
            write_code(page, origin->incomplete_reason, origin, NULL);
            write_sighting(page, origin, NULL, origin->incomplete_detail, -1);
        }
    }
}

/* What a mode that asks for a valid certificate takes for granted. */
static void write_trust_conditions(struct text_page *page, const struct ladder *ladder, enum mode mode)
{
    for (size_t i = 0; mode_needs_certificate(mode) && i < ladder->hostname->origin_count; i++) {
        const struct certificate_record *certificate = &ladder->hostname->origins[i].certificate;
        if (certificate->trust == NULL || strcmp(certificate->trust, "origin_ca") != 0) {
            continue;
        }
        text_pad(page, REASON_COLUMN);
        text_put(page, TEXT_PLAIN, "the certificate is valid only for an edge that trusts the Origin CA");
        text_end_line(page);
        return;
    }
}

static void write_rung_reasons(struct text_page *page, const struct ladder *ladder, enum mode mode)
{
    switch (ladder->states[mode]) {
    case RUNG_RULED_OUT:
        if (!write_blockers(page, ladder, mode)) {
            write_reference(page);
        }
        break;
    case RUNG_TODAY_BROKEN:
        write_what_is_broken(page, ladder);
        write_blockers(page, ladder, mode);
        break;
    case RUNG_UNKNOWN:
        write_missing_verdicts(page, ladder, mode);
        break;
    case RUNG_TODAY:
    case RUNG_SAFE:
    case RUNG_HELD:
        write_trust_conditions(page, ladder, mode);
        break;
    case RUNG_WEAKER:
    case RUNG_NOT_ASKED:
        break;
    }
}

static void write_rung(struct text_page *page, const struct ladder *ladder, enum mode mode)
{
    enum rung_state state = ladder->states[mode];
    text_pad(page, 2);
    text_put(page, state == RUNG_WEAKER || state == RUNG_NOT_ASKED ? TEXT_DIM : TEXT_BOLD, mode_name(mode));
    text_pad(page, RUNG_COLUMN);
    text_put(page, rung_color(state), rung_state_phrase(state));
    if (mode == ladder->hostname->recommended_mode && mode != ladder->hostname->current_mode) {
        text_put(page, TEXT_BOLD, "  ← recommended");
    }
    text_end_line(page);
    write_rung_reasons(page, ladder, mode);
}

static void write_warning_code(struct text_page *page, const struct hostname_record *hostname, enum code code)
{
    bool any = false;
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t k = 0; k < origin->warning_count; k++) {
            const struct warning *warning = &origin->warnings[k];
            if (warning->code != code) {
                continue;
            }
            if (!any) {
                write_code(page, code, origin, warning->url);
                any = true;
            }
            write_sighting(page, origin, warning->url, warning->detail, -1);
        }
    }
}

static bool has_other_warnings(const struct hostname_record *hostname)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        for (size_t k = 0; k < hostname->origins[i].warning_count; k++) {
            if (!ladder_warning_counts(&hostname->origins[i].warnings[k], RUNG_TODAY_BROKEN)) {
                return true;
            }
        }
    }
    return false;
}

/* What rules nothing out, but should be known. A broken mode of today is shown on its rung. */
static void write_warnings(struct text_page *page, const struct hostname_record *hostname)
{
    if (!has_other_warnings(hostname)) {
        return;
    }
    text_end_line(page);
    text_pad(page, 2);
    text_put(page, TEXT_BOLD, "worth knowing");
    text_end_line(page);
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        if (code != CODE_CURRENT_MODE_BROKEN) {
            write_warning_code(page, hostname, (enum code)code);
        }
    }
}

static void write_origin_fact(struct text_page *page, const char *label, const struct buf *fact)
{
    text_pad(page, REASON_COLUMN + 2);
    text_put(page, TEXT_DIM, label);
    text_pad(page, ORIGIN_FACT_COLUMN);
    text_wrap(page, ORIGIN_FACT_COLUMN, TEXT_PLAIN, buf_text(fact));
    text_end_line(page);
}

/* What each origin showed of its certificate and its TLS, whatever follows from it. */
static void write_origins(struct text_page *page, const struct hostname_record *hostname, int64_t now_s)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        if (!origin->certificate.seen && !origin->tls.seen) {
            continue;
        }
        text_end_line(page);
        text_pad(page, 2);
        buf_reset(&text);
        phrase_origin(&text, origin);
        text_put(page, TEXT_BOLD, buf_text(&text));
        text_end_line(page);
        buf_reset(&text);
        phrase_certificate(&text, &origin->certificate, now_s);
        write_origin_fact(page, "certificate", &text);
        if (origin->tls.seen) {
            buf_reset(&text);
            phrase_tls(&text, &origin->tls);
            write_origin_fact(page, "tls", &text);
            buf_reset(&text);
            phrase_tls_reach(&text, &origin->tls);
            if (text.len > 0) {
                write_origin_fact(page, "hellos", &text);
            }
        }
    }
    buf_release(&text);
}

static void write_hostname(struct text_page *page, const struct hostname_record *hostname, int64_t now_s)
{
    struct buf text;
    buf_init(&text, 0);
    buf_append_text(&text, "   ");
    phrase_change(&text, hostname->current_mode, hostname->recommended_mode);
    buf_append_text(&text, "   ");
    phrase_decision(&text, &hostname->decision, hostname->status, hostname->incomplete_reason);
    text_put(page, TEXT_BOLD, hostname->hostname);
    text_put(page, TEXT_PLAIN, buf_text(&text));
    text_end_line(page);
    if (hostname->decision.reason != NULL) {
        text_pad(page, 2);
        text_wrap(page, 2, TEXT_PLAIN, hostname->decision.reason);
        text_end_line(page);
    }
    buf_reset(&text);
    phrase_policy(&text, &hostname->decision);
    if (text.len > 0) {
        text_pad(page, 2);
        text_wrap(page, 2, TEXT_DIM, buf_text(&text));
        text_end_line(page);
    }
    buf_reset(&text);
    if (hostname->rollout != NULL) {
        phrase_rollout(&text, hostname->rollout);
        text_pad(page, 2);
        text_wrap(page, 2, TEXT_PLAIN, buf_text(&text));
        text_end_line(page);
        buf_reset(&text);
    }
    phrase_confidence(&text, &hostname->confidence, hostname->decision.action);
    if (text.len > 0) {
        text_pad(page, 2);
        text_wrap(page, 2, TEXT_PLAIN, buf_text(&text));
        text_end_line(page);
    }
    text_end_line(page);
    struct ladder ladder = ladder_of(hostname);
    for (int mode = MODE_STRICT; mode >= MODE_OFF; mode--) {
        write_rung(page, &ladder, (enum mode)mode);
    }
    write_warnings(page, hostname);
    write_origins(page, hostname, now_s);
    buf_release(&text);
}

void explain_text_write(const struct scan_record *record, const struct report_style *style, struct buf *out)
{
    struct text_page page;
    text_page_init(&page, style, out);
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text, "zone %s", record->zone);
    text_put(&page, TEXT_BOLD, buf_text(&text));
    buf_reset(&text);
    buf_append_text(&text, "   scanned ");
    phrase_minute(&text, record->finished_s);
    text_put(&page, TEXT_DIM, buf_text(&text));
    text_end_line(&page);
    for (size_t i = 0; i < record->hostname_count; i++) {
        text_end_line(&page);
        write_hostname(&page, &record->hostnames[i], record->finished_s);
    }
    buf_release(&text);
}
