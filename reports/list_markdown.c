/* Many zones as a table in Markdown (GFM). Whatever an origin may have had a hand in stands in code spans, where
 * nothing but backticks and the bars of the table have a meaning. */
#include "base/utf8.h"
#include "reports/phrases.h"
#include "reports/summary.h"
#include "reports/writers.h"

#include <inttypes.h>

static size_t longest_run_of_backticks(struct slice text)
{
    size_t longest = 0;
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = text.ptr[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void put_repeated(struct buf *out, char c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_byte(out, c);
    }
}

/* A fence that is longer than any run inside; the blanks beside it are no part of the text. */
static void put_code(struct buf *out, const char *text)
{
    struct buf visible;
    buf_init(&visible, 0);
    utf8_append_visible(&visible, slice_of(text));
    struct slice code = buf_slice(&visible);
    size_t run = longest_run_of_backticks(code);
    put_repeated(out, '`', run + 1);
    buf_append_text(out, run > 0 ? " " : "");
    for (size_t i = 0; i < code.len; i++) {
        buf_append_text(out, code.ptr[i] == '|' ? "\\" : "");
        buf_append_byte(out, code.ptr[i]);
    }
    buf_append_text(out, run > 0 ? " " : "");
    put_repeated(out, '`', run + 1);
    buf_release(&visible);
}

static void put_decision(struct buf *out, const struct hostname_record *hostname)
{
    if (hostname->status == STATUS_COMPLETE && hostname->decision.action == ACTION_UPGRADE) {
        buf_printf(out, "**upgrade**, %d %%", hostname->decision.percent);
    } else {
        buf_append_text(out, summary_decision(hostname));
    }
}

static void put_hostname(struct buf *out, const struct scan_record *record, const struct hostname_record *hostname)
{
    struct code_set obstacles = summary_obstacles(hostname);
    buf_append_text(out, "| ");
    put_code(out, record->zone);
    buf_append_text(out, " | ");
    put_code(out, hostname->hostname);
    buf_printf(out, " | %s | %s%s%s | ", phrase_mode(hostname->current_mode),
               summary_could_be_stronger(hostname) ? "**" : "",
               hostname->recommended_mode == MODE_NONE ? "–" : mode_name(hostname->recommended_mode),
               summary_could_be_stronger(hostname) ? "**" : "");
    put_decision(out, hostname);
    buf_printf(out, " | %" PRIu32 " | ", hostname->confidence.pairs);
    if (record->finished_s >= 0) {
        phrase_day(out, record->finished_s);
    }
    buf_append_text(out, " | ");
    summary_append_codes(out, &obstacles, ", ");
    buf_append_text(out, " |\n");
}

void list_markdown_begin(struct report_list *list)
{
    buf_append_text(list->out, "| zone | hostname | today | recommended | decision | pairs | scanned | blocked by |\n"
                               "|---|---|---|---|---|---:|---|---|\n");
}

void list_markdown_add(struct report_list *list, const struct scan_record *record)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        put_hostname(list->out, record, &record->hostnames[i]);
    }
}

void list_markdown_end(struct report_list *list)
{
    const struct report_totals *totals = &list->totals;
    buf_append_byte(list->out, '\n');
    phrase_count(list->out, totals->zones, "zone");
    buf_append_text(list->out, ", ");
    phrase_count(list->out, totals->hostnames, "hostname");
    buf_printf(list->out,
               ": %" PRIu64 " to upgrade, %" PRIu64 " held, %" PRIu64 " unchanged, %" PRIu64
               " without a verdict. **%" PRIu64 "** could be stronger than today.\n",
               totals->upgrade, totals->hold, totals->none, totals->no_verdict, totals->stronger);
    struct obstacle_count counts[CODE_COUNT];
    size_t count = summary_obstacle_counts(totals, counts);
    buf_append_text(list->out, count == 0 ? "" : "\n| hostnames | blocked by | what lifts it |\n|---:|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        buf_printf(list->out, "| %" PRIu64 " | %s | %s |\n", counts[i].hostnames, code_name(counts[i].code),
                   code_remedy(counts[i].code));
    }
}
