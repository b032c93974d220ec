/* Single changes of one rollout, inside a transaction of the caller. Nobody outside scan/ includes this. */
#ifndef ORIGINTLS_SCAN_ROLLOUT_STEPS_H
#define ORIGINTLS_SCAN_ROLLOUT_STEPS_H

#include "scan/rollout_ledger.h"

/* Fails when the clock has gone back to before the rollout's last change. */
int rollout_check_clock(const struct rollout_run *run, const struct stored_rollout *stored, struct err *err);
/* Takes the event, stores the rollout with rule and reason, and writes the ledger. */
int rollout_take_event(const struct rollout_run *run, struct stored_rollout *stored, enum rollout_event event,
                       enum rule rule, const char *reason, const struct stored_observations *observations,
                       struct err *err);
/* Rolls back, or cancels what has not started. */
int rollout_end(const struct rollout_run *run, struct stored_rollout *stored, enum rule rule, const char *reason,
                struct err *err);
/* Ends the rollout if it is open and opted out: 1, or 0, or -1. */
int rollout_end_if_opted_out(const struct rollout_run *run, struct stored_rollout *stored,
                             const struct hostname_record *hostname, struct err *err);
/* The same with the hostname of the latest scan. */
int rollout_ends_by_opt_out(const struct rollout_run *run, struct stored_rollout *stored, struct err *err);
/* Starts waiting rollouts, heaviest first, as far as the policy allows and their zone's latest scan still carries them:
 * `fresh`, a scan that is not stored yet (or NULL), else that of the store. *started counts them. */
int rollouts_start_waiting(const struct rollout_run *run, const struct scan_record *fresh, size_t *started,
                           struct err *err);

/* Upgrades that the fleet has started in the last 24 hours; < 0 with *err set. */
int64_t rollouts_started_today(const struct rollout_run *run, struct err *err);

#endif
