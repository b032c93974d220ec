/* One scan as a page: a headline for each hostname, then its origins with what was found, then what it cost. */
#include "reports/phrases.h"
#include "reports/text_page.h"
#include "reports/writers.h"

#include <string.h>

#define LABEL_COLUMN  4
#define FACT_COLUMN   17
#define URLS_PER_CODE 5 /* explain shows all of them */
#define URL_COLUMNS   200

static enum text_color decision_color(const struct decision *decision, enum scan_status status)
{
    if (status != STATUS_COMPLETE) {
        return TEXT_WARNING;
    }
    switch (decision->action) {
    case ACTION_UPGRADE:
        return TEXT_GOOD;
    case ACTION_HOLD:
        return TEXT_WARNING;
    case ACTION_NONE:
        return TEXT_PLAIN;
    }
    return TEXT_PLAIN;
}

static void write_fact(struct text_page *page, const char *label, enum text_color color, const char *fact)
{
    text_pad(page, LABEL_COLUMN);
    text_put(page, TEXT_DIM, label);
    text_pad(page, FACT_COLUMN);
    text_wrap(page, FACT_COLUMN, color, fact);
    text_end_line(page);
}

/* A sentence below a headline; nothing for an empty one. */
static void write_sentence(struct text_page *page, int indent, enum text_color color, const char *sentence)
{
    if (sentence == NULL || sentence[0] == '\0') {
        return;
    }
    text_pad(page, indent);
    text_wrap(page, indent, color, sentence);
    text_end_line(page);
}

static void write_url(struct text_page *page, const char *url, const char *detail, int64_t since_s)
{
    struct buf text;
    buf_init(&text, 0);
    text_pad(page, LABEL_COLUMN + 4);
    if (url != NULL) {
        text_wrap_cut(page, LABEL_COLUMN + 6, TEXT_BOLD, url, URL_COLUMNS);
        text_put(page, TEXT_PLAIN, ": ");
    }
    buf_printf(&text, "%s%s", detail != NULL ? detail : "", since_s >= 0 ? " (since " : "");
    if (since_s >= 0) {
        phrase_day(&text, since_s);
        buf_append_text(&text, ")");
    }
    text_wrap(page, LABEL_COLUMN + 6, TEXT_PLAIN, buf_text(&text));
    text_end_line(page);
    buf_release(&text);
}

static bool same_group(const struct blocker *a, const struct blocker *b)
{
    return a->code == b->code && a->rules_out == b->rules_out;
}

static void write_group_urls(struct text_page *page, const struct origin_record *origin, const struct blocker *first)
{
    size_t shown = 0;
    size_t hidden = 0;
    for (const struct blocker *blocker = first; blocker < origin->blockers + origin->blocker_count; blocker++) {
        if (!same_group(blocker, first)) {
            continue;
        }
        if (shown == URLS_PER_CODE) {
            hidden++;
            continue;
        }
        write_url(page, blocker->url, blocker->detail, blocker->first_seen_s);
        shown++;
    }
    if (hidden > 0) {
        text_pad(page, LABEL_COLUMN + 4);
        text_printf(page, TEXT_DIM, "and %zu more (explain shows them all)", hidden);
        text_end_line(page);
    }
}

static void write_group(struct text_page *page, const struct origin_record *origin, const struct blocker *first)
{
    struct buf modes;
    buf_init(&modes, 0);
    phrase_modes(&modes, first->rules_out);
    text_pad(page, LABEL_COLUMN);
    text_put(page, TEXT_BAD, "✗ ");
    text_put(page, TEXT_BAD, code_name(first->code));
    text_printf(page, TEXT_PLAIN, " rules out %s", buf_text(&modes));
    text_end_line(page);
    write_sentence(page, LABEL_COLUMN + 2, TEXT_PLAIN, code_sentence(first->code));
    write_group_urls(page, origin, first);
    text_pad(page, LABEL_COLUMN + 2);
    text_put(page, TEXT_GOOD, "→ ");
    text_wrap(page, LABEL_COLUMN + 4, TEXT_PLAIN, code_remedy(first->code));
    text_end_line(page);
    buf_release(&modes);
}

static void write_blockers(struct text_page *page, const struct origin_record *origin)
{
    bool written[CODE_COUNT][1u << MODE_COUNT] = {{false}};
    for (size_t i = 0; i < origin->blocker_count; i++) {
        const struct blocker *blocker = &origin->blockers[i];
        bool *group = &written[blocker->code][blocker->rules_out & ((1u << MODE_COUNT) - 1)];
        if (!*group) {
            write_group(page, origin, blocker);
            *group = true;
        }
    }
}

static void write_warning(struct text_page *page, const struct warning *warning)
{
    text_pad(page, LABEL_COLUMN);
    text_put(page, TEXT_WARNING, "! ");
    text_put(page, TEXT_WARNING, code_name(warning->code));
    if (warning->url != NULL) {
        text_put(page, TEXT_PLAIN, " ");
        text_wrap_cut(page, LABEL_COLUMN + 2, TEXT_BOLD, warning->url, URL_COLUMNS);
    }
    text_put(page, TEXT_PLAIN, ": ");
    text_wrap(page, LABEL_COLUMN + 2, TEXT_PLAIN,
              warning->detail != NULL ? warning->detail : code_sentence(warning->code));
    text_end_line(page);
}

static void write_origin_facts(struct text_page *page, const struct origin_record *origin, int64_t now_s)
{
    struct buf text;
    buf_init(&text, 0);
    if (origin->certificate.seen) {
        phrase_certificate(&text, &origin->certificate, now_s);
        write_fact(page, "certificate", origin->certificate.verdict == CODE_NONE ? TEXT_PLAIN : TEXT_BAD,
                   buf_text(&text));
    }
    if (origin->tls.seen) {
        buf_reset(&text);
        phrase_tls(&text, &origin->tls);
        write_fact(page, "tls", TEXT_PLAIN, buf_text(&text));
        buf_reset(&text);
        phrase_tls_reach(&text, &origin->tls);
        if (text.len > 0) {
            write_fact(page, "", TEXT_PLAIN, buf_text(&text));
        }
    }
    if (pair_counts_compared(&origin->pairs) > 0) {
        buf_reset(&text);
        phrase_pairs(&text, &origin->pairs);
        write_fact(page, "pairs", TEXT_PLAIN, buf_text(&text));
    }
    buf_release(&text);
}

static void write_origin(struct text_page *page, const struct origin_record *origin, int64_t now_s)
{
    struct buf text;
    buf_init(&text, 0);
    phrase_origin(&text, origin);
    text_pad(page, 2);
    text_put(page, TEXT_BOLD, buf_text(&text));
    if (origin->status == STATUS_COMPLETE) {
        text_printf(page, TEXT_PLAIN, "  supports %s",
                    origin->supported_mode == MODE_NONE ? "no mode that we know of"
                                                        : mode_name(origin->supported_mode));
    }
    text_end_line(page);
    if (origin->status == STATUS_INCOMPLETE) {
        const char *reason = code_name(origin->incomplete_reason);
        buf_reset(&text);
        buf_printf(&text, "no verdict: %s", reason != NULL ? reason : "unknown");
        write_fact(page, "status", TEXT_WARNING, buf_text(&text));
        write_sentence(page, FACT_COLUMN, TEXT_PLAIN,
                       origin->incomplete_detail != NULL ? origin->incomplete_detail
                                                         : code_sentence(origin->incomplete_reason));
    }
    write_origin_facts(page, origin, now_s);
    write_blockers(page, origin);
    for (size_t i = 0; i < origin->warning_count; i++) {
        write_warning(page, &origin->warnings[i]);
    }
    buf_release(&text);
}

static void write_headline(struct text_page *page, const struct hostname_record *hostname)
{
    struct buf text;
    buf_init(&text, 0);
    text_put(page, TEXT_BOLD, hostname->hostname);
    text_put(page, TEXT_PLAIN, "   ");
    phrase_change(&text, hostname->current_mode, hostname->recommended_mode);
    text_put(page, TEXT_BOLD, buf_text(&text));
    text_put(page, TEXT_PLAIN, "   ");
    buf_reset(&text);
    phrase_decision(&text, &hostname->decision, hostname->status, hostname->incomplete_reason);
    text_put(page, decision_color(&hostname->decision, hostname->status), buf_text(&text));
    text_end_line(page);
    buf_release(&text);
}

static void write_linked_hostnames(struct text_page *page, const struct hostname_record *hostname)
{
    if (hostname->candidate_count == 0) {
        return;
    }
    struct buf text;
    buf_init(&text, 0);
    buf_append_text(&text, "Its pages also link to ");
    for (size_t i = 0; i < hostname->candidate_count; i++) {
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", hostname->candidates[i]);
    }
    buf_append_text(&text, ": give their origins, too.");
    write_sentence(page, 2, TEXT_PLAIN, buf_text(&text));
    buf_release(&text);
}

static void write_hostname(struct text_page *page, const struct hostname_record *hostname, int64_t now_s)
{
    struct buf text;
    buf_init(&text, 0);
    write_headline(page, hostname);
    write_sentence(page, 2, TEXT_PLAIN, hostname->decision.reason);
    phrase_policy(&text, &hostname->decision);
    write_sentence(page, 2, TEXT_DIM, buf_text(&text));
    buf_reset(&text);
    phrase_confidence(&text, &hostname->confidence, hostname->decision.action);
    write_sentence(page, 2, TEXT_PLAIN, buf_text(&text));
    for (size_t i = 0; i < hostname->origin_count; i++) {
        write_origin(page, &hostname->origins[i], now_s);
    }
    write_linked_hostnames(page, hostname);
    buf_release(&text);
}

/* What the zone as a whole gets: said only where it says more than its one hostname does. */
static void write_zone_verdict(struct text_page *page, const struct scan_record *record)
{
    struct buf text;
    buf_init(&text, 0);
    phrase_decision(&text, &record->decision, record->status, record->incomplete_reason);
    if (record->recommended_mode != MODE_NONE) {
        buf_append_text(&text, ": ");
        phrase_change(&text, record->current_mode, record->recommended_mode);
        buf_append_text(&text, " for the zone as a whole");
    }
    text_pad(page, 2);
    text_wrap(page, 2, decision_color(&record->decision, record->status), buf_text(&text));
    text_end_line(page);
    write_sentence(page, 2, TEXT_PLAIN, record->decision.reason);
    buf_release(&text);
}

static void write_zone(struct text_page *page, const struct scan_record *record)
{
    struct buf text;
    buf_init(&text, 0);
    text_printf(page, TEXT_BOLD, "zone %s", record->zone);
    buf_append_text(&text, "   scanned ");
    phrase_minute(&text, record->finished_s);
    text_put(page, TEXT_DIM, buf_text(&text));
    text_end_line(page);
    if (record->hostname_count != 1) {
        write_zone_verdict(page, record);
    }
    buf_release(&text);
}

void scan_text_write(const struct scan_record *record, const struct report_style *style, struct buf *out)
{
    struct text_page page;
    text_page_init(&page, style, out);
    struct buf cost;
    buf_init(&cost, 0);
    write_zone(&page, record);
    for (size_t i = 0; i < record->hostname_count; i++) {
        text_end_line(&page);
        write_hostname(&page, &record->hostnames[i], record->finished_s);
    }
    text_end_line(&page);
    buf_append_text(&cost, "cost: ");
    phrase_cost(&cost, &record->cost);
    text_wrap(&page, 2, TEXT_DIM, buf_text(&cost));
    text_end_line(&page);
    buf_release(&cost);
}
