/* What origintls remembers, in one SQLite file: finished scans, the inventory, the opt-outs.
 *
 * The store takes and gives whole values; SQL and its library stay behind it. Everything that one call writes is one
 * transaction: it is there as a whole or not at all, whenever the process dies. History is kept: a new scan of a zone
 * stands beside the older ones, and the latest is found at once.
 *
 * Failures are ours (ERR_INTERNAL) and one line that names the file: locked by somebody else for longer than
 * LIMIT_STORE_BUSY_MS, read-only, damaged, not a database, of another program, written by a newer origintls, no
 * permission, disk full. After a failure the store is as it was before the call and may be used further.
 *
 * A handle belongs to one thread. Several processes may have the same file open: readers do not wait, writers take
 * turns.
 */
#ifndef ORIGINTLS_DB_STORE_H
#define ORIGINTLS_DB_STORE_H

#include "base/err.h"
#include "recommend/inventory.h"
#include "recommend/record.h"

struct store;

enum store_mode {
    STORE_READ_WRITE, /* makes the file and the folders above it where they are missing; brings an older schema up to
                         date */
    STORE_READ_ONLY   /* the file must be there; nothing in it is changed */
};

/* NULL with *err set. Folders and file are made with access for the owner alone. */
struct store *store_open(const char *path, enum store_mode mode, struct err *err);
/* For a handle that writes without end: more of the file in memory (STORE_CACHE_MB), and a longer log before it is
 * taken over into the file, so that pages that many records touch are written once for all of them. 0 or -1. */
int store_expect_writes(struct store *store, struct err *err);
#define STORE_CACHE_MB 32
/* NULL is fine. */
void store_close(struct store *store);

/* True if there is a file at `path`: lets a command say "no database yet" instead of failing to open one. */
bool store_exists(const char *path);

/* Is the file a database of an older origintls, which cannot be read before a store that writes has brought it up to
 * date? False too where it is none of ours or cannot be read: opening it says why. Changes nothing. */
bool store_is_outdated(const char *path);

/* Takes a turn as a writer and gives it back: whether what is learnt from now on could be kept, before it is learnt. 0,
 * or -1 when the turn did not come within LIMIT_STORE_BUSY_MS. */
int store_check_writable(struct store *store, struct err *err);

/* Writes a finished scan. Before that it sets first_seen_s of every blocker in *record: from the last complete scan of
 * the same hostname and origin (and the incomplete ones since) where that has the same code and URL, else what the
 * record says, else its finished_s. `inventory`, unless NULL, replaces what the store knows of the zone in the same
 * transaction. record->zone and record->scan_id must be there; a scan_id is written once. 0 or -1. */
int store_write_scan(struct store *store, struct scan_record *record, const struct inventory_zone *inventory,
                     struct err *err);

/* The latest scan of the zone (normalised name): 1 with *record filled (scan_record_release), 0 if there is none, -1.
 * Pairs that were kept in full have their path and detail; of the others only a hash of the path is kept: path is NULL.
 * *record is initialised here and empty unless 1 is returned. */
int store_read_latest(struct store *store, const char *zone, struct scan_record *record, struct err *err);

/* 0: go on; -1 with *err set: stop. The record is only lent, and the store must not be used meanwhile. */
typedef int store_on_record(void *context, const struct scan_record *record, struct err *err);

/* The latest scan of every zone that has one, by name, from one snapshot; one record in memory at a time. `compared` of
 * the origins stays empty. 0 or -1. */
int store_each_latest(struct store *store, store_on_record *visit, void *context, struct err *err);

/* Two scans of a zone: its latest, and the last that had finished by some time. `before` is NULL where there was none,
 * and `after` itself where no scan came since. */
typedef int store_on_change(void *context, const struct scan_record *before, const struct scan_record *after,
                            struct err *err);

/* store_each_latest with the scan before `since_s` beside each. 0 or -1. */
int store_each_change(struct store *store, int64_t since_s, store_on_change *visit, void *context, struct err *err);

/* What the operator told us of the zone: 1 with *inventory filled (inventory_zone_release), 0 if nothing, -1. Hostnames
 * and origins come in the order in which they were written. */
int store_read_inventory(struct store *store, const char *zone, struct inventory_zone *inventory, struct err *err);
/* Replaces what the store knows of the zone. 0 or -1. */
int store_write_inventory(struct store *store, const struct inventory_zone *inventory, struct err *err);

enum opt_out_kind {
    OPT_OUT_ZONE, /* "example.com": the zone and every name below it */
    OPT_OUT_HOST, /* "www.example.com": that name alone */
    OPT_OUT_RANGE /* "192.0.2.0/24", "192.0.2.7": addresses of origins */
};

/* "zone", "host", "range". */
const char *opt_out_kind_name(enum opt_out_kind kind);

struct store_opt_out {
    enum opt_out_kind kind;
    const char *value;  /* normalised name, or canonical range */
    const char *reason; /* NULL: not given */
    const char *source; /* where it came from: a file's name, "command line"; NULL: not known */
    int64_t expires_s;  /* the first second at which it no longer holds; -1: never */
};

/* The entry is only lent. */
typedef int store_on_opt_out(void *context, const struct store_opt_out *entry, struct err *err);

/* Every entry, expired ones too, in the order in which they were added. 0 or -1. */
int store_each_opt_out(struct store *store, store_on_opt_out *visit, void *context, struct err *err);
/* Adds an entry; the same kind and value replaces reason, source and expiry. 0 or -1. */
int store_add_opt_out(struct store *store, const struct store_opt_out *entry, struct err *err);
/* The same for many, in one transaction: all or none. */
/* Changes with the list: a number for comparing. 0 or -1. */
int store_opt_outs_mark(struct store *store, uint64_t *mark, struct err *err);
int store_add_opt_outs(struct store *store, const struct store_opt_out *entries, size_t count, struct err *err);
/* 1 if it was there and is gone, 0 if it was not there, -1. */
int store_remove_opt_out(struct store *store, enum opt_out_kind kind, const char *value, struct err *err);

#endif
