/* The fleet in the store: which zones are due, which run has which of them, and what became of them.
 *
 * A zone belongs to at most one run at a time. It is a run's from the moment it was leased until its result was
 * recorded, it was given back, or the run is dead: a run says every few seconds that it is alive, and is dead once it
 * has said nothing for FLEET_RUN_ALIVE_S, or at once where its process is seen to be gone. A result is recorded only by
 * the run that has the zone, so that there is one for each time that the zone was due, whatever dies when.
 *
 * The calls that take or give back zones belong into one store_transaction() with the results they go with.
 */
#ifndef ORIGINTLS_DB_FLEET_STORE_H
#define ORIGINTLS_DB_FLEET_STORE_H

#include "db/fleet_import.h"

#define FLEET_RUN_ALIVE_S 60
/* A run is alive whose last word was not long ago; what lies far in the future was said before the clock jumped. */
#define FLEET_RUN_IS_ALIVE_SQL(now) "alive_until BETWEEN " now " AND " now " + 120"

/* ---- runs */

/* Registers a run; *id is its number. Runs of processes of this machine that are gone lose what they had. 0 or -1. */
int fleet_run_begin(struct store *store, const char *shard, int64_t now_s, int64_t *id, struct err *err);
/* Says that the run is alive, and tells how many are. -1; 0; 1 if the run was taken for dead meanwhile and is
 * registered anew: what it had is lost. */
int fleet_run_alive(struct store *store, int64_t id, int64_t now_s, unsigned *runs, struct err *err);
/* What was scanned or imported while the clock was fast lies in the future, and so does what is due after it. It counts
 * as of now: each zone keeps its wait. How many zones, or -1. */
int64_t fleet_mend_times(struct store *store, int64_t now_s, struct err *err);
/* Ends the run; what it has is given back. 0 or -1. */
int fleet_run_end(struct store *store, int64_t id, struct err *err);

/* ---- the queue */

/* Which zones a walk is about: those whose address_hash gives `shard` of `shards`, and, within them, `loop` of `loops`.
 */
struct fleet_filter {
    uint32_t shards, shard, loops, loop; /* shard < shards, loop < loops */
    int64_t now_s;
    int64_t scanned_before_s; /* due are also zones whose last scan is older than this; -1: no */
    bool without_origin;      /* zones that nobody told us the origins of, too */
};

/* Where a walk stands; begin with FLEET_WALK_START. */
struct fleet_walk {
    int64_t rank, due_s, zone;
};
#define FLEET_WALK_START                                                                                               \
    {                                                                                                                  \
        INT64_MIN, INT64_MIN, INT64_MIN                                                                                \
    }

#define FLEET_ZONE_BYTES 256
struct fleet_due {
    int64_t zone;
    char name[FLEET_ZONE_BYTES];
    uint32_t address_hash;
    int64_t rank, due_s, fingerprint;
    uint32_t failures;
};

/* The next zones that are due and that no run has: heaviest first, then by due time. How many in `due`, at most `max`;
 * 0 at the end of the walk; -1 with *err set. */
int fleet_walk_next(struct store *store, struct fleet_walk *walk, const struct fleet_filter *filter,
                    struct fleet_due *due, int max, struct err *err);
/* The same, of one address alone, the longest due first; `skip` of them are passed over. */
int fleet_due_at_address(struct store *store, uint32_t address_hash, const struct fleet_filter *filter,
                         struct fleet_due *due, int max, struct err *err);

/* One zone, if it is due for the filter: 1, 0 or -1. */
int fleet_due_zone(struct store *store, int64_t zone, const struct fleet_filter *filter, struct fleet_due *due,
                   struct err *err);

/* 1: the zone is the run's; 0: another run was quicker; -1. */
int fleet_lease(struct store *store, int64_t run, int64_t zone, struct err *err);

struct fleet_outcome {
    int64_t zone, fingerprint; /* as leased: when the inventory changed since, the zone stays due */
    int64_t due_s;
    uint32_t failures;
    const char *status, *reason; /* reason NULL: none */
    int64_t finished_s;
};
/* Whether the run still has the zone: 1; 2: it has, but the zone's inventory is no longer the one that was leased; 0:
 * it was lost, or removed from the inventory meanwhile; -1. */
int fleet_has(struct store *store, int64_t run, const struct fleet_due *due, struct err *err);
/* The zone was scanned: it is given back, with its next due time. 0 or -1. */
int fleet_complete(struct store *store, const struct fleet_outcome *outcome, int64_t now_s, struct err *err);
/* Given back without a scan. `due_s` < 0: it is due as before; `why` is kept with a new due time. 0 or -1. */
int fleet_release(struct store *store, int64_t run, int64_t zone, int64_t due_s, const char *why, struct err *err);
/* Puts off everything that is due at an address and that nobody has, for between `least_s` and 1.5 times that. How many
 * zones, or -1. Not what was put off for the same reason already, and not been scanned since. */
int64_t fleet_defer_address(struct store *store, uint32_t address_hash, int64_t now_s, int64_t least_s, const char *why,
                            struct err *err);

/* 1: the zone is put off for this reason; 0; -1. */
int fleet_is_deferred(struct store *store, int64_t zone, const char *why, struct err *err);

/* What the import calls the hash of an address. */
uint32_t fleet_address_hash(const struct address *address);

/* ---- looking at it */

struct fleet_counts {
    uint64_t zones, removed, without_origin, never_scanned, due, late, running, failing, deferred;
    uint64_t by_status[4]; /* enum scan_status, of the last scan; removed zones apart */
    uint64_t runs;
    int64_t oldest_due_s; /* -1: nothing is due */
    int64_t next_due_s;   /* -1: nothing will be */
};
/* Late: due for longer than `late_s`. 0 or -1. */
int fleet_count(struct store *store, int64_t now_s, int64_t late_s, struct fleet_counts *counts, struct err *err);
/* How many zones are due for this filter, loops apart; -1 with *err set. */
int64_t fleet_count_due(struct store *store, const struct fleet_filter *filter, struct err *err);

/* The names of those zones. 0: go on; 1: that was enough; -1. */
typedef int fleet_on_due_name(void *context, const char *name, struct err *err);
int fleet_each_due_name(struct store *store, const struct fleet_filter *filter, fleet_on_due_name *visit, void *context,
                        struct err *err);

struct fleet_failure {
    const char *zone, *status, *reason, *deferred; /* each but the zone may be NULL */
    uint32_t failures;
    int64_t due_s, finished_s;
};
typedef int fleet_on_failure(void *context, const struct fleet_failure *failure, struct err *err);
/* Zones without a verdict or put off, the longest failing first, at most `max`. 0 or -1. */
int fleet_each_failure(struct store *store, int max, fleet_on_failure *visit, void *context, struct err *err);
typedef int fleet_on_reason(void *context, const char *reason, uint64_t zones, struct err *err);
/* Why zones have no verdict, the most frequent first. 0 or -1. */
int fleet_each_reason(struct store *store, fleet_on_reason *visit, void *context, struct err *err);

#endif
