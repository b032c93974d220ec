/* Rollouts, what the edge saw of them, and the ledger: the part of the store that changes what the edge does.
 *
 * Calls that belong together are one transaction of store_transaction(): all of it is there or nothing, whenever the
 * process dies, and no other process writes in between. Each call alone is one too.
 */
#ifndef ORIGINTLS_DB_ROLLOUT_STORE_H
#define ORIGINTLS_DB_ROLLOUT_STORE_H

#include "db/store.h"
#include "recommend/rollout.h"

/* 0, or -1 with *err set: then nothing of what it did stays. */
typedef int store_work(struct store *store, void *context, struct err *err);

/* Runs `work` as one write transaction; waits for other writers for LIMIT_STORE_BUSY_MS. 0 or -1. */
int store_transaction(struct store *store, store_work *work, void *context, struct err *err);
/* The same for reading: everything comes from one moment. */
int store_snapshot(struct store *store, store_work *work, void *context, struct err *err);

struct stored_rollout {
    int64_t id; /* 0: not stored yet */
    const char *zone, *hostname;
    const char *scan_id; /* of the scan that opened it */
    struct rollout rollout;
    enum rule rule; /* that decided last */
    const char *reason;
    uint64_t weight; /* requests a day; 0: not known */
    double power;    /* the least of its steps; < 0: not known */
};

/* What reports tell of it; texts are borrowed. */
struct rollout_summary stored_rollout_summary(const struct stored_rollout *stored);

struct stored_rollouts {
    struct stored_rollout *items; /* from the arena */
    size_t count;
};

/* Stores a new rollout and sets its id. Fails where the hostname has an open one. 0 or -1. */
int store_add_rollout(struct store *store, struct stored_rollout *rollout, struct err *err);
/* State, rule, reason, power and steps. 0 or -1. */
int store_change_rollout(struct store *store, const struct stored_rollout *rollout, struct err *err);
/* The latest rollout of the hostname: 1 with *rollout filled from `arena`, 0 if there never was one, -1. */
int store_find_rollout(struct store *store, const char *zone, const char *hostname, struct arena *arena,
                       struct stored_rollout *rollout, struct err *err);
/* The latest that has ended, in the same way. */
int store_find_ended_rollout(struct store *store, const char *zone, const char *hostname, struct arena *arena,
                             struct stored_rollout *rollout, struct err *err);
/* The one with this id, in the same way. */
int store_read_rollout(struct store *store, int64_t id, struct arena *arena, struct stored_rollout *rollout,
                       struct err *err);

/* Sets `rollout` of every hostname of the record to what is stored now. Reading a scan does it too. 0 or -1. */
int store_attach_rollouts(struct store *store, struct scan_record *record, struct err *err);
/* The latest rollout of every hostname, or of those of one zone (NULL: all); by zone and name. 0 or -1. */
int store_latest_rollouts(struct store *store, const char *zone, struct arena *arena, struct stored_rollouts *rollouts,
                          struct err *err);
/* At most `max` of those that wait for nothing but their turn, heaviest first: a rollout that lacks an agreeing scan is
 * not among them. 0 or -1. */
int store_waiting_rollouts(struct store *store, size_t max, struct arena *arena, struct stored_rollouts *rollouts,
                           struct err *err);
/* Every open one. 0 or -1. */
int store_open_rollouts(struct store *store, struct arena *arena, struct stored_rollouts *rollouts, struct err *err);
/* How many have begun their ramp since then; -1 with *err set. */
int64_t store_count_started(struct store *store, int64_t since_s, struct err *err);

/* 1: added, with *id; 0: an observation of this very interval was there, and stays; -1. */
int store_add_observation(struct store *store, int64_t rollout, const struct observation *observation, int64_t *id,
                          struct err *err);
/* 1 if an interval that is another one shares some time with it, 0, or -1. */
int store_observation_overlaps(struct store *store, int64_t rollout, const struct observation *observation,
                               struct err *err);
struct stored_observations {
    struct observation *items; /* in the order of observation_compare */
    size_t count;
    int64_t last_id; /* 0: none */
};
/* Those up to the id `last`, at most LIMIT_ROLLOUT_OBSERVATIONS. 0 or -1. */
int store_read_observations(struct store *store, int64_t rollout, int64_t last, struct arena *arena,
                            struct stored_observations *observations, struct err *err);

/* What a scan recommended for a hostname. */
struct past_recommendation {
    int64_t finished_s;
    enum scan_status status;
    enum mode recommended_mode;
};
/* Of the latest scans, newest first. How many there are in `past`, at most `max`; -1 with *err set. */
int store_past_recommendations(struct store *store, const char *zone, const char *hostname,
                               struct past_recommendation *past, size_t max, struct err *err);
/* The scan with this scan_id: 1 with *record filled, 0 if it is not kept, -1. As store_read_latest. */
int store_read_scan(struct store *store, const char *scan_id, struct scan_record *record, struct err *err);
/* Sets today's mode in the inventory, where the hostname stands in it. 0 or -1. */
int store_set_inventory_mode(struct store *store, const char *zone, const char *hostname, enum mode mode,
                             struct err *err);

/* One row of the ledger. Texts may be NULL where the table says so. */
struct ledger_row {
    int64_t id, at_s;
    const char *kind, *zone, *hostname, *body, *policy, *program_version, *evidence, *previous, *digest;
};
/* Appends; id, previous and digest are found out here. 0 or -1. */
int store_append_ledger(struct store *store, const struct ledger_row *row, struct err *err);
typedef int store_on_ledger_row(void *context, const struct ledger_row *row, struct err *err);
/* Every row, or those of one zone (NULL: all), in order. The row is only lent. 0 or -1. */
int store_each_ledger_row(struct store *store, const char *zone, store_on_ledger_row *visit, void *context,
                          struct err *err);

/* A ledger that came from another database by merging, or this one's own. */
struct ledger_chain {
    int64_t id;    /* 0: this database's own */
    char name[65]; /* digest of its first row; of the own chain: "" */
    int64_t count; /* of its rows, and how it ends, as was noted when they were written */
    char digest[65];
};
typedef int store_on_ledger_chain(void *context, const struct ledger_chain *chain, struct err *err);
/* Those that were merged, in the order in which they came, and the own one last: what it says builds on them. 0 or -1.
 */
int store_each_ledger_chain(struct store *store, store_on_ledger_chain *visit, void *context, struct err *err);
/* store_each_ledger_row of one chain. */
int store_each_chain_row(struct store *store, int64_t chain, const char *zone, store_on_ledger_row *visit,
                         void *context, struct err *err);
/* The rollout that the rows of a chain call `source`: 1 with *rollout, 0: there is none, or -1. */
int store_find_chain_rollout(struct store *store, int64_t chain, int64_t source, int64_t *rollout, struct err *err);
/* store_read_observations of this database's rollout, up to the one that the rows of the chain call `last`. */
int store_read_chain_observations(struct store *store, int64_t chain, int64_t rollout, int64_t last,
                                  struct arena *arena, struct stored_observations *observations, struct err *err);

struct ledger_fault {
    int64_t row;         /* 0: all chains are whole */
    char what[160];      /* a clause */
    char chain[65];      /* the name of the chain that has the fault; "": the own one */
    int64_t rows;        /* of the own chain: how many are there */
    char head[65];       /* and the digest of the last */
    int64_t chains;      /* merged ones */
    int64_t merged_rows; /* of all of these */
};
/* Recomputes every digest. 0 with *fault filled, or -1. */
int store_verify_ledger(struct store *store, struct ledger_fault *fault, struct err *err);
/* The same of one chain, whose faults are added; in a transaction of the caller. */
int store_verify_chain(struct store *store, const struct ledger_chain *chain, struct ledger_fault *fault,
                       struct err *err);

#endif
