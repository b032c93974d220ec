/* How the runs on one database share the bounds on rate, connections and bytes: as leased budgets.
 *
 * All runs that work have equal parts. A run may begin to work once every other one that works has told, in the
 * database, that it keeps to a part that leaves room: so the sum never exceeds the whole, whoever comes and goes when.
 * A run that says nothing any more loses its part with everything else that it has (db/fleet_store.h), and must by then
 * have stopped to use it by itself. At most as many runs work as one address may have connections, for none can do
 * with less than one.
 */
#ifndef ORIGINTLS_DB_FLEET_BUDGET_H
#define ORIGINTLS_DB_FLEET_BUDGET_H

#include "db/store.h"

struct fleet_budget {
    /* What the run tells. */
    unsigned connections; /* per address, as its options have it; at least 1 */
    unsigned parts;       /* it keeps to one of so many parts, at least 1 ... */
    bool fits;            /* ... and nothing of before exceeds that any more */
    bool is_busy;         /* it has zones in flight */
    /* What it is told. */
    unsigned next_parts; /* from now on it has to keep to one of so many */
    bool may_work;       /* it may take zones */
    bool holds;          /* a part is its own: what it has in flight may go on */
    bool settled;        /* nothing is expected to change soon */
};

/* Within a transaction of the caller, whose run has just said that it is alive. 0 or -1. */
int fleet_budget_renew(struct store *store, int64_t run, int64_t now_s, struct fleet_budget *budget, struct err *err);

#endif
