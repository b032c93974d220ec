/* The state of a fleet run, shared by its files alone.
 *
 *   fleet.c         the whole: threads, progress, the end
 *   fleet_writer.c  the one thread that uses the store: records, leases, is alive
 *   fleet_clock.c   when the clock is wrong, or jumps
 *   fleet_queue.c   which zone is next
 *   fleet_opt_outs.c   who has opted out meanwhile
 *   fleet_addresses.c  which addresses may not be asked now: silent ones, and such as want a rest
 *   fleet_loop.c    one event loop and the scans on it
 *
 * A lease belongs to the writer, then to its loop until that hands it back over fleet_hand_back().
 */
#ifndef ORIGINTLS_SCAN_FLEET_STATE_H
#define ORIGINTLS_SCAN_FLEET_STATE_H

#include "crawler/limiter.h"
#include "scan/fleet.h"
#include "scan/rests.h"
#include "scan/runner.h"

#include <pthread.h>
#include <stdatomic.h>

struct opt_out_holder {
    struct opt_out *list;
    size_t leases;
    struct opt_out_holder *older; /* that zones in flight still look at */
};

enum lease_end { LEASE_SCANNED, LEASE_INTERRUPTED, LEASE_FAILED, LEASE_PUT_OFF };

/* One zone that this run has. */
struct fleet_zone {
    struct fleet_zone *next;
    struct fleet_due due;
    struct inventory_zone inventory;
    struct scan_options options;
    struct opt_out_holder *opt_out;
    struct fleet_loop *loop;
    struct address *addresses; /* different ones: literals first, then what names led to; in the inventory's memory */
    size_t address_count;
    size_t literal_count; /* those that the queue knows before the scan */
    struct scan_record record;
    enum lease_end end;
    bool put_off;   /* by its loop: an address wants a long rest */
    bool opted_out; /* by its loop: somebody has opted out meanwhile */
    bool of_crowd;  /* when it was leased, one of its addresses had others in flight or waiting */

    /* the writer's: what a turn that was taken back must find as it was */
    const struct decision *decisions; /* of the scan, before policy and rollouts; NULL: not looked at yet */
    bool noted;                       /* by the breaker and the watch over the network */
    bool network_gone;                /* what that said */
};

struct fleet_loop {
    struct fleet *fleet;
    unsigned index;
    pthread_t thread;
    bool started;
    struct runner *runner; /* NULL: stubbed */
    struct limiter *limiter;

    pthread_mutex_t lock; /* of the inbox */
    pthread_cond_t wake;  /* where there is no runner */
    struct fleet_zone *inbox;
    int64_t stopping_ms;           /* of the loop's own clock; 0: not yet */
    unsigned long_rests, opt_outs; /* that it has looked at */

    /* the writer's */
    struct fleet_walk walk;
    struct fleet_zone *leased; /* not given to the loop yet */
    unsigned in_flight;
    unsigned crowd; /* of them and of those just leased: zones of crowded addresses */
    unsigned turns; /* how often crowded addresses were looked at */
    bool walk_ended, pass_leased;
    int64_t walk_began_ms;
    int64_t rest_until_ms; /* before the next pass */
};

struct waiting_zone {
    int64_t zone;
    unsigned loop;
};

/* Zones of one address that are in flight. */
struct busy_address {
    uint32_t hash;
    unsigned zones;
    bool more;                    /* there are further zones of it that are due */
    struct waiting_zone *waiting; /* zones that have it beside their lowest address, and found no place */
    unsigned waiting_count;
};

struct fleet {
    const struct fleet_options *options;
    struct fleet_loop *loops;
    struct limiter *limiter;      /* of all loops */
    atomic_bool stopping, ended;  /* no new zones; no zones at all any more */
    atomic_uint long_rests;       /* how often an address asked for one */
    atomic_uint opt_outs;         /* how often they were loaded */
    pthread_mutex_t opt_out_lock; /* of `opt_out`, which loops look at */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t handed_back;
    struct fleet_zone *finished, *last_finished; /* in the order in which they came: neighbours of the store, mostly */
    size_t finished_count, wake_at;              /* the writer is told of the first one, and when there are so many */
    struct fleet_progress progress;
    struct rests rests; /* that origins asked for, not stored yet */
    bool writer_failed;
    struct err writer_err;

    /* the writer's */
    struct store *store;
    int64_t run;
    int64_t began_s; /* what was scanned since is not too old, whatever --max-age says */
    struct opt_out_holder *opt_out;
    struct busy_address *busy;
    size_t busy_count, busy_capacity;
    uint64_t leased;
    int64_t clock_ahead_s; /* the wall clock, of the one that only grows */
    int64_t next_alive_ms, next_rollouts_ms, lease_after_ms, opt_out_looked_ms;
    uint64_t opt_out_mark;
    unsigned runs;
    unsigned parts;           /* we keep to one of so many parts of every bound */
    bool may_work;            /* and may take zones */
    struct rests rests_taken; /* to be stored in this turn */
    unsigned no_route_in_row;
    int64_t network_gone_ms; /* since then; 0: it is there */
};

/* ---- fleet_rollouts.c */
/* Once a minute: rollouts that waited for the day's limit, the end of a freeze or of a stop start, without a scan of
 * their zone. A failure is a warning. For the writer alone. */
void fleet_start_rollouts(struct fleet *fleet, int64_t now_ms);

/* ---- fleet_loop.c */
void *fleet_loop_thread(void *loop);
/* Makes the loop, and ends its thread and the loop itself. */
int fleet_loop_open(struct fleet_loop *loop, struct err *err);
void fleet_loop_close(struct fleet_loop *loop);
void fleet_loop_give(struct fleet_loop *loop, struct fleet_zone *zones);
void fleet_loop_wake(struct fleet_loop *loop);

/* ---- fleet.c */
/* From any thread. */
void fleet_hand_back(struct fleet *fleet, struct fleet_zone *zone);

/* ---- fleet_queue.c */
/* Leases up to `room` zones for the loop, in a transaction of the caller; puts them before *leased. How many, or -1. */
int fleet_queue_lease(struct fleet_loop *loop, unsigned room, struct fleet_zone **leased, struct err *err);
/* The zone is no longer in flight. */
void fleet_queue_forget(struct fleet *fleet, const struct fleet_zone *zone);
/* Whether zones wait for a place at an address that is not their lowest. */
bool fleet_queue_waits(const struct fleet *fleet);
void fleet_queue_release(struct fleet *fleet);
struct busy_address *fleet_queue_busy(struct fleet *fleet, uint32_t hash);
void fleet_zone_free(struct fleet_zone *zone);

/* ---- fleet_opt_outs.c */
/* Loads the opt-outs, and again when they have changed; the writer's. 0 or -1. */
int fleet_opt_outs_look(struct fleet *fleet, int64_t now_ms, struct err *err);
/* Whether somebody of a zone in flight has opted out since its scan began. */
bool fleet_opt_outs_forbid(struct fleet *fleet, const struct fleet_zone *zone);

/* ---- fleet_addresses.c */
int fleet_zone_find_addresses(struct fleet_zone *zone, struct err *err);
/* One more, that a name led to; the loop's, while the zone is in flight. */
void fleet_zone_add_address(struct fleet_zone *zone, const struct address *address);
/* Whether a zone that was leased may be scanned now: 1. 0: it was put off. -1. */
int fleet_addresses_allow(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err);
/* Opens and closes the breakers of its addresses by what its scan has found. */
int fleet_addresses_note(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err);
/* An origin wants to be left alone. From any thread. */
void fleet_note_rest(struct fleet *fleet, const struct address *address, int64_t until_s);
int fleet_store_rests(struct fleet *fleet, int64_t now_s, struct err *err);
/* What other runs were asked. */
int fleet_learn_rests(struct fleet *fleet, int64_t now_s, int64_t now_ms, struct err *err);
/* Whether an address of the zone wants a rest that no scan waits for. */
bool fleet_zone_rests(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_ms);
/* Gives the zone back, to be scanned after that rest. */
int fleet_put_off_resting(struct fleet *fleet, const struct fleet_zone *zone, int64_t now_s, struct err *err);

/* ---- fleet_clock.c */
/* Remembers how the clocks stand to each other, and mends what a fast clock has left in the store. 0 or -1. */
int fleet_clock_start(struct fleet *fleet, struct err *err);
/* Tells when somebody has put the clock forward or back since, and mends the same. Outside any transaction. -1 where it
 * cannot be the time. */
int fleet_clock_watch(struct fleet *fleet, struct err *err);

/* ---- fleet_writer.c */
void *fleet_writer_thread(void *fleet);

#endif
