/* Many zones as a table: one row a hostname, and the totals below. Columns have fixed places, so that rows can be
 * written as they come; what is longer than its place gets a line of its own. */
#include "reports/phrases.h"
#include "reports/summary.h"
#include "reports/text_page.h"
#include "reports/writers.h"

#include <inttypes.h>
#include <string.h>

enum column { NAME = 0, TODAY = 30, RECOMMENDED = 43, DECISION = 56, PAIRS = 69, SCANNED = 76, BLOCKED_BY = 88 };

static void start_page(struct text_page *page, const struct report_list *list)
{
    text_page_init(page, &list->style, list->out);
}

void list_text_begin(struct report_list *list)
{
    struct text_page page;
    start_page(&page, list);
    static const struct {
        enum column column;
        const char *title;
    } titles[] = {{NAME, "NAME"},   {TODAY, "TODAY"},     {RECOMMENDED, "RECOMMENDED"}, {DECISION, "DECISION"},
                  {PAIRS, "PAIRS"}, {SCANNED, "SCANNED"}, {BLOCKED_BY, "BLOCKED BY"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (titles[i].column > 0) {
            text_pad(&page, titles[i].column);
        }
        text_put(&page, TEXT_BOLD, titles[i].title);
    }
    text_end_line(&page);
}

static void put_name(struct text_page *page, int indent, const char *name)
{
    if (indent > 0) {
        text_pad(page, indent);
    }
    text_put(page, indent > 0 ? TEXT_PLAIN : TEXT_BOLD, name);
    if (page->column >= TODAY) {
        text_end_line(page);
    }
    text_pad(page, TODAY);
}

static void put_modes(struct text_page *page, enum mode current, enum mode recommended)
{
    text_put(page, TEXT_PLAIN, phrase_mode(current));
    text_pad(page, RECOMMENDED);
    text_put(page, recommended > current ? TEXT_GOOD : TEXT_PLAIN,
             recommended == MODE_NONE ? "-" : mode_name(recommended));
    text_pad(page, DECISION);
}

static void put_decision(struct text_page *page, const struct decision *decision, enum scan_status status)
{
    if (status != STATUS_COMPLETE) {
        text_put(page, TEXT_WARNING, scan_status_name(status));
        return;
    }
    switch (decision->action) {
    case ACTION_UPGRADE:
        text_printf(page, TEXT_GOOD, "upgrade %d %%", decision->percent);
        break;
    case ACTION_HOLD:
        text_put(page, TEXT_WARNING, "hold");
        break;
    case ACTION_NONE:
        text_put(page, TEXT_PLAIN, "none");
        break;
    }
}

static void put_pairs_and_day(struct text_page *page, uint32_t pairs, int64_t scanned_s)
{
    struct buf day;
    buf_init(&day, 0);
    text_pad(page, PAIRS);
    if (pairs > 0) {
        text_printf(page, TEXT_PLAIN, "%5" PRIu32, pairs);
    } else {
        text_put(page, TEXT_PLAIN, "    -");
    }
    text_pad(page, SCANNED);
    phrase_day(&day, scanned_s);
    text_put(page, TEXT_PLAIN, scanned_s < 0 ? "-" : buf_text(&day));
    buf_release(&day);
}

/* The reason why there is no verdict, or each code that blocks, once. */
static void put_blockers(struct text_page *page, const struct hostname_record *hostname)
{
    struct code_set codes = summary_obstacles(hostname);
    struct buf names;
    buf_init(&names, 0);
    summary_append_codes(&names, &codes, ", ");
    if (names.len > 0) {
        text_pad(page, BLOCKED_BY);
        text_put(page, TEXT_PLAIN, buf_text(&names));
    }
    buf_release(&names);
}

static void put_hostname(struct text_page *page, const struct hostname_record *hostname, int indent, int64_t scanned_s)
{
    put_name(page, indent, hostname->hostname);
    put_modes(page, hostname->current_mode, hostname->recommended_mode);
    put_decision(page, &hostname->decision, hostname->status);
    put_pairs_and_day(page, hostname->confidence.pairs, scanned_s);
    put_blockers(page, hostname);
    text_end_line(page);
}

void list_text_add(struct report_list *list, const struct scan_record *record)
{
    struct text_page page;
    start_page(&page, list);
    bool alone = record->hostname_count == 1 && strcmp(record->hostnames[0].hostname, record->zone) == 0;
    if (!alone) {
        put_name(&page, 0, record->zone);
        put_modes(&page, record->current_mode, record->recommended_mode);
        put_decision(&page, &record->decision, record->status);
        put_pairs_and_day(&page, record->confidence.pairs, record->finished_s);
        text_end_line(&page);
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        put_hostname(&page, &record->hostnames[i], alone ? 0 : 2, record->finished_s);
    }
}

static void write_totals(struct text_page *page, const struct report_totals *totals)
{
    struct buf text;
    buf_init(&text, 0);
    phrase_count(&text, totals->zones, "zone");
    buf_append_text(&text, ", ");
    phrase_count(&text, totals->hostnames, "hostname");
    buf_printf(&text,
               ": %" PRIu64 " to upgrade, %" PRIu64 " held, %" PRIu64 " unchanged, %" PRIu64 " without a verdict. ",
               totals->upgrade, totals->hold, totals->none, totals->no_verdict);
    phrase_count(&text, totals->stronger, "hostname");
    buf_append_text(&text, " could be stronger than today.");
    text_wrap(page, 0, TEXT_PLAIN, buf_text(&text));
    text_end_line(page);
    buf_release(&text);
}

static void write_obstacles(struct text_page *page, const struct report_totals *totals)
{
    bool titled = false;
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        if (totals->by_blocker[code] == 0) {
            continue;
        }
        if (!titled) {
            text_end_line(page);
            text_put(page, TEXT_BOLD, "What stands in the way, and of how many hostnames:");
            text_end_line(page);
            titled = true;
        }
        text_printf(page, TEXT_PLAIN, "%7" PRIu64 "  %s", totals->by_blocker[code], code_name((enum code)code));
        text_pad(page, 39);
        text_wrap(page, 39, TEXT_DIM, code_remedy((enum code)code));
        text_end_line(page);
    }
}

void list_text_end(struct report_list *list)
{
    struct text_page page;
    start_page(&page, list);
    if (list->totals.zones == 0) {
        text_put(&page, TEXT_PLAIN, "No scan fits: nothing was scanned yet, or nothing that was asked for.");
        text_end_line(&page);
        return;
    }
    text_end_line(&page);
    write_totals(&page, &list->totals);
    write_obstacles(&page, &list->totals);
}
