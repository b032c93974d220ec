/* The parts of a merge. The other file is attached as `shard`; every call is part of one transaction. For every table
 * whose rows others point to there is a temporary table map_<table> (src: number of the row in the shard, dst: number
 * here, added: it was not here before). */
#ifndef ORIGINTLS_DB_MERGE_INTERNAL_H
#define ORIGINTLS_DB_MERGE_INTERNAL_H

#include "db/merge.h"
#include "db/store_internal.h"

#define MERGE_REFERENCES_MAX 5
#define MERGE_KEYS_MAX       3

/* How the rows of one table are taken over. */
struct merged_table {
    const char *name;
    const char *source;              /* NULL: shard.<name> */
    const char *key[MERGE_KEYS_MAX]; /* what tells which row it is; none: all columns but the id */
    struct {
        const char *column, *table; /* numbers in this column are those of rows of that table */
    } references[MERGE_REFERENCES_MAX];
    const char *owner;  /* a column of `references`: only rows of added rows of that table are taken, all of them */
    const char *filter; /* condition on the row s; NULL: none */
    const char *left_out[2]; /* columns that begin as NULL */
    bool has_id;             /* is given a new one, and a map */
};

/* Adds the rows that are not here, and makes the map. *added counts them; may be NULL. */
int merge_table(struct store *store, const struct merged_table *table, uint64_t *added, struct err *err);
/* Zones, hostnames, origins, scans and everything that belongs to one. */
int merge_scans(struct store *store, struct merge_counts *counts, struct err *err);
/* Inventory, schedule, opt-outs, the latest scans. */
int merge_state(struct store *store, struct merge_counts *counts, struct err *err);
int merge_rollouts(struct store *store, struct merge_counts *counts, struct err *err);
int merge_ledgers(struct store *store, const char *path, struct merge_counts *counts, struct err *err);

/* Runs statements one after the other. */
int merge_run(struct store *store, const char *const *steps, size_t count, struct err *err);
/* The tables in the order in which they are merged, for a test that compares them with the schema; ends with NULL. */
const char *const *merge_known_tables(void);

#endif
