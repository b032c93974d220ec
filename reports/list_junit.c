/* Many zones as JUnit's XML, for pipelines: a zone is a test suite, a hostname a test case. It fails where the mode
 * that is recommended is below the one that is required, is an error where one is required and there is no verdict, and
 * is skipped where none is required and there is no verdict. */
#include "base/clock.h"
#include "reports/summary.h"
#include "reports/writers.h"
#include "reports/xml_text.h"

#include <inttypes.h>

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_ERROR, OUTCOME_SKIPPED };
#define OUTCOME_COUNT 4

static enum outcome outcome_of(const struct report_list *list, const struct hostname_record *hostname)
{
    bool demanded = list->context.require != MODE_NONE;
    if (hostname->status != STATUS_COMPLETE) {
        return demanded && hostname->status != STATUS_OPTED_OUT ? OUTCOME_ERROR : OUTCOME_SKIPPED;
    }
    return demanded && hostname->recommended_mode < list->context.require ? OUTCOME_FAILED : OUTCOME_PASSED;
}

static void put_attribute(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, " %s=\"", name);
    xml_append_text(out, value);
    buf_append_byte(out, '"');
}

static void put_reason(struct buf *out, const struct origin_record *origin, enum code code, const char *url,
                       const char *detail)
{
    buf_printf(out, "%s ", code_name(code));
    xml_append_text(out, origin->address);
    if (url != NULL) {
        buf_append_byte(out, ' ');
        xml_append_text(out, url);
    }
    buf_append_text(out, ": ");
    xml_append_text(out, detail);
    buf_append_byte(out, '\n');
}

static void put_reasons(struct buf *out, const struct origin_record *origin)
{
    for (size_t i = 0; i < origin->blocker_count; i++) {
        const struct blocker *blocker = &origin->blockers[i];
        bool last_of_code = i + 1 == origin->blocker_count || origin->blockers[i + 1].code != blocker->code;
        put_reason(out, origin, blocker->code, blocker->url, blocker->detail);
        if (last_of_code) {
            buf_printf(out, "  %s\n", code_remedy(blocker->code));
        }
    }
    if (origin->incomplete_reason != CODE_NONE) {
        put_reason(out, origin, origin->incomplete_reason, NULL, origin->incomplete_detail);
        buf_printf(out, "  %s\n", code_remedy(origin->incomplete_reason));
    }
}

static void put_all_reasons(struct buf *out, const struct hostname_record *hostname)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        put_reasons(out, &hostname->origins[i]);
    }
}

/* <failure> or <error> with what to do in its text. */
static void put_fault(struct buf *out, const char *element, const char *message, const struct hostname_record *hostname)
{
    struct code_set obstacles = summary_obstacles(hostname);
    struct buf codes;
    buf_init(&codes, 0);
    summary_append_codes(&codes, &obstacles, " ");
    buf_printf(out, "      <%s", element);
    put_attribute(out, "message", message);
    put_attribute(out, "type", buf_text(&codes));
    buf_append_byte(out, '>');
    put_all_reasons(out, hostname);
    buf_printf(out, "</%s>\n", element);
    buf_release(&codes);
}

static void put_outcome(const struct report_list *list, const struct hostname_record *hostname, enum outcome outcome)
{
    struct buf message;
    buf_init(&message, 0);
    switch (outcome) {
    case OUTCOME_FAILED:
        buf_printf(&message, "%s is recommended, %s is required",
                   hostname->recommended_mode == MODE_NONE ? "nothing" : mode_name(hostname->recommended_mode),
                   mode_name(list->context.require));
        put_fault(list->out, "failure", buf_text(&message), hostname);
        break;
    case OUTCOME_ERROR:
        buf_printf(&message, "no verdict: %s", scan_status_name(hostname->status));
        put_fault(list->out, "error", buf_text(&message), hostname);
        break;
    case OUTCOME_SKIPPED:
        /* The schema of Jenkins knows no attribute here. */
        buf_printf(list->out, "      <skipped>no verdict: %s\n", scan_status_name(hostname->status));
        put_all_reasons(list->out, hostname);
        buf_append_text(list->out, "</skipped>\n");
        break;
    case OUTCOME_PASSED:
        break;
    }
    buf_release(&message);
}

static void put_case(struct report_list *list, const struct scan_record *record, const struct hostname_record *hostname)
{
    enum outcome outcome = outcome_of(list, hostname);
    buf_append_text(list->out, "    <testcase");
    put_attribute(list->out, "classname", record->zone);
    put_attribute(list->out, "name", hostname->hostname);
    buf_append_text(list->out, " time=\"0\"");
    if (outcome == OUTCOME_PASSED) {
        buf_append_text(list->out, "/>\n");
        return;
    }
    buf_append_text(list->out, ">\n");
    put_outcome(list, hostname, outcome);
    buf_append_text(list->out, "    </testcase>\n");
}

void list_junit_begin(struct report_list *list)
{
    buf_append_text(list->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"origintls\">\n");
}

void list_junit_add(struct report_list *list, const struct scan_record *record)
{
    size_t counts[OUTCOME_COUNT] = {0};
    char when[RFC3339_BYTES];
    for (size_t i = 0; i < record->hostname_count; i++) {
        counts[outcome_of(list, &record->hostnames[i])]++;
    }
    buf_append_text(list->out, "  <testsuite");
    put_attribute(list->out, "name", record->zone);
    buf_printf(list->out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"",
               record->hostname_count, counts[OUTCOME_FAILED], counts[OUTCOME_ERROR], counts[OUTCOME_SKIPPED],
               record->cost.seconds);
    if (record->finished_s >= 0) {
        time_format(record->finished_s, when);
        /* The format has no zone. */
        when[19] = '\0';
        put_attribute(list->out, "timestamp", when);
    }
    buf_append_text(list->out, ">\n");
    for (size_t i = 0; i < record->hostname_count; i++) {
        put_case(list, record, &record->hostnames[i]);
    }
    buf_append_text(list->out, "  </testsuite>\n");
}

void list_junit_end(struct report_list *list)
{
    buf_append_text(list->out, "</testsuites>\n");
}
