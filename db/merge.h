/* Joins databases: what another file knows is added to this one, nothing is lost and nothing is there twice.
 *
 * The same scan, rollout, observation, certificate is known by what it is (a scan by its scan_id), not by its number in
 * a file, so that merging a file again changes nothing, and files may be merged in any order:
 *   - scans: all of them; the latest of a zone is the one that finished last,
 *   - inventory and schedule of a zone: of the file whose inventory is newer, and, where that is the same, whose scan
 * is; the schedule is that of the newer scan,
 *   - opt-outs: all of them; of two for the same entry the one that holds longer,
 *   - rollouts: all of them, each as far as it came anywhere. A hostname has one open rollout at most: the one that was
 *     opened last stays, an older one ends as superseded,
 *   - ledgers: each stays a chain of its own, verified and replayed beside this database's; one that has grown since
 * the last time is taken on from there. Leases and runs are the affair of each file and are left where they are.
 *
 * One file is one transaction: it is there as a whole or not at all.
 */
#ifndef ORIGINTLS_DB_MERGE_H
#define ORIGINTLS_DB_MERGE_H

#include "db/store.h"

/* What was added. */
struct merge_counts {
    uint64_t zones, scans, opt_outs, rollouts, observations, ledger_rows;
    uint64_t inventories; /* zones whose inventory was taken over */
};

/* Looks whether the file can be merged into the database at `into`, which need not be there yet: a whole database of
 * origintls that is not newer than this program, and another file. 0, or -1 with ERR_USAGE and what is wrong with it.
 * Reads all of it. */
int store_merge_check(const char *into, const char *path, struct err *err);
/* Merges it. A file of an older origintls is copied beside the store's first, and the copy is brought up to date; the
 * file itself is never changed. 0 or -1. */
int store_merge(struct store *store, const char *path, struct merge_counts *counts, struct err *err);

#endif
