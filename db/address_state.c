#include "db/address_state.h"

#include "db/row.h"

#define REST_S     3600
#define REST_MAX_S 86400

#define STATE_COLUMNS "not_before, failures, open_until, probing"

const char *breaker_name(enum breaker breaker)
{
    switch (breaker) {
    case BREAKER_CLOSED:
        return "closed";
    case BREAKER_OPEN:
        return "open";
    case BREAKER_HALF_OPEN:
        return "half_open";
    }
    return "closed";
}

enum breaker address_breaker(const struct address_state *state, int64_t now_s)
{
    if (state->failures < ADDRESS_FAILURES_TO_OPEN) {
        return BREAKER_CLOSED;
    }
    return state->probing || state->open_until_s <= now_s ? BREAKER_HALF_OPEN : BREAKER_OPEN;
}

static void take_state(sqlite3_stmt *stmt, int first, struct address_state *state)
{
    *state = (struct address_state){.not_before_s = sqlite3_column_int64(stmt, first),
                                    .failures = (uint32_t)sqlite3_column_int64(stmt, first + 1),
                                    .open_until_s = sqlite3_column_int64(stmt, first + 2),
                                    .probing = sqlite3_column_int(stmt, first + 3) != 0};
}

int address_state_find(struct store *store, const char *address, struct address_state *state, struct err *err)
{
    struct row_writer row;
    *state = (struct address_state){.failures = 0};
    row_writer_init(&row, store, ADDRESS_FIND, err);
    row_put_text(&row, address);
    if (row.stmt == NULL || row.result != SQLITE_OK) {
        return store_fail(store, err);
    }
    int result = sqlite3_step(row.stmt);
    if (result == SQLITE_ROW) {
        take_state(row.stmt, 0, state);
    }
    sqlite3_reset(row.stmt);
    return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : store_fail(store, err);
}

static int write_row(struct store *store, enum statement statement, const char *address, const int64_t *values,
                     size_t count, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, statement, err);
    row_put_text(&row, address);
    for (size_t i = 0; i < count; i++) {
        row_put_int(&row, values[i]);
    }
    return row_write(&row);
}

int address_state_rest(struct store *store, const char *address, int64_t until_s, int64_t now_s, struct err *err)
{
    const int64_t values[] = {until_s, now_s};
    return write_row(store, ADDRESS_REST, address, values, 2, err);
}

int address_state_probe(struct store *store, const char *address, int64_t now_s, struct err *err)
{
    const int64_t values[] = {now_s + ADDRESS_PROBE_S, now_s};
    return write_row(store, ADDRESS_PROBE, address, values, 2, err);
}

int address_state_answered(struct store *store, const char *address, int64_t now_s, struct err *err)
{
    return write_row(store, ADDRESS_FORGET, address, &now_s, 1, err) == 0
               ? write_row(store, ADDRESS_ANSWERED, address, &now_s, 1, err)
               : -1;
}

/* How long nothing is asked after so many failures in a row. */
static int64_t rest_after(uint32_t failures)
{
    int64_t rest_s = REST_S;
    for (uint32_t i = ADDRESS_FAILURES_TO_OPEN; i < failures && rest_s < REST_MAX_S; i++) {
        rest_s *= 2;
    }
    return failures < ADDRESS_FAILURES_TO_OPEN ? 0 : rest_s < REST_MAX_S ? rest_s : REST_MAX_S;
}

int address_state_failed(struct store *store, const char *address, int64_t now_s, struct address_state *state,
                         struct err *err)
{
    if (address_state_find(store, address, state, err) < 0) {
        return -1;
    }
    /* What was under way when it opened fails, too, and is no further try. */
    if (address_breaker(state, now_s) != BREAKER_OPEN) {
        state->failures++;
        state->open_until_s = state->failures < ADDRESS_FAILURES_TO_OPEN ? 0 : now_s + rest_after(state->failures);
        state->probing = false;
    }
    const int64_t values[] = {state->failures, state->open_until_s, now_s};
    return write_row(store, ADDRESS_FAILED, address, values, 3, err);
}

/* ---- looking at them */

static int visit_all(struct store *store, sqlite3_stmt *stmt, address_state_visit *visit, void *context,
                     struct err *err)
{
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct address_state state;
        take_state(stmt, 1, &state);
        if (visit(context, (const char *)sqlite3_column_text(stmt, 0), &state, err) != 0) {
            sqlite3_finalize(stmt);
            return -1;
        }
    }
    result = result == SQLITE_DONE ? 0 : store_fail(store, err);
    sqlite3_finalize(stmt);
    return result;
}

int address_state_each_resting(struct store *store, int64_t now_s, address_state_visit *visit, void *context,
                               struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(store,
                      "SELECT address, " STATE_COLUMNS " FROM addresses WHERE not_before > 0 AND not_before > ?1",
                      &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int64(stmt, 1, now_s);
    return visit_all(store, stmt, visit, context, err);
}

int address_state_each(struct store *store, int64_t now_s, int max, address_state_visit *visit, void *context,
                       struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(store,
                      "SELECT address, " STATE_COLUMNS " FROM addresses WHERE not_before > ?1 OR failures >= ?2 "
                      "ORDER BY max(not_before, open_until) DESC, address LIMIT ?3",
                      &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int64(stmt, 1, now_s);
    sqlite3_bind_int(stmt, 2, ADDRESS_FAILURES_TO_OPEN);
    sqlite3_bind_int(stmt, 3, max);
    return visit_all(store, stmt, visit, context, err);
}

int address_state_count(struct store *store, int64_t now_s, struct address_state_counts *counts, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    *counts = (struct address_state_counts){.open = 0};
    if (store_prepare(store,
                      "SELECT count(*) FILTER (WHERE failures >= ?2 AND NOT probing AND open_until > ?1), "
                      "count(*) FILTER (WHERE failures >= ?2 AND (probing OR open_until <= ?1)), "
                      "count(*) FILTER (WHERE not_before > ?1) FROM addresses",
                      &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int64(stmt, 1, now_s);
    sqlite3_bind_int(stmt, 2, ADDRESS_FAILURES_TO_OPEN);
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(store, err);
    counts->open = (uint64_t)sqlite3_column_int64(stmt, 0);
    counts->half_open = (uint64_t)sqlite3_column_int64(stmt, 1);
    counts->resting = (uint64_t)sqlite3_column_int64(stmt, 2);
    sqlite3_finalize(stmt);
    return result;
}
