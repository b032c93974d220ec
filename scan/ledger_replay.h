/* Every decision of the ledger once more, from the evidence and the policy that were stored: do they come out the same?
 * Ledgers that came from other databases by merging are replayed too, before this database's own.
 */
#ifndef ORIGINTLS_SCAN_LEDGER_REPLAY_H
#define ORIGINTLS_SCAN_LEDGER_REPLAY_H

#include "db/rollout_store.h"

#define LEDGER_REPLAY_WHAT_BYTES 512

struct ledger_replay {
    uint64_t rows, decisions, steps; /* seen; recomputed and the same */
    uint64_t differences;
    uint64_t evidence_gone;              /* decisions whose scan is no longer kept */
    int64_t first_row;                   /* of the first difference; 0: none */
    char chain[65];                      /* the name of its chain; "": this database's own */
    char what[LEDGER_REPLAY_WHAT_BYTES]; /* what was different there */
};

/* 0 with *replay filled, or -1 when we failed ourselves. Nothing is changed. Rows that another version than
 * `program_version` wrote may have other sentences; the rules that decided must be the same. */
int ledger_replay(struct store *store, const char *program_version, struct ledger_replay *replay, struct err *err);

#endif
