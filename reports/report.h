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

/* What a list is seen against. */
struct report_context {
    int64_t now_s;     /* when it is written: certificates are counted by the days left from here; -1: not known */
    enum mode require; /* every hostname should reach it; MODE_NONE: no demand */
    const char *scope; /* html: what the list was narrowed to, as a person would say it; borrowed; NULL: nothing */
    uint64_t page_hostnames; /* html: the table ends behind the zone that reaches so many; 0: LIMIT_PAGE_HOSTNAMES */
};

/* Certificates by the time they have left. */
enum lifetime { LIFETIME_OVER, LIFETIME_7_DAYS, LIFETIME_14_DAYS, LIFETIME_30_DAYS, LIFETIME_90_DAYS, LIFETIME_LONGER };
#define LIFETIME_COUNT 6
enum lifetime lifetime_of(int64_t not_after_s, int64_t now_s);
/* Days that are left at most; of the last one: none, it has no end. */
int lifetime_days(enum lifetime lifetime);
/* "expired", "7 days", ... "longer": up to so many days left. */
const char *lifetime_name(enum lifetime lifetime);

/* What a list has counted so far. Times are -1 while none is known. */
struct report_totals {
    uint64_t zones, hostnames;
    uint64_t upgrade, hold, none, no_verdict; /* hostnames by decision; no_verdict: incomplete or opted out */
    uint64_t stronger;                        /* hostnames whose recommended mode is above today's */
    uint64_t short_of_require;                /* hostnames with a verdict below the mode that is required */
    uint64_t by_blocker[CODE_COUNT];          /* hostnames that have it, on any origin */
    uint64_t by_warning[CODE_COUNT];
    uint64_t by_reason[CODE_COUNT];                 /* hostnames without a verdict, by why */
    uint64_t modes[MODE_COUNT + 1][MODE_COUNT + 1]; /* hostnames by [today's][recommended], 0 for MODE_NONE */
    uint64_t certificates[LIFETIME_COUNT];          /* hostnames by their first certificate to end */
    uint64_t rollouts;                              /* hostnames whose rollout is open */
    int64_t first_not_after_s;                      /* of the certificates that have not ended */
    int64_t oldest_scan_s, latest_scan_s;
};

/* A report over many zones, written piece by piece: begin, add for each record, end. The caller may empty `out` between
 * the calls, so that a million zones need no memory. */
struct report_list {
    const struct report_writer *writer;
    struct report_style style;
    struct report_context context;
    struct buf *out; /* borrowed */
    struct report_totals totals;
    uint64_t page_hostnames, page_bytes; /* html: in the table so far */
};

struct report_writer {
    const char *name; /* "text", "json" ...: a format */
    /* One scan, in full: what `scan` prints. This and `explain` are NULL in formats that only know lists. */
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

/* The names of all formats; ends with NULL. */
extern const char *const report_list_formats[];

/* Without a context there is no present and no demand. */
void report_list_begin(struct report_list *list, const struct report_writer *writer, const struct report_style *style,
                       struct buf *out);
void report_list_begin_in(struct report_list *list, const struct report_writer *writer,
                          const struct report_style *style, const struct report_context *context, struct buf *out);
void report_list_add(struct report_list *list, const struct scan_record *record);
void report_list_end(struct report_list *list);

#endif
