/* Scans every zone of the fleet that is due, many at once.
 *
 * Threads: one event loop each for `loops`, with up to `zones_per_loop` zone scans on it; one that alone uses the store
 * for what is recorded and leased, in groups; and the caller's, which tells of the progress. Loops never wait for the
 * store: a finished scan keeps its place until it is recorded, which bounds what waits. Zones of one address stay on
 * one loop, and at most LIMIT_FLEET_ZONES_PER_ADDRESS of them run at once, so that they do not starve the others.
 * Memory grows with zones in flight alone.
 */
#ifndef ORIGINTLS_SCAN_FLEET_H
#define ORIGINTLS_SCAN_FLEET_H

#include "crawler/limiter_total.h"
#include "db/fleet_store.h"
#include "recommend/policy.h"
#include "scan/opt_out.h"
#include "scan/pattern.h"
#include "scan/scan.h"
#include "scan/schedule.h"

struct fleet_progress {
    uint64_t
        total; /* zones of this run's pattern, limit and shard that were due when it began; more, if it took more */
    uint64_t done, by_status[4], lost, failed;
    uint64_t requests, bytes, connections;
    uint64_t upgrades; /* hostnames that may be upgraded now */
    unsigned in_flight, runs;
    double seconds;
    bool stopping;
};

/* About four times a second, from the thread of fleet_run. */
typedef void fleet_on_progress(void *context, const struct fleet_progress *progress);
/* Stands for the network: makes the record of a zone. For measuring everything else. */
typedef int fleet_stub(void *context, const struct inventory_zone *zone, struct scan_record *record, struct err *err);

struct fleet_options {
    struct scan_options scan; /* of every zone; `inventory` is not looked at */
    const struct rollout_policy *policy;
    const char *database;
    unsigned loops, zones_per_loop;
    unsigned transfers, connections; /* of each loop at once: fetcher_options; 0: as it has them */
    unsigned shards, shard;          /* 1 and 0: all */
    const char *shard_name;          /* "2/8"; NULL */
    const struct pattern *pattern;
    uint64_t limit;                    /* zones; 0: all */
    struct limiter_total_bounds total; /* over all addresses, of all runs on the database */
    int64_t max_age_s;                 /* zones whose last scan is older are due; -1: no */
    bool watch;                        /* go on when nothing is due */
    struct schedule_policy schedule;
    struct opt_out *(*load_opt_out)(void *context, struct store *store, struct err *err);
    /* Another *mark than before: the opt-outs are to be loaded anew. 0 or -1; NULL: they never change. */
    int (*opt_outs_mark)(void *context, struct store *store, uint64_t *mark, struct err *err);
    fleet_on_progress *on_progress;
    void *context; /* of both */
    fleet_stub *stub;
    void *stub_context;
};

/* 0 with *progress as it ended, also when it was interrupted; -1 when we failed ourselves. What was recorded stays
 * recorded. */
int fleet_run(const struct fleet_options *options, struct fleet_progress *progress, struct err *err);

/* Safe in a signal handler: no zone is begun any more; those in flight have LIMIT_FLEET_GRACE_MS to end, and are given
 * back unscanned after that. */
void fleet_interrupt(void);

#endif
