#include "cli/demo_report.h"

#include "base/utf8.h"
#include "cli/version.h"
#include "cli/wrap.h"
#include "reports/report.h"
#include "tests/lab/expectation.h"

#include <inttypes.h>
#include <string.h>

#define INDENT  4
#define COLUMNS 100
#define GREEN   "\033[32m"
#define RED     "\033[31m"
#define BOLD    "\033[1m"
#define PLAIN   "\033[0m"

void demo_report_begin(struct demo_report *report)
{
    if (report->format != FORMAT_JSON) {
        return;
    }
    json_init(&report->json, report->out, true);
    json_object_open(&report->json);
    json_key_int(&report->json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&report->json, "program_version", version_text());
    json_key(&report->json, "zones");
    json_array_open(&report->json);
}

static void append_indented(struct buf *out, const char *text)
{
    struct buf visible = {.data = NULL};
    utf8_append_visible(&visible, slice_of(text));
    if (visible.len > 0) {
        wrap_append(out, buf_slice(&visible), &(struct wrap){0, INDENT, COLUMNS});
    }
    buf_release(&visible);
}

/* What the lab's origins of a hostname do, one sentence each. */
static void append_sentences(const struct demo_report *report, const char *hostname)
{
    for (size_t i = 0; i < lab_served_count(report->lab); i++) {
        const struct lab_site *site = lab_served(report->lab, i)->site;
        if (!site->canary && strcmp(site->hostname, hostname) == 0) {
            append_indented(report->out, site->sentence);
        }
    }
}

static void append_outcome(struct buf *out, const struct hostname_record *hostname)
{
    const char *today = mode_name(hostname->current_mode);
    const char *tomorrow = mode_name(hostname->recommended_mode);
    if (tomorrow == NULL) {
        buf_printf(out, "%s, no verdict: %s", today, code_name(hostname->incomplete_reason));
    } else if (hostname->recommended_mode == hostname->current_mode) {
        buf_printf(out, "%s stays", today);
    } else {
        buf_printf(out, "%s → %s, %s", today, tomorrow, decision_action_name(hostname->decision.action));
    }
}

static void append_text(const struct demo_report *report, const struct scan_record *record, bool good,
                        const struct buf *faults)
{
    struct buf *out = report->out;
    for (size_t i = 0; i < record->hostname_count; i++) {
        const struct hostname_record *hostname = &record->hostnames[i];
        buf_printf(out, "%s%s%s %s%s%s  ", report->color ? (good ? GREEN : RED) : "", good ? "✓" : "✗",
                   report->color ? PLAIN : "", report->color ? BOLD : "", hostname->hostname,
                   report->color ? PLAIN : "");
        append_outcome(out, hostname);
        buf_append_byte(out, '\n');
        append_sentences(report, hostname->hostname);
        append_indented(out, hostname->decision.reason);
    }
    struct slice rest = buf_slice(faults);
    struct slice line = SLICE_EMPTY;
    while (slice_next(&rest, '\n', &line)) {
        if (line.len > 0) {
            buf_append_text(out, "    NOT AS EXPECTED: ");
            utf8_append_visible(out, line);
            buf_append_byte(out, '\n');
        }
    }
    buf_append_byte(out, '\n');
}

static void append_json(struct demo_report *report, const struct scan_record *record, bool good,
                        const struct buf *faults)
{
    struct buf scan = {.data = NULL};
    report_writer_find("ndjson")->scan(record, &(struct report_style){false, 0}, &scan);
    json_object_open(&report->json);
    json_key_text(&report->json, "zone", record->zone);
    json_key_bool(&report->json, "as_expected", good);
    json_key_text(&report->json, "faults", good ? NULL : buf_text(faults));
    json_key(&report->json, "scan");
    json_raw(&report->json, slice_trim(buf_slice(&scan)));
    json_object_close(&report->json);
    buf_release(&scan);
}

void demo_report_zone(struct demo_report *report, const struct scan_record *record)
{
    struct buf faults = {.data = NULL};
    bool good = lab_check(report->lab, record, &faults);
    report->zones++;
    report->as_expected += good;
    report->requests += record->cost.requests;
    switch (report->format) {
    case FORMAT_TEXT:
        append_text(report, record, good, &faults);
        break;
    case FORMAT_JSON:
        append_json(report, record, good, &faults);
        break;
    case FORMAT_NDJSON:
        report_writer_find("ndjson")->scan(record, &(struct report_style){false, 0}, report->out);
        break;
    }
    buf_release(&faults);
}

void demo_report_end(struct demo_report *report, double seconds)
{
    if (report->format == FORMAT_TEXT) {
        buf_printf(report->out, "%zu zones scanned with %" PRIu64 " requests in %.1f s: %zu as expected, %zu not.\n",
                   report->zones, report->requests, seconds, report->as_expected, report->zones - report->as_expected);
    } else if (report->format == FORMAT_JSON) {
        json_array_close(&report->json);
        json_key_int(&report->json, "scanned", (int64_t)report->zones);
        json_key_int(&report->json, "as_expected", (int64_t)report->as_expected);
        json_key_int(&report->json, "requests", (int64_t)report->requests);
        json_key_number(&report->json, "seconds", seconds, 1);
        json_object_close(&report->json);
        buf_append_byte(report->out, '\n');
    }
}
