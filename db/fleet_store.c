#include "db/fleet_store.h"

#include "base/hash.h"
#include "db/row.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ALIVE(now) FLEET_RUN_IS_ALIVE_SQL(now)

/* Clocks of machines that share a database may differ by so much. */
#define FLEET_CLOCK_SLACK_S 300

static int prepare(struct store *store, const char *sql, sqlite3_stmt **stmt, struct err *err)
{
    return sqlite3_prepare_v2(store->db, sql, -1, stmt, NULL) == SQLITE_OK ? 0 : store_fail(store, err);
}

/* ---- runs */

static int forget_run(struct store *store, int64_t id, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_GIVE_BACK_ALL, err);
    row_put_int(&row, id);
    if (row_write(&row) != 0) {
        return -1;
    }
    row_writer_init(&row, store, FLEET_REMOVE_RUN, err);
    row_put_int(&row, id);
    return row_write(&row);
}

static bool is_gone(int64_t process)
{
    return process > 0 && process != getpid() && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* The first run that need not be waited for; 0: none; -1. */
static int64_t find_dead_run(struct store *store, const char *host, int64_t now_s, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t dead = 0;
    int result = 0;
    if (prepare(store, "SELECT id, host, process, " ALIVE("?1") " FROM runs", &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int64(stmt, 1, now_s);
    while (dead == 0 && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *where = (const char *)sqlite3_column_text(stmt, 1);
        bool here = where != NULL && strcmp(where, host) == 0;
        if (sqlite3_column_int(stmt, 3) == 0 || (here && is_gone(sqlite3_column_int64(stmt, 2)))) {
            dead = sqlite3_column_int64(stmt, 0);
        }
    }
    if (dead == 0 && result != SQLITE_DONE) {
        dead = store_fail(store, err);
    }
    sqlite3_finalize(stmt);
    return dead;
}

/* Process numbers mean something on one machine, and in one container, alone. */
static void name_host(char *host, size_t size)
{
    if (gethostname(host, size) != 0) {
        snprintf(host, size, "?");
    }
    host[size - 1] = '\0';
}

static int bury_the_dead(struct store *store, const char *host, int64_t now_s, struct err *err)
{
    int64_t dead = 0;
    while ((dead = find_dead_run(store, host, now_s, err)) > 0) {
        if (forget_run(store, dead, err) != 0) {
            return -1;
        }
    }
    return (int)dead;
}

static int add_run(struct store *store, const char *shard, int64_t now_s, int64_t *id, struct err *err)
{
    char host[256];
    name_host(host, sizeof host);
    if (bury_the_dead(store, host, now_s, err) != 0) {
        return -1;
    }
    struct row_writer row;
    row_writer_init(&row, store, FLEET_ADD_RUN, err);
    row_put_text(&row, host);
    row_put_int(&row, getpid());
    row_put_text(&row, shard);
    row_put_int(&row, now_s);
    row_put_int(&row, now_s + FLEET_RUN_ALIVE_S);
    int result = row_write(&row);
    *id = sqlite3_last_insert_rowid(store->db);
    return result;
}

int fleet_run_begin(struct store *store, const char *shard, int64_t now_s, int64_t *id, struct err *err)
{
    int result = store_begin_write(store, err);
    return result == 0 ? store_end(store, add_run(store, shard, now_s, id, err), err) : -1;
}

static int count_runs(struct store *store, int64_t now_s, unsigned *runs, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (prepare(store, "SELECT count(*) FROM runs WHERE " ALIVE("?1"), &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int64(stmt, 1, now_s);
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(store, err);
    *runs = (unsigned)sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return result;
}

static int say_alive(struct store *store, int64_t id, int64_t now_s, unsigned *runs, struct err *err)
{
    char host[256];
    struct row_writer row;
    row_writer_init(&row, store, FLEET_RUN_IS_ALIVE, err);
    row_put_int(&row, now_s + FLEET_RUN_ALIVE_S);
    row_put_int(&row, id);
    if (row_write(&row) != 0) {
        return -1;
    }
    int lost = sqlite3_changes(store->db) == 0;
    if (lost) {
        name_host(host, sizeof host);
        row_writer_init(&row, store, FLEET_RESTORE_RUN, err);
        row_put_int(&row, id);
        row_put_text(&row, host);
        row_put_int(&row, getpid());
        row_put_int(&row, now_s);
        row_put_int(&row, now_s + FLEET_RUN_ALIVE_S);
        if (row_write(&row) != 0) {
            return -1;
        }
    }
    name_host(host, sizeof host);
    if (bury_the_dead(store, host, now_s, err) != 0 || count_runs(store, now_s, runs, err) != 0) {
        return -1;
    }
    return lost;
}

int fleet_run_alive(struct store *store, int64_t id, int64_t now_s, unsigned *runs, struct err *err)
{
    int result = store_begin_write(store, err);
    return result == 0 ? store_end(store, say_alive(store, id, now_s, runs, err), err) : -1;
}

int64_t fleet_mend_times(struct store *store, int64_t now_s, struct err *err)
{
    struct row_writer row;
    if (store_begin_write(store, err) != 0) {
        return -1;
    }
    row_writer_init(&row, store, FLEET_MEND_TIMES, err);
    row_put_int(&row, now_s);
    row_put_int(&row, now_s + FLEET_CLOCK_SLACK_S);
    int result = row_write(&row);
    int64_t count = sqlite3_changes64(store->db);
    return store_end(store, result, err) == 0 ? count : -1;
}

int fleet_run_end(struct store *store, int64_t id, struct err *err)
{
    int result = store_begin_write(store, err);
    return result == 0 ? store_end(store, forget_run(store, id, err), err) : -1;
}

/* ---- the queue */

static void put_filter(struct row_writer *row, const struct fleet_filter *filter)
{
    row_put_int(row, filter->now_s);
    row_put_int(row, filter->scanned_before_s);
    row_put_int(row, filter->shards);
    row_put_int(row, filter->shard);
    row_put_int(row, filter->loops);
    row_put_int(row, filter->loop);
    row_put_int(row, filter->without_origin ? -1 : 0);
}

static void take_due(sqlite3_stmt *stmt, struct fleet_due *due)
{
    const char *name = (const char *)sqlite3_column_text(stmt, 1);
    *due = (struct fleet_due){.zone = sqlite3_column_int64(stmt, 0)};
    snprintf(due->name, sizeof due->name, "%s", name != NULL ? name : "");
    due->address_hash = (uint32_t)sqlite3_column_int64(stmt, 2);
    due->rank = sqlite3_column_int64(stmt, 3);
    due->due_s = sqlite3_column_int64(stmt, 4);
    due->fingerprint = sqlite3_column_int64(stmt, 5);
    due->failures = (uint32_t)sqlite3_column_int64(stmt, 6);
}

static int take_all_due(struct row_writer *row, struct fleet_due *due, int max)
{
    int count = 0;
    int result = row->stmt == NULL || row->result != SQLITE_OK ? SQLITE_ERROR : SQLITE_ROW;
    while (result == SQLITE_ROW && count < max && (result = sqlite3_step(row->stmt)) == SQLITE_ROW) {
        take_due(row->stmt, &due[count++]);
    }
    if (result != SQLITE_ROW && result != SQLITE_DONE) {
        count = store_fail(row->store, row->err);
    }
    if (row->stmt != NULL) {
        sqlite3_reset(row->stmt);
    }
    return count;
}

int fleet_walk_next(struct store *store, struct fleet_walk *walk, const struct fleet_filter *filter,
                    struct fleet_due *due, int max, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_WALK, err);
    put_filter(&row, filter);
    row_put_int(&row, walk->rank);
    row_put_int(&row, walk->due_s);
    row_put_int(&row, walk->zone);
    row_put_int(&row, max);
    int count = take_all_due(&row, due, max);
    if (count > 0) {
        *walk = (struct fleet_walk){due[count - 1].rank, due[count - 1].due_s, due[count - 1].zone};
    }
    return count;
}

int fleet_due_at_address(struct store *store, uint32_t address_hash, const struct fleet_filter *filter,
                         struct fleet_due *due, int max, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_DUE_AT_ADDRESS, err);
    put_filter(&row, filter);
    row_put_int(&row, address_hash);
    row_put_int(&row, max);
    return take_all_due(&row, due, max);
}

int fleet_due_zone(struct store *store, int64_t zone, const struct fleet_filter *filter, struct fleet_due *due,
                   struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_DUE_ZONE, err);
    put_filter(&row, filter);
    row_put_int(&row, zone);
    return take_all_due(&row, due, 1);
}

int fleet_lease(struct store *store, int64_t run, int64_t zone, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_LEASE, err);
    row_put_int(&row, run);
    row_put_int(&row, zone);
    return row_write(&row) == 0 ? sqlite3_changes(store->db) > 0 : -1;
}

int fleet_has(struct store *store, int64_t run, const struct fleet_due *due, struct err *err)
{
    int64_t found = 0;
    struct row_writer row;
    row_writer_init(&row, store, FLEET_HAS, err);
    row_put_int(&row, run);
    row_put_int(&row, due->zone);
    row_put_int(&row, due->fingerprint);
    int result = row_find(&row, &found);
    return result == 1 ? (int)found : result;
}

int fleet_complete(struct store *store, const struct fleet_outcome *outcome, int64_t now_s, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_COMPLETE, err);
    row_put_int(&row, outcome->fingerprint);
    row_put_int(&row, outcome->due_s);
    row_put_int(&row, now_s);
    row_put_int(&row, outcome->failures);
    row_put_text(&row, outcome->status);
    row_put_text(&row, outcome->reason);
    row_put_int(&row, outcome->finished_s);
    row_put_int(&row, outcome->zone);
    return row_write(&row);
}

int fleet_release(struct store *store, int64_t run, int64_t zone, int64_t due_s, const char *why, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_RELEASE, err);
    row_put_known(&row, due_s);
    row_put_text(&row, why);
    row_put_int(&row, run);
    row_put_int(&row, zone);
    return row_write(&row);
}

int64_t fleet_defer_address(struct store *store, uint32_t address_hash, int64_t now_s, int64_t least_s, const char *why,
                            struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_DEFER_ADDRESS, err);
    row_put_int(&row, now_s);
    row_put_int(&row, least_s);
    row_put_text(&row, why);
    row_put_int(&row, address_hash);
    return row_write(&row) == 0 ? sqlite3_changes64(store->db) : -1;
}

int fleet_is_deferred(struct store *store, int64_t zone, const char *why, struct err *err)
{
    int64_t found = 0;
    struct row_writer row;
    row_writer_init(&row, store, FLEET_IS_DEFERRED, err);
    row_put_int(&row, zone);
    row_put_text(&row, why);
    return row_find(&row, &found);
}

uint32_t fleet_address_hash(const struct address *address)
{
    unsigned char key[1 + sizeof address->bytes];
    key[0] = address->family;
    memcpy(key + 1, address->bytes, sizeof address->bytes);
    return (uint32_t)(hash_bytes(key, sizeof key) & UINT32_MAX);
}

/* ---- looking at it */

static int count_states(struct store *store, int64_t now_s, int64_t late_s, struct fleet_counts *counts,
                        struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (prepare(store,
                "SELECT count(*), sum(removed_at IS NOT NULL), sum(removed_at IS NULL AND origins = 0), "
                "sum(removed_at IS NULL AND scans = 0), sum(removed_at IS NULL AND origins > 0 AND due_at <= ?1), "
                "sum(removed_at IS NULL AND origins > 0 AND due_at <= ?1 - ?2), "
                "sum(run IS NOT NULL AND run IN (SELECT id FROM runs WHERE " ALIVE(
                    "?1") ")), "
                          "sum(removed_at IS NULL AND failures > 0), sum(removed_at IS NULL AND deferred IS NOT NULL), "
                          "sum(removed_at IS NULL AND status = 'complete'), sum(removed_at IS NULL AND status = "
                          "'partial'), sum(removed_at IS NULL AND status = 'incomplete'), sum(removed_at IS NULL AND "
                          "status = 'opted_out'), min(due_at) FILTER (WHERE removed_at IS NULL AND origins > 0 AND "
                          "due_at <= "
                          "?1), min(due_at) FILTER (WHERE removed_at IS NULL AND origins > 0 AND due_at > ?1), "
                          "(SELECT count(*) FROM runs WHERE " ALIVE("?1") ") FROM fleet",
                &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int64(stmt, 1, now_s);
    sqlite3_bind_int64(stmt, 2, late_s);
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(store, err);
    uint64_t *const counted[] = {&counts->zones,         &counts->removed, &counts->without_origin,
                                 &counts->never_scanned, &counts->due,     &counts->late,
                                 &counts->running,       &counts->failing, &counts->deferred};
    for (int i = 0; i < 9; i++) {
        *counted[i] = (uint64_t)sqlite3_column_int64(stmt, i);
    }
    for (int i = 0; i < 4; i++) {
        counts->by_status[i] = (uint64_t)sqlite3_column_int64(stmt, 9 + i);
    }
    counts->oldest_due_s = sqlite3_column_type(stmt, 13) == SQLITE_NULL ? -1 : sqlite3_column_int64(stmt, 13);
    counts->next_due_s = sqlite3_column_type(stmt, 14) == SQLITE_NULL ? -1 : sqlite3_column_int64(stmt, 14);
    counts->runs = (uint64_t)sqlite3_column_int64(stmt, 15);
    sqlite3_finalize(stmt);
    return result;
}

int fleet_count(struct store *store, int64_t now_s, int64_t late_s, struct fleet_counts *counts, struct err *err)
{
    *counts = (struct fleet_counts){.oldest_due_s = -1, .next_due_s = -1};
    int result = store_begin_read(store, err);
    return result == 0 ? store_end(store, count_states(store, now_s, late_s, counts, err), err) : -1;
}

int64_t fleet_count_due(struct store *store, const struct fleet_filter *filter, struct err *err)
{
    int64_t count = 0;
    struct row_writer row;
    row_writer_init(&row, store, FLEET_COUNT_DUE, err);
    put_filter(&row, filter);
    return row_find(&row, &count) < 0 ? -1 : count;
}

int fleet_each_due_name(struct store *store, const struct fleet_filter *filter, fleet_on_due_name *visit, void *context,
                        struct err *err)
{
    struct arena arena = {.head = NULL};
    struct row_writer query;
    struct row_reader row;
    int result = 0;
    row_writer_init(&query, store, FLEET_EACH_DUE_NAME, err);
    put_filter(&query, filter);
    row_reader_init(&row, &query, &arena);
    while ((result = row_next(&row)) == 1) {
        result = visit(context, row_take_text_always(&row), err);
        arena_release(&arena);
        if (result != 0) {
            break;
        }
    }
    row_reader_release(&row);
    arena_release(&arena);
    return result < 0 ? -1 : 0;
}

static const char *text_or_null(sqlite3_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt, column);
}

int fleet_each_failure(struct store *store, int max, fleet_on_failure *visit, void *context, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int result = 0;
    if (prepare(store,
                "SELECT z.name, f.status, f.reason, f.deferred, f.failures, f.due_at, f.finished_at FROM fleet f "
                "JOIN zones z ON z.id = f.zone WHERE f.removed_at IS NULL AND (f.failures > 0 OR f.deferred IS NOT "
                "NULL) ORDER BY f.failures DESC, z.name LIMIT ?1",
                &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int(stmt, 1, max);
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct fleet_failure failure = {
            .zone = text_or_null(stmt, 0),
            .status = text_or_null(stmt, 1),
            .reason = text_or_null(stmt, 2),
            .deferred = text_or_null(stmt, 3),
            .failures = (uint32_t)sqlite3_column_int64(stmt, 4),
            .due_s = sqlite3_column_int64(stmt, 5),
            .finished_s = sqlite3_column_type(stmt, 6) == SQLITE_NULL ? -1 : sqlite3_column_int64(stmt, 6),
        };
        if (visit(context, &failure, err) != 0) {
            sqlite3_finalize(stmt);
            return -1;
        }
    }
    result = result == SQLITE_DONE ? 0 : store_fail(store, err);
    sqlite3_finalize(stmt);
    return result;
}

int fleet_each_reason(struct store *store, fleet_on_reason *visit, void *context, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int result = 0;
    if (prepare(store,
                "SELECT coalesce(deferred, reason, status), count(*) FROM fleet WHERE removed_at IS NULL AND (failures "
                "> 0 OR deferred IS NOT NULL) GROUP BY 1 ORDER BY 2 DESC, 1",
                &stmt, err) != 0) {
        return -1;
    }
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (visit(context, text_or_null(stmt, 0), (uint64_t)sqlite3_column_int64(stmt, 1), err) != 0) {
            sqlite3_finalize(stmt);
            return -1;
        }
    }
    result = result == SQLITE_DONE ? 0 : store_fail(store, err);
    sqlite3_finalize(stmt);
    return result;
}
