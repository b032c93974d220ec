/* Removes old scans, and gives their space back.
 *
 * A scan stays, however old it is, if
 *   - it is the latest of its zone,
 *   - a rollout was opened by it, or a rollout of the zone still waits for its start (the scans before count for that),
 *   - a decision in a ledger stands on it by which the policy was asked whether an upgrade may start: `ledger replay`
 *     needs its evidence to decide once more,
 *   - the latest scan did not get a verdict on some origin, and it was the last one that did: it tells since when what
 * is wrong there has been wrong. Decisions that changed nothing and asked nobody lose their evidence with their scan;
 * the ledger keeps its digest. Rollouts, observations, opt-outs, the inventory and the ledger itself are not touched.
 *
 * Works in short transactions with pauses between, so that a fleet run on the same database goes on; what was removed
 * when it is stopped or killed stays removed, and the rest waits for the next time.
 */
#ifndef ORIGINTLS_DB_PRUNE_H
#define ORIGINTLS_DB_PRUNE_H

#include "db/store.h"

/* Old scans, and what becomes of them. */
struct prune_counts {
    uint64_t scans;                                  /* in the database at the beginning */
    uint64_t old;                                    /* that had finished before the time; the sum of the next five */
    uint64_t removed;                                /* would be removed, in a trial */
    uint64_t latest, rollouts, decisions, sightings; /* stay, by the reasons above */
    uint64_t facts;                                  /* certificates and TLS facts that nothing spoke of any more */
    int64_t bytes_before, bytes_after;               /* of the file's pages */
    int64_t bytes_free;                              /* within the file, for what is written next */
};

/* Now and then; true: stop. */
typedef bool prune_on_progress(void *context, const struct prune_counts *counts);

struct prune_options {
    int64_t before_s, now_s;
    bool trial;  /* nothing is changed */
    bool vacuum; /* rewrite the file as a whole afterwards: nobody else may use it meanwhile, and it needs its size
                    again */
    const char *program_version;    /* for the ledger, where a row says what was removed */
    prune_on_progress *on_progress; /* NULL: nobody is told */
    void *context;
};

/* 0 with *counts as far as it came, also when it was stopped; -1 with *err set. */
int store_prune(struct store *store, const struct prune_options *options, struct prune_counts *counts, struct err *err);

#endif
