/* Many zones as comma-separated values (RFC 4180), one line a hostname. */
#include "base/clock.h"
#include "base/utf8.h"
#include "reports/summary.h"
#include "reports/writers.h"

#include <inttypes.h>

/* A spreadsheet takes a cell that begins so for a formula, the full-width signs included; an apostrophe stops it. */
static bool looks_like_a_formula(struct slice text)
{
    static const char *const starts[] = {"=",           "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                         "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (slice_starts_with(text, slice_of(starts[i]))) {
            return true;
        }
    }
    return false;
}

/* Fields of one line, in their order. */
struct csv_line {
    struct buf *out; /* borrowed */
    bool started;
};

static void put_field(struct csv_line *line, struct slice field)
{
    struct buf text;
    buf_init(&text, 0);
    utf8_append_visible(&text, field);
    buf_append_text(line->out, line->started ? ",\"" : "\"");
    line->started = true;
    if (looks_like_a_formula(slice_trim(buf_slice(&text)))) {
        buf_append_byte(line->out, '\'');
    }
    for (struct slice rest = buf_slice(&text); rest.len > 0;) {
        size_t at = slice_find_byte(rest, '"');
        buf_append(line->out, rest.ptr, at);
        buf_append_text(line->out, at < rest.len ? "\"\"" : "");
        rest = slice_from(rest, at + 1);
    }
    buf_append_byte(line->out, '"');
    buf_release(&text);
}

static void put_text(struct csv_line *line, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        put_field(line, slice_of(text));
    } else {
        buf_append_text(line->out, line->started ? "," : "");
        line->started = true;
    }
}

/* A name or a number of our own: nothing in it needs quotes. */
static void put_plain(struct csv_line *line, const char *text)
{
    buf_printf(line->out, "%s%s", line->started ? "," : "", text != NULL ? text : "");
    line->started = true;
}

static void put_count(struct csv_line *line, int64_t value)
{
    buf_printf(line->out, "%s%" PRId64, line->started ? "," : "", value);
    line->started = true;
}

static void put_time(struct csv_line *line, int64_t unix_s)
{
    char text[RFC3339_BYTES];
    put_plain(line, unix_s < 0 ? NULL : time_format(unix_s, text));
}

static void put_codes(struct csv_line *line, struct code_set codes)
{
    struct buf names;
    buf_init(&names, 0);
    summary_append_codes(&names, &codes, " ");
    put_plain(line, buf_text(&names));
    buf_release(&names);
}

static void put_addresses(struct csv_line *line, const struct hostname_record *hostname)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        buf_append_text(&text, i == 0 ? "" : " ");
        buf_append_text(&text, hostname->origins[i].address);
    }
    put_text(line, buf_text(&text));
    buf_release(&text);
}

static void put_hostname(struct buf *out, const struct scan_record *record, const struct hostname_record *hostname)
{
    struct csv_line line = {.out = out};
    put_text(&line, record->zone);
    put_text(&line, hostname->hostname);
    put_addresses(&line, hostname);
    put_plain(&line, scan_status_name(hostname->status));
    put_plain(&line, code_name(hostname->incomplete_reason));
    put_plain(&line, mode_name(hostname->current_mode));
    put_plain(&line, mode_name(hostname->supported_mode));
    put_plain(&line, mode_name(hostname->recommended_mode));
    put_plain(&line, mode_name(hostname->ceiling));
    put_plain(&line, setting_name(hostname->setting));
    put_plain(&line, decision_action_name(hostname->decision.action));
    put_count(&line, hostname->decision.percent);
    put_text(&line, hostname->decision.reason);
    put_codes(&line, summary_blockers(hostname));
    put_codes(&line, summary_warnings(hostname));
    put_count(&line, hostname->confidence.pairs);
    put_count(&line, hostname->confidence.against);
    put_time(&line, summary_not_after(hostname));
    put_time(&line, record->finished_s);
    put_time(&line, record->next_scan_s);
    buf_append_text(out, "\r\n");
}

void list_csv_begin(struct report_list *list)
{
    buf_append_text(list->out,
                    "zone,hostname,addresses,status,incomplete_reason,current_mode,supported_mode,recommended_mode,"
                    "ceiling,setting,decision,percent,reason,blockers,warnings,pairs,pairs_against,"
                    "certificate_not_after,scanned_at,next_scan_at\r\n");
}

void list_csv_add(struct report_list *list, const struct scan_record *record)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        put_hostname(list->out, record, &record->hostnames[i]);
    }
}

void list_csv_end(struct report_list *list)
{
    (void)list;
}
