/* What has changed since some time: a digest for a mail, or for a program. Pure: two scans of each zone in, bytes out.
 *
 * People get sections, the urgent ones first, each with at most LIMIT_DIGEST_LINES lines; programs get every change.
 */
#ifndef ORIGINTLS_REPORTS_DIGEST_H
#define ORIGINTLS_REPORTS_DIGEST_H

#include "reports/report.h"

/* The order is that of the sections. */
enum change_kind {
    CHANGE_ROLLED_BACK,      /* a rollout was taken back */
    CHANGE_VERDICT_LOST,     /* there was a verdict, and there is none now; `code` says why */
    CHANGE_WEAKENED,         /* a weaker mode is recommended than before */
    CHANGE_NEW_BLOCKER,      /* seen now on an origin and not before */
    CHANGE_CERTIFICATE_ENDS, /* a certificate has ended since, or will end soon; at_s: when */
    CHANGE_UPGRADED,         /* a rollout reached every visitor for good */
    CHANGE_STARTED,          /* a rollout was opened */
    CHANGE_RECOMMENDED,      /* a stronger mode is recommended than before, or the first time */
    CHANGE_BLOCKER_LIFTED    /* seen before on an origin, and not now */
};
#define CHANGE_KIND_COUNT 9
/* "rolled_back": in JSON. */
const char *change_kind_name(enum change_kind kind);
/* "Rolled back": the title of the section. */
const char *change_kind_title(enum change_kind kind);

struct change {
    enum change_kind kind;
    const char *zone, *hostname;
    const char *address; /* NULL: of the hostname as a whole */
    enum mode from, to;  /* modes or recommendations before and after; MODE_NONE: not known */
    enum code code;
    const char *detail; /* NULL: none */
    int64_t at_s;       /* -1: not known */
};

typedef void digest_on_change(void *context, const struct change *change);

struct digest_window {
    int64_t since_s;
    int64_t ends_before_s; /* certificates that end before this are told */
};

/* Calls `visit` for every change between the two scans of a zone. `before` NULL: it was not scanned by then. */
void digest_compare(const struct scan_record *before, const struct scan_record *after,
                    const struct digest_window *window, digest_on_change *visit, void *context);

struct digest_writer;

struct digest {
    const struct digest_writer *writer;
    struct digest_window window;
    struct buf *out; /* borrowed */
    struct buf sections[CHANGE_KIND_COUNT];
    uint64_t counts[CHANGE_KIND_COUNT];
};

/* NULL if changes cannot be told in this format; those that can are text, markdown, json and ndjson. */
const struct digest_writer *digest_writer_find(const char *format);
/* Writes the beginning; digest_release in any case. */
void digest_begin(struct digest *digest, const struct digest_writer *writer, const struct digest_window *window,
                  struct buf *out);
void digest_add(struct digest *digest, const struct scan_record *before, const struct scan_record *after);
void digest_end(struct digest *digest);
void digest_release(struct digest *digest);

#endif
