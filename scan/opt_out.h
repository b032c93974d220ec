/* Who must not be scanned: names and addresses, as lists say it.
 *
 * One entry a line; `#` at the start of a line or after white space begins a comment:
 *
 *     example.com            the zone and every name below it
 *     host:www.example.com   that name alone
 *     192.0.2.0/24           origin addresses; also 2001:db8::/32 and single addresses
 *     example.org expires=2027-06-30 reason="asked by mail"
 *
 * An entry with `expires=` holds to the end of that day (UTC). Names are compared in the normal form of
 * crawler/hostname.h, so that an internationalised name matches in either of its forms. Entries add up over several
 * lists; of two for the same thing the one that holds longer counts.
 *
 * A list is filled, closed with opt_out_finish(), and read-only from then on: any number of threads may match at once.
 * Matching takes time in the number of labels, or of ranges that enclose one another, not in that of entries. Bounded
 * by LIMIT_OPT_OUT_ENTRIES; a million entries take less than 200 MB.
 */
#ifndef ORIGINTLS_SCAN_OPT_OUT_H
#define ORIGINTLS_SCAN_OPT_OUT_H

#include "base/address.h"
#include "base/err.h"
#include "base/slice.h"
#include "db/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opt_out;

#define OPT_OUT_NEVER_EXPIRES INT64_MAX

/* NULL with err set when out of memory. */
struct opt_out *opt_out_new(struct err *err);
void opt_out_free(struct opt_out *list);

/* Adds every entry of a file, "-" for standard input. -1 with ERR_USAGE and "FILE:LINE: what is wrong" on the first
 * malformed line, or when it cannot be read; the list must then not be used. */
int opt_out_load(struct opt_out *list, const char *path, struct err *err);

/* Adds one entry that comes from elsewhere: `entry` is the first word of a line. `source` says where it is from and is
 * shown to people; `reason` may be NULL. Both are copied. -1 with ERR_USAGE when the entry is malformed. */
int opt_out_add(struct opt_out *list, struct slice entry, int64_t expires_s, const char *reason, const char *source,
                struct err *err);

/* Sorts; to be called once after the last entry and before the first match. */
void opt_out_finish(struct opt_out *list);

size_t opt_out_count(const struct opt_out *list);

/* Why something is opted out. The texts are the list's. */
struct opt_out_match {
    const char *entry;  /* in normal form: "example.com", "host:www.example.com", "192.0.2.0/24" */
    const char *reason; /* NULL: none was given */
    const char *source; /* the list's path, or what opt_out_add was told */
    int64_t expires_s;  /* OPT_OUT_NEVER_EXPIRES */
};

/* The entry at this place, in the order in which they were added. `index` is below opt_out_count(). */
void opt_out_entry(const struct opt_out *list, size_t index, struct opt_out_match *entry);

/* Is this hostname (normalised), or a zone that it lies in, opted out at `now_s`? `match` may be NULL. A NULL list opts
 * nobody out. */
bool opt_out_match_name(const struct opt_out *list, struct slice hostname, int64_t now_s, struct opt_out_match *match);
bool opt_out_match_address(const struct opt_out *list, const struct address *address, int64_t now_s,
                           struct opt_out_match *match);

/* One entry as a line of a list, taken apart; the slices point into the line. */
struct opt_out_line {
    struct slice entry;  /* empty: the line holds none */
    struct slice reason; /* ptr NULL: none */
    int64_t expires_s;
};

/* "2027-06-30" to the first second of the day after. 0, or -1. */
int opt_out_parse_expiry(struct slice text, int64_t *expires_s);

/* Takes a line apart without looking at the entry itself. NULL when it is well-formed, else a clause that says what is
 * wrong. */
const char *opt_out_parse_line(struct slice line, struct opt_out_line *parsed);

/* What an entry speaks of, as the store keeps it too. */
struct opt_out_entry {
    enum opt_out_kind kind;
    char name[256];             /* OPT_OUT_ZONE, OPT_OUT_HOST: normalised */
    struct address_range range; /* OPT_OUT_RANGE */
};
/* NULL when well-formed, else a clause that says what is wrong. */
const char *opt_out_parse_entry(struct slice text, struct opt_out_entry *entry);

#endif
