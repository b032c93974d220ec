#include "base/hash.h"
#include "db/row.h"

#include <string.h>

const char *opt_out_kind_name(enum opt_out_kind kind)
{
    switch (kind) {
    case OPT_OUT_ZONE:
        return "zone";
    case OPT_OUT_HOST:
        return "host";
    case OPT_OUT_RANGE:
        return "range";
    }
    return NULL;
}

static int parse_kind(const char *text, enum opt_out_kind *kind)
{
    for (int value = OPT_OUT_ZONE; value <= OPT_OUT_RANGE; value++) {
        if (strcmp(text, opt_out_kind_name((enum opt_out_kind)value)) == 0) {
            *kind = (enum opt_out_kind)value;
            return 0;
        }
    }
    return -1;
}

static int visit_entry(struct row_reader *row, store_on_opt_out *visit, void *context, struct err *err)
{
    struct store_opt_out entry = {0};
    const char *kind = row_take_text_always(row);
    entry.value = row_take_text_always(row);
    entry.reason = row_take_text(row);
    entry.source = row_take_text(row);
    entry.expires_s = row_take_known(row);
    /* Whoever cannot read an entry must not scan: an opt-out that is passed over is a broken promise. */
    if (parse_kind(kind, &entry.kind) != 0) {
        return store_fail_damaged(row->store, "an opt-out of a kind that this version does not know", err);
    }
    return row->out_of_memory ? err_memory(err) : visit(context, &entry, err);
}

int store_each_opt_out(struct store *store, store_on_opt_out *visit, void *context, struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, EACH_OPT_OUT, err);
    struct arena arena = {0};
    struct row_reader row;
    row_reader_init(&row, &query, &arena);
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        result = visit_entry(&row, visit, context, err);
        arena_release(&arena);
        if (result != 0) {
            break;
        }
    }
    row_reader_release(&row);
    return result == 0 ? 0 : err_prefix(err, "reading the opt-out list");
}

int store_add_opt_out(struct store *store, const struct store_opt_out *entry, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, PUT_OPT_OUT, err);
    row_put_text(&row, opt_out_kind_name(entry->kind));
    row_put_text(&row, entry->value);
    row_put_text(&row, entry->reason);
    row_put_text(&row, entry->source);
    row_put_known(&row, entry->expires_s);
    return row_write(&row);
}

int store_add_opt_outs(struct store *store, const struct store_opt_out *entries, size_t count, struct err *err)
{
    if (store_begin_write(store, err) != 0) {
        return -1;
    }
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        result = store_add_opt_out(store, &entries[i], err);
    }
    return store_end(store, result, err);
}

int store_remove_opt_out(struct store *store, enum opt_out_kind kind, const char *value, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, REMOVE_OPT_OUT, err);
    row_put_text(&row, opt_out_kind_name(kind));
    row_put_text(&row, value);
    if (row_write(&row) != 0) {
        return -1;
    }
    return sqlite3_changes(store->db) > 0 ? 1 : 0;
}

int store_opt_outs_mark(struct store *store, uint64_t *mark, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(store, "SELECT count(*), coalesce(max(id), 0), coalesce(sum(expires_at), 0) FROM opt_outs", &stmt,
                      err) != 0) {
        return -1;
    }
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(store, err);
    *mark = 0;
    for (int i = 0; i < 3 && result == 0; i++) {
        *mark = hash_mix(*mark, (uint64_t)sqlite3_column_int64(stmt, i));
    }
    sqlite3_finalize(stmt);
    return result;
}
