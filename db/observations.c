#include "base/limits.h"
#include "db/rollout_store.h"
#include "db/row.h"

static void put_arm(struct row_writer *row, const struct arm_counts *arm)
{
    row_put_int(row, (int64_t)arm->requests);
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        row_put_known(row, arm->given[i] ? (int64_t)arm->failures[i] : -1);
    }
}

static void take_arm(struct row_reader *row, struct arm_counts *arm)
{
    arm->requests = (uint64_t)row_take_int(row);
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        int64_t failures = row_take_known(row);
        arm->given[i] = failures >= 0;
        arm->failures[i] = failures >= 0 ? (uint64_t)failures : 0;
    }
}

int store_add_observation(struct store *store, int64_t rollout, const struct observation *observation, int64_t *id,
                          struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, ADD_OBSERVATION, err);
    row_put_int(&row, rollout);
    row_put_int(&row, observation->start_s);
    row_put_int(&row, observation->end_s);
    row_put_int(&row, observation->percent);
    put_arm(&row, &observation->candidate);
    put_arm(&row, &observation->control);
    if (row_write(&row) != 0) {
        return -1;
    }
    if (sqlite3_changes(store->db) == 0) {
        return 0;
    }
    *id = sqlite3_last_insert_rowid(store->db);
    return 1;
}

int store_observation_overlaps(struct store *store, int64_t rollout, const struct observation *observation,
                               struct err *err)
{
    struct row_writer query;
    int64_t other = 0;
    row_writer_init(&query, store, OVERLAPPING_OBSERVATION, err);
    row_put_int(&query, rollout);
    row_put_int(&query, observation->start_s);
    row_put_int(&query, observation->end_s);
    return row_find(&query, &other);
}

int store_read_chain_observations(struct store *store, int64_t chain, int64_t rollout, int64_t last,
                                  struct arena *arena, struct stored_observations *observations, struct err *err)
{
    struct row_writer query;
    struct row_reader row;
    size_t capacity = 0;
    int result = 0;
    *observations = (struct stored_observations){NULL, 0, 0};
    row_writer_init(&query, store, chain == 0 ? READ_OBSERVATIONS : READ_MERGED_OBSERVATIONS, err);
    row_put_int(&query, rollout);
    row_put_int(&query, last);
    if (chain != 0) {
        row_put_int(&query, chain);
    }
    row_reader_init(&row, &query, arena);
    while ((result = row_next(&row)) == 1) {
        struct observation *items =
            row_array_grow(arena, observations->items, observations->count, &capacity, sizeof *items);
        if (items == NULL || observations->count == LIMIT_ROLLOUT_OBSERVATIONS) {
            result = items == NULL ? err_memory(err) : store_fail_damaged(store, "too many observations", err);
            break;
        }
        observations->items = items;
        struct observation *observation = &items[observations->count++];
        int64_t id = row_take_int(&row);
        observation->start_s = row_take_int(&row);
        observation->end_s = row_take_int(&row);
        observation->percent = (int)row_take_count(&row, 100);
        take_arm(&row, &observation->candidate);
        take_arm(&row, &observation->control);
        observations->last_id = id > observations->last_id ? id : observations->last_id;
    }
    row_reader_release(&row);
    return result;
}

int store_read_observations(struct store *store, int64_t rollout, int64_t last, struct arena *arena,
                            struct stored_observations *observations, struct err *err)
{
    return store_read_chain_observations(store, 0, rollout, last, arena, observations, err);
}
