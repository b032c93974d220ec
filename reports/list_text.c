/* Many zones as a table: one row a hostname, and the totals below. Columns have fixed places, so that rows can be
 * written as they come; what is longer than its place gets a line of its own. A narrow terminal has the blockers below
 * the row; everywhere else a row is a line, which other programs may look at. */
#include "reports/phrases.h"
#include "reports/summary.h"
#include "reports/text_page.h"
#include "reports/writers.h"

#include <inttypes.h>
#include <string.h>

#define WIDE_COLUMNS 110 /* of a terminal that has room for the blockers beside the rest */

enum column { NAME, TODAY, RECOMMENDED, DECISION, PAIRS, SCANNED, BLOCKED_BY };
#define COLUMN_COUNT 7

static const char *const titles[COLUMN_COUNT] = {"NAME",  "TODAY",   "RECOMMENDED", "DECISION",
                                                 "PAIRS", "SCANNED", "BLOCKED BY"};

/* Where each column begins; 0 behind the first: it is below the row. */
static const int wide_places[COLUMN_COUNT] = {0, 30, 43, 56, 69, 76, 88};
static const int narrow_places[COLUMN_COUNT] = {0, 24, 37, 50, 63, 70, 0};

struct table {
    struct text_page page;
    const int *places;
};

static void start_table(struct table *table, const struct report_list *list)
{
    text_page_init(&table->page, &list->style, list->out);
    table->places = list->style.columns == 0 || list->style.columns >= WIDE_COLUMNS ? wide_places : narrow_places;
}

static void go_to(struct table *table, enum column column)
{
    text_pad(&table->page, table->places[column]);
}

void list_text_begin(struct report_list *list)
{
    struct table table;
    start_table(&table, list);
    for (int column = NAME; column < COLUMN_COUNT; column++) {
        if (column > NAME && table.places[column] == 0) {
            continue;
        }
        if (column > NAME) {
            go_to(&table, (enum column)column);
        }
        text_put(&table.page, TEXT_BOLD, titles[column]);
    }
    text_end_line(&table.page);
}

static void put_name(struct table *table, int indent, const char *name)
{
    struct text_page *page = &table->page;
    if (indent > 0) {
        text_pad(page, indent);
    }
    text_put(page, indent > 0 ? TEXT_PLAIN : TEXT_BOLD, name);
    if (page->column >= table->places[TODAY]) {
        text_end_line(page);
    }
    go_to(table, TODAY);
}

static void put_modes(struct table *table, enum mode current, enum mode recommended)
{
    text_put(&table->page, TEXT_PLAIN, phrase_mode(current));
    go_to(table, RECOMMENDED);
    text_put(&table->page, recommended > current ? TEXT_GOOD : TEXT_PLAIN,
             recommended == MODE_NONE ? "-" : mode_name(recommended));
    go_to(table, DECISION);
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

static void put_pairs_and_day(struct table *table, uint32_t pairs, int64_t scanned_s)
{
    struct text_page *page = &table->page;
    struct buf day;
    buf_init(&day, 0);
    go_to(table, PAIRS);
    if (pairs > 0) {
        text_printf(page, TEXT_PLAIN, "%5" PRIu32, pairs);
    } else {
        text_put(page, TEXT_PLAIN, "    -");
    }
    go_to(table, SCANNED);
    phrase_day(&day, scanned_s);
    text_put(page, TEXT_PLAIN, scanned_s < 0 ? "-" : buf_text(&day));
    buf_release(&day);
}

/* The reason why there is no verdict, or each code that blocks, once. */
static void put_blockers(struct table *table, const struct hostname_record *hostname, int indent)
{
    struct code_set codes = summary_obstacles(hostname);
    struct buf names;
    buf_init(&names, 0);
    summary_append_codes(&names, &codes, ", ");
    if (names.len > 0 && table->places[BLOCKED_BY] > 0) {
        go_to(table, BLOCKED_BY);
        text_put(&table->page, TEXT_PLAIN, buf_text(&names));
    } else if (names.len > 0) {
        text_end_line(&table->page);
        text_pad(&table->page, indent + 2);
        text_put(&table->page, TEXT_DIM, "↳ ");
        text_wrap(&table->page, indent + 4, TEXT_PLAIN, buf_text(&names));
    }
    buf_release(&names);
}

static void put_hostname(struct table *table, const struct hostname_record *hostname, int indent, int64_t scanned_s)
{
    put_name(table, indent, hostname->hostname);
    put_modes(table, hostname->current_mode, hostname->recommended_mode);
    put_decision(&table->page, &hostname->decision, hostname->status);
    put_pairs_and_day(table, hostname->confidence.pairs, scanned_s);
    put_blockers(table, hostname, indent);
    text_end_line(&table->page);
}

void list_text_add(struct report_list *list, const struct scan_record *record)
{
    struct table table;
    start_table(&table, list);
    bool alone = record->hostname_count == 1 && strcmp(record->hostnames[0].hostname, record->zone) == 0;
    if (!alone) {
        put_name(&table, 0, record->zone);
        put_modes(&table, record->current_mode, record->recommended_mode);
        put_decision(&table.page, &record->decision, record->status);
        put_pairs_and_day(&table, record->confidence.pairs, record->finished_s);
        text_end_line(&table.page);
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        put_hostname(&table, &record->hostnames[i], alone ? 0 : 2, record->finished_s);
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
    struct obstacle_count counts[CODE_COUNT];
    size_t count = summary_obstacle_counts(totals, counts);
    if (count == 0) {
        return;
    }
    text_end_line(page);
    text_put(page, TEXT_BOLD, "What stands in the way, and of how many hostnames:");
    text_end_line(page);
    for (size_t i = 0; i < count; i++) {
        text_printf(page, TEXT_PLAIN, "%7" PRIu64 "  %s", counts[i].hostnames, code_name(counts[i].code));
        text_pad(page, 39);
        text_wrap(page, 39, TEXT_DIM, code_remedy(counts[i].code));
        text_end_line(page);
    }
}

void list_text_end(struct report_list *list)
{
    struct text_page page;
    text_page_init(&page, &list->style, list->out);
    if (list->totals.zones == 0) {
        text_put(&page, TEXT_PLAIN, "No scan fits: nothing was scanned yet, or nothing that was asked for.");
        text_end_line(&page);
        return;
    }
    text_end_line(&page);
    write_totals(&page, &list->totals);
    write_obstacles(&page, &list->totals);
}
