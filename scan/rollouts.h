/* From decisions to rollouts: joins the judgements of recommend/ with the store, and writes the ledger.
 *
 * Each call is one transaction: everything that follows from a scan, a set of observations or a command is there as a
 * whole or not at all, with its rows in the ledger. Two processes take turns; each sees what the other has left.
 */
#ifndef ORIGINTLS_SCAN_ROLLOUTS_H
#define ORIGINTLS_SCAN_ROLLOUTS_H

#include "db/rollout_store.h"
#include "recommend/inventory.h"
#include "scan/opt_out.h"

/* What every call goes by. Everything is borrowed. */
struct rollout_run {
    struct store *store;
    const struct rollout_policy *policy;
    const struct opt_out *opt_out; /* NULL: nobody */
    int64_t now_s;
    const char *program_version;
    const char *policy_text; /* the policy as JSON, where somebody has it already; else NULL */
    int64_t rollout_scan_s; /* when the zone is scanned again if one of its hostnames is in a rollout; 0: not planned */
};

/* Before a scan: raises the modes of the inventory to what rollouts have put in use. What one has committed is today's
 * mode, and else what was in use when it was opened, though an inventory that was written elsewhere does not know. */
int rollouts_note_modes(struct store *store, struct inventory_zone *inventory, struct err *err);

/* A finished scan: decides again with the policy, opens a rollout for every hostname that may be upgraded, takes back
 * those that the scan contradicts, starts what may start, and writes all of it with the scan. The decisions of *record
 * and its `rollout`s are what became of it, and so is its next scan: run->rollout_scan_s, where that is planned and a
 * rollout is in progress now. `inventory` (NULL: not known) tells how many visitors a hostname has. */
int rollouts_after_scan(const struct rollout_run *run, struct scan_record *record,
                        const struct inventory_zone *inventory, struct err *err);

/* The decisions that rollouts_after_scan would make: those of *record are set, and nothing is written. run->store may
 * be NULL: then nothing is known but this scan. */
int rollouts_would_follow(const struct rollout_run *run, struct scan_record *record, struct err *err);

/* An observation as it came in. */
struct reported_observation {
    const char *zone, *hostname; /* normalised */
    struct observation observation;
    size_t line;
};
struct rollouts_observed {
    size_t added, duplicates;
    size_t changed; /* rollouts that advanced, were committed or rolled back, or started */
};
/* Stores observations and lets every rollout that they speak of go its next step, at most one; then starts what may
 * start. `source` names the file in errors. -1 with ERR_USAGE and the line for the first that cannot be: then none is
 * stored. */
int rollouts_observe(const struct rollout_run *run, const struct reported_observation *reported, size_t count,
                     const char *source, struct rollouts_observed *observed, struct err *err);

/* Approves, holds or rolls back by hand: EVENT_APPROVE, EVENT_HOLD, EVENT_ROLL_BACK; of one hostname or, with NULL, of
 * all of the zone to which it can be done; committed ones are taken back with NULL only if no other is in progress.
 * *changed counts them. -1 with ERR_USAGE where that is none. */
int rollouts_by_hand(const struct rollout_run *run, const char *zone, const char *hostname, enum rollout_event event,
                     size_t *changed, struct err *err);

/* Starts every rollout whose time has come: the day's limit allows it, no freeze window is open, nothing is stopped;
 * those with more visitors first. *started counts them. */
int rollouts_start_due(const struct rollout_run *run, size_t *started, struct err *err);

/* Stores opt-outs, each with a row in the ledger. */
int rollouts_add_opt_outs(const struct rollout_run *run, const struct store_opt_out *entries, size_t count,
                          struct err *err);
/* As store_remove_opt_out, with a row in the ledger. */
int rollouts_remove_opt_out(const struct rollout_run *run, enum opt_out_kind kind, const char *value, struct err *err);
/* Ends every open rollout that run->opt_out speaks of. *ended counts them. */
int rollouts_honour_opt_outs(const struct rollout_run *run, size_t *ended, struct err *err);

/* Is the hostname, or an origin of the record's hostname (may be NULL), opted out? */
bool rollout_is_opted_out(const struct opt_out *list, const char *name, const struct hostname_record *hostname,
                          int64_t now_s, struct opt_out_match *match);
/* A copy of a stored record in which opted-out hostnames show nothing of what was found: their status is opted_out. It
 * borrows from `record`; its hostnames come from `arena`. 0, or -1 out of memory. */
int opt_out_masked(const struct opt_out *list, int64_t now_s, const struct scan_record *record, struct arena *arena,
                   struct scan_record *masked);

#endif
