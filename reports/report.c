#include "reports/report.h"

#include "reports/summary.h"
#include "reports/writers.h"

#include <limits.h>
#include <string.h>

static const struct report_writer writers[] = {
    {"text", scan_text_write, explain_text_write, list_text_begin, list_text_add, list_text_end},
    {"json", scan_json_write, explain_json_write, list_json_begin, list_json_add, list_json_end},
    {"ndjson", scan_ndjson_write, explain_ndjson_write, list_ndjson_begin, list_ndjson_add, list_ndjson_end},
    {"csv", NULL, NULL, list_csv_begin, list_csv_add, list_csv_end},
    {"markdown", NULL, NULL, list_markdown_begin, list_markdown_add, list_markdown_end},
    {"html", NULL, NULL, list_html_begin, list_html_add, list_html_end},
    {"junit", NULL, NULL, list_junit_begin, list_junit_add, list_junit_end},
    {"prometheus", NULL, NULL, list_prometheus_begin, list_prometheus_add, list_prometheus_end},
};
#define WRITER_COUNT (sizeof writers / sizeof *writers)

/* An array, as option tables want it; a test holds it against the table. */
const char *const report_list_formats[] = {"text", "json",  "ndjson",     "csv", "markdown",
                                           "html", "junit", "prometheus", NULL};

const struct report_writer *report_writer_at(size_t index)
{
    return index < WRITER_COUNT ? &writers[index] : NULL;
}

const struct report_writer *report_writer_find(const char *name)
{
    for (size_t i = 0; i < WRITER_COUNT; i++) {
        if (strcmp(writers[i].name, name) == 0) {
            return &writers[i];
        }
    }
    return NULL;
}

enum lifetime lifetime_of(int64_t not_after_s, int64_t now_s)
{
    int64_t left_s = not_after_s - now_s;
    for (int i = 0; i < LIFETIME_LONGER; i++) {
        if (left_s <= lifetime_days((enum lifetime)i) * INT64_C(86400)) {
            return (enum lifetime)i;
        }
    }
    return LIFETIME_LONGER;
}

int lifetime_days(enum lifetime lifetime)
{
    static const int days[LIFETIME_LONGER] = {0, 7, 14, 30, 90};
    return lifetime < LIFETIME_LONGER ? days[lifetime] : INT_MAX;
}

const char *lifetime_name(enum lifetime lifetime)
{
    switch (lifetime) {
    case LIFETIME_OVER:
        return "expired";
    case LIFETIME_7_DAYS:
        return "7 days";
    case LIFETIME_14_DAYS:
        return "14 days";
    case LIFETIME_30_DAYS:
        return "30 days";
    case LIFETIME_90_DAYS:
        return "90 days";
    case LIFETIME_LONGER:
        return "longer";
    }
    return NULL;
}

static void count_codes(uint64_t *counts, const struct code_set *codes)
{
    for (int code = 0; code < CODE_COUNT; code++) {
        counts[code] += codes->has[code];
    }
}

static void count_decision(struct report_totals *totals, const struct hostname_record *hostname)
{
    if (hostname->status != STATUS_COMPLETE) {
        totals->no_verdict++;
        totals->by_reason[hostname->incomplete_reason]++;
        return;
    }
    switch (hostname->decision.action) {
    case ACTION_UPGRADE:
        totals->upgrade++;
        break;
    case ACTION_HOLD:
        totals->hold++;
        break;
    case ACTION_NONE:
        totals->none++;
        break;
    }
}

static void count_certificate(struct report_totals *totals, int64_t not_after_s, int64_t now_s)
{
    if (not_after_s < 0 || now_s < 0) {
        return;
    }
    totals->certificates[lifetime_of(not_after_s, now_s)]++;
    if (not_after_s > now_s && (totals->first_not_after_s < 0 || not_after_s < totals->first_not_after_s)) {
        totals->first_not_after_s = not_after_s;
    }
}

/* A hostname counts once for a code, however many of its origins and URLs show it. */
static void count_hostname(struct report_list *list, const struct hostname_record *hostname)
{
    struct report_totals *totals = &list->totals;
    struct code_set blockers = summary_blockers(hostname);
    struct code_set warnings = summary_warnings(hostname);
    totals->hostnames++;
    totals->stronger += summary_could_be_stronger(hostname);
    totals->short_of_require +=
        hostname->status == STATUS_COMPLETE && hostname->recommended_mode < list->context.require;
    totals->modes[hostname->current_mode + 1][hostname->recommended_mode + 1]++;
    count_codes(totals->by_blocker, &blockers);
    count_codes(totals->by_warning, &warnings);
    count_decision(totals, hostname);
    count_certificate(totals, summary_not_after(hostname), list->context.now_s);
    totals->rollouts += summary_rollout_is_open(hostname);
}

static void count_scan(struct report_totals *totals, int64_t finished_s)
{
    totals->zones++;
    if (finished_s < 0) {
        return;
    }
    if (totals->oldest_scan_s < 0 || finished_s < totals->oldest_scan_s) {
        totals->oldest_scan_s = finished_s;
    }
    if (finished_s > totals->latest_scan_s) {
        totals->latest_scan_s = finished_s;
    }
}

void report_list_begin_in(struct report_list *list, const struct report_writer *writer,
                          const struct report_style *style, const struct report_context *context, struct buf *out)
{
    *list = (struct report_list){.writer = writer, .style = *style, .context = *context, .out = out};
    list->totals.first_not_after_s = list->totals.oldest_scan_s = list->totals.latest_scan_s = -1;
    writer->list_begin(list);
}

void report_list_begin(struct report_list *list, const struct report_writer *writer, const struct report_style *style,
                       struct buf *out)
{
    const struct report_context context = {.now_s = -1, .require = MODE_NONE};
    report_list_begin_in(list, writer, style, &context, out);
}

void report_list_add(struct report_list *list, const struct scan_record *record)
{
    count_scan(&list->totals, record->finished_s);
    for (size_t i = 0; i < record->hostname_count; i++) {
        count_hostname(list, &record->hostnames[i]);
    }
    list->writer->list_add(list, record);
}

void report_list_end(struct report_list *list)
{
    list->writer->list_end(list);
}
