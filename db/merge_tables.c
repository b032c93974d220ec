#include "base/buf.h"
#include "db/merge_internal.h"
#include "db/row.h"

#include <string.h>

static const struct merged_table scan_tables[] = {
    {.name = "texts", .key = {"text"}, .has_id = true},
    {.name = "zones", .key = {"name"}, .left_out = {"latest_scan"}, .has_id = true},
    {.name = "hostnames", .key = {"zone", "name"}, .references = {{"zone", "zones"}}, .has_id = true},
    {.name = "origins", .key = {"address", "http_port", "https_port"}, .has_id = true},
    {.name = "certificates", .has_id = true},
    {.name = "tls_facts", .has_id = true},
    {.name = "scans", .key = {"scan_id"}, .references = {{"zone", "zones"}}, .has_id = true},
    {.name = "recommendations", .references = {{"scan", "scans"}, {"hostname", "hostnames"}}, .owner = "scan"},
    {.name = "decisions",
     .references = {{"scan", "scans"}, {"reason", "texts"}, {"numbers", "texts"}, {"policy", "texts"}},
     .owner = "scan"},
    {.name = "evidence",
     .key = {"scan", "hostname_position", "position"},
     .references = {{"scan", "scans"},
                    {"hostname", "hostnames"},
                    {"origin", "origins"},
                    {"certificate", "certificates"},
                    {"tls", "tls_facts"}},
     .owner = "scan",
     .has_id = true},
    {.name = "blockers", .references = {{"evidence", "evidence"}}, .owner = "evidence"},
    {.name = "warnings", .references = {{"evidence", "evidence"}}, .owner = "evidence"},
    {.name = "pairs", .references = {{"evidence", "evidence"}}, .owner = "evidence"},
    {.name = "pairs_in_full", .references = {{"evidence", "evidence"}}, .owner = "evidence"},
};

const char *const *merge_known_tables(void)
{
    static const char *const names[] = {"zones",
                                        "hostnames",
                                        "origins",
                                        "certificates",
                                        "tls_facts",
                                        "scans",
                                        "evidence",
                                        "decisions",
                                        "blockers",
                                        "warnings",
                                        "recommendations",
                                        "pairs",
                                        "inventory",
                                        "fleet",
                                        "pairs_in_full",
                                        "opt_outs",
                                        "inventory_origins",
                                        "rollouts",
                                        "ledger",
                                        "runs",
                                        "rollout_steps",
                                        "ledger_chains",
                                        "observations",
                                        "ledger_head",
                                        "merged_ledger",
                                        "merged_rollouts",
                                        "merged_observations",
                                        "texts",
                                        "addresses",
                                        NULL};
    return names;
}

/* Names of a table's columns, from the schema itself: a migration may add some. */
struct columns {
    struct arena arena;
    const char **names;
    size_t count;
};

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL && strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int take_column(struct columns *columns, size_t *capacity, const char *name, struct err *err)
{
    const char **grown =
        row_array_grow(&columns->arena, columns->names, columns->count, capacity, sizeof *columns->names);
    if (grown == NULL || (grown[columns->count] = arena_text(&columns->arena, name)) == NULL) {
        return err_memory(err);
    }
    columns->names = grown;
    columns->count++;
    return 0;
}

static int read_columns(struct store *store, const struct merged_table *table, struct columns *columns, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    size_t capacity = 0;
    int result = 0;
    *columns = (struct columns){.names = NULL};
    if (store_prepare(store, "SELECT name FROM pragma_table_info(?1, 'main') ORDER BY cid", &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_text(stmt, 1, table->name, -1, SQLITE_STATIC);
    while (result == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        bool skipped = (table->has_id && strcmp(name, "id") == 0) ||
                       is_among(name, table->left_out, sizeof table->left_out / sizeof *table->left_out);
        result = skipped ? 0 : take_column(columns, &capacity, name, err);
    }
    sqlite3_finalize(stmt);
    return result;
}

static const char *table_of(const struct merged_table *table, const char *column)
{
    for (size_t i = 0; i < MERGE_REFERENCES_MAX && table->references[i].column != NULL; i++) {
        if (strcmp(table->references[i].column, column) == 0) {
            return table->references[i].table;
        }
    }
    return NULL;
}

/* The column's value as it is to be here. */
static void add_value(struct buf *sql, const struct merged_table *table, const char *column)
{
    const char *target = table_of(table, column);
    if (target == NULL) {
        buf_printf(sql, "s.\"%s\"", column);
    } else {
        buf_printf(sql, "(SELECT m.dst FROM temp.map_%s m WHERE m.src = s.\"%s\")", target, column);
    }
}

static void add_source(struct buf *sql, const struct merged_table *table)
{
    if (table->source != NULL) {
        buf_printf(sql, "FROM %s s ", table->source);
    } else {
        buf_printf(sql, "FROM shard.\"%s\" s ", table->name);
    }
    if (table->owner != NULL) {
        buf_printf(sql, "CROSS JOIN temp.map_%s o ON o.src = s.\"%s\" AND o.added ", table_of(table, table->owner),
                   table->owner);
    }
}

/* "d.a IS ... AND d.b IS ...": d is this row. */
static void add_identity(struct buf *sql, const struct merged_table *table, const struct columns *columns)
{
    const char *separator = "";
    for (size_t i = 0; i < columns->count; i++) {
        if (table->key[0] == NULL || is_among(columns->names[i], table->key, MERGE_KEYS_MAX)) {
            buf_printf(sql, "%sd.\"%s\" IS ", separator, columns->names[i]);
            add_value(sql, table, columns->names[i]);
            separator = " AND ";
        }
    }
}

static void write_insert(struct buf *sql, const struct merged_table *table, const struct columns *columns)
{
    buf_printf(sql, "INSERT INTO main.\"%s\" (", table->name);
    for (size_t i = 0; i < columns->count; i++) {
        buf_printf(sql, "%s\"%s\"", i == 0 ? "" : ", ", columns->names[i]);
    }
    buf_append_text(sql, ") SELECT ");
    for (size_t i = 0; i < columns->count; i++) {
        buf_append_text(sql, i == 0 ? "" : ", ");
        add_value(sql, table, columns->names[i]);
    }
    buf_append_byte(sql, ' ');
    add_source(sql, table);
    buf_printf(sql, "WHERE (%s)", table->filter != NULL ? table->filter : "true");
    if (table->owner == NULL && table->filter == NULL) {
        buf_printf(sql, " AND NOT EXISTS (SELECT 1 FROM main.\"%s\" d WHERE ", table->name);
        add_identity(sql, table, columns);
        buf_append_byte(sql, ')');
    }
    if (table->has_id) {
        buf_append_text(sql, " ORDER BY s.id");
    }
}

static void write_map(struct buf *sql, const struct merged_table *table, const struct columns *columns, int64_t before)
{
    buf_printf(sql,
               "CREATE TEMP TABLE map_%s (src INTEGER PRIMARY KEY, dst INTEGER NOT NULL, added INTEGER NOT NULL);"
               "INSERT OR IGNORE INTO temp.map_%s SELECT s.id, d.id, d.id > %lld ",
               table->name, table->name, (long long)before);
    add_source(sql, table);
    buf_printf(sql, "CROSS JOIN main.\"%s\" d ON ", table->name);
    add_identity(sql, table, columns);
}

static int run(struct store *store, struct buf *sql, struct err *err)
{
    int result = sql->failed ? err_memory(err) : store_execute(store, buf_text(sql), err);
    buf_reset(sql);
    return result;
}

int merge_table(struct store *store, const struct merged_table *table, uint64_t *added, struct err *err)
{
    struct columns columns;
    struct buf sql = {.data = NULL};
    int64_t before = 0;
    int result = read_columns(store, table, &columns, err);
    if (result == 0 && table->has_id) {
        buf_printf(&sql, "SELECT coalesce(max(id), 0) FROM main.\"%s\"", table->name);
        result = sql.failed ? err_memory(err) : store_number(store, buf_text(&sql), &before, err);
        buf_reset(&sql);
    }
    if (result == 0) {
        write_insert(&sql, table, &columns);
        result = run(store, &sql, err);
    }
    if (result == 0 && added != NULL) {
        *added += (uint64_t)sqlite3_changes64(store->db);
    }
    if (result == 0 && table->has_id) {
        write_map(&sql, table, &columns, before);
        result = run(store, &sql, err);
    }
    buf_release(&sql);
    arena_release(&columns.arena);
    return result;
}

int merge_run(struct store *store, const char *const *steps, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (store_execute(store, steps[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int merge_scans(struct store *store, struct merge_counts *counts, struct err *err)
{
    for (size_t i = 0; i < sizeof scan_tables / sizeof *scan_tables; i++) {
        const struct merged_table *table = &scan_tables[i];
        uint64_t *added = strcmp(table->name, "zones") == 0   ? &counts->zones
                          : strcmp(table->name, "scans") == 0 ? &counts->scans
                                                              : NULL;
        if (merge_table(store, table, added, err) != 0) {
            return err_prefix(err, "table %s", table->name);
        }
    }
    return 0;
}
