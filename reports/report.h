/* Reports: a finished scan as people and programs read it. Pure: records in, bytes out.
 *
 * One table of writers, one row a format. A writer escapes whatever it is given, inside itself: text carries no control
 * character from an origin, JSON is always valid.
 *
 * Writers append to the buffer and look at nothing else; a buffer that reached its ceiling has `failed` set.
 */
#ifndef ORIGINTLS_REPORTS_REPORT_H
#define ORIGINTLS_REPORTS_REPORT_H

#include "base/buf.h"
#include "recommend/record.h"

struct report_style {
    bool color;  /* ANSI colours; text only */
    int columns; /* wrap text here; 0: 100. Narrower than 60 counts as 60, wider than 120 as 120 */
};

/* What a list has counted so far; zeroed at the start. */
struct report_totals {
    uint64_t zones, hostnames;
    uint64_t upgrade, hold, none, no_verdict; /* hostnames by decision; no_verdict: incomplete or opted out */
    uint64_t stronger;                        /* hostnames whose recommended mode is above today's */
    uint64_t by_blocker[CODE_COUNT];          /* hostnames that have it, on any origin */
};

/* A report over many zones, written piece by piece: begin, add for each record, end. The caller may empty `out` between
 * the calls, so that a million zones need no memory. */
struct report_list {
    const struct report_writer *writer;
    struct report_style style;
    struct buf *out; /* borrowed */
    struct report_totals totals;
};

struct report_writer {
    const char *name; /* "text", "json", "ndjson" */
    /* One scan, in full: what `scan` prints. */
    void (*scan)(const struct scan_record *record, const struct report_style *style, struct buf *out);
    /* Why this mode, and what would lift it: the ladder of modes of each hostname. */
    void (*explain)(const struct scan_record *record, const struct report_style *style, struct buf *out);
    void (*list_begin)(struct report_list *list);
    void (*list_add)(struct report_list *list, const struct scan_record *record);
    void (*list_end)(struct report_list *list);
};

/* NULL if there is no such format. */
const struct report_writer *report_writer_find(const char *name);
/* The table's rows by number; NULL behind the last. For help texts. */
const struct report_writer *report_writer_at(size_t index);

void report_list_begin(struct report_list *list, const struct report_writer *writer, const struct report_style *style,
                       struct buf *out);
void report_list_add(struct report_list *list, const struct scan_record *record);
void report_list_end(struct report_list *list);

#endif
