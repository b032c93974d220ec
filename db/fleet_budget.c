#include "db/fleet_budget.h"

#include "db/fleet_store.h"
#include "db/row.h"

/* What the runs say of themselves, as far as it matters for one of them. */
struct others {
    unsigned older;             /* that began before it */
    unsigned least_connections; /* that any run has */
    unsigned counted;           /* that have a part, or may ask for one; itself apart */
    unsigned fewest_parts;      /* that any other keeps to who works; 0: nobody works */
    unsigned own_parts;         /* that it told last; 0: it has none */
};

static int read_runs(struct store *store, sqlite3_stmt *stmt, int64_t run, struct others *others, bool counting,
                     struct err *err)
{
    unsigned rank = 0;
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        unsigned connections = (unsigned)sqlite3_column_int(stmt, 1), parts = (unsigned)sqlite3_column_int(stmt, 2);
        if (!counting) {
            others->older += id < run;
            others->own_parts = id == run ? parts : others->own_parts;
            bool is_least = connections > 0 && connections < others->least_connections;
            others->least_connections = is_least ? connections : others->least_connections;
        } else if (id != run) {
            bool is_fewest = parts > 0 && (others->fewest_parts == 0 || parts < others->fewest_parts);
            others->counted += parts > 0 || rank < others->least_connections;
            others->fewest_parts = is_fewest ? parts : others->fewest_parts;
        }
        rank++;
    }
    sqlite3_reset(stmt);
    return result == SQLITE_DONE ? 0 : store_fail(store, err);
}

static int look_at_others(struct store *store, int64_t run, int64_t now_s, unsigned connections, struct others *others,
                          struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    *others = (struct others){.least_connections = connections};
    if (sqlite3_prepare_v2(store->db,
                           "SELECT id, connections, parts FROM runs WHERE " FLEET_RUN_IS_ALIVE_SQL("?1") " ORDER BY id",
                           -1, &stmt, NULL) != SQLITE_OK) {
        return store_fail(store, err);
    }
    sqlite3_bind_int64(stmt, 1, now_s);
    int result = read_runs(store, stmt, run, others, false, err);
    if (result == 0) {
        result = read_runs(store, stmt, run, others, true, err);
    }
    sqlite3_finalize(stmt);
    return result;
}

static int tell(struct store *store, int64_t run, unsigned connections, unsigned parts, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, FLEET_TELL_BUDGET, err);
    row_put_int(&row, connections);
    row_put_int(&row, parts);
    row_put_int(&row, run);
    return row_write(&row);
}

int fleet_budget_renew(struct store *store, int64_t run, int64_t now_s, struct fleet_budget *budget, struct err *err)
{
    struct others others;
    if (look_at_others(store, run, now_s, budget->connections, &others, err) != 0) {
        return -1;
    }
    bool held = others.own_parts > 0;
    bool is_eligible = others.older < others.least_connections;
    unsigned wanted = others.counted + 1;
    unsigned kept_to = held && !budget->fits ? others.own_parts : budget->parts;
    budget->may_work = is_eligible && (held || others.fewest_parts == 0 || others.fewest_parts >= wanted);
    budget->holds = budget->may_work || (held && budget->is_busy);
    budget->next_parts = wanted;
    /* A greater part counts from now on; a smaller one once it is kept to. */
    unsigned told = !budget->holds ? 0 : !held || wanted < kept_to ? wanted : kept_to;
    budget->settled = told == wanted || !is_eligible;
    return tell(store, run, budget->connections, told, err);
}
