#include "db/merge.h"

#include "base/buf.h"
#include "db/merge_internal.h"
#include "db/migrations.h"
#include "db/rollout_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The other file, as it can be attached. */
struct merge_source {
    const char *path;
    char *uri;
    char *copy; /* NULL: the file itself is read */
};

static int refuse(struct err *err)
{
    err->kind = ERR_USAGE;
    return -1;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x;
    struct stat y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Every page is looked at, so that a damaged file is refused as a whole before any of it is taken. */
static int check_pages(struct store *source, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(source, "PRAGMA quick_check(1)", &stmt, err) != 0) {
        return -1;
    }
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(source, err);
    const char *said = result == 0 ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (result == 0 && (said == NULL || strcmp(said, "ok") != 0)) {
        result = store_fail_damaged(source, said != NULL ? said : "it cannot be checked", err);
    }
    sqlite3_finalize(stmt);
    return result;
}

int store_merge_check(const char *into, const char *path, struct err *err)
{
    int version = 0;
    if (is_same_file(path, into)) {
        return err_set(err, ERR_USAGE, "%s is the database itself", path);
    }
    struct store *source = store_open_any_version(path, &version, err);
    if (source == NULL) {
        return refuse(err);
    }
    int result = version == 0 ? err_set(err, ERR_USAGE, "database %s is empty", path) : check_pages(source, err);
    store_close(source);
    return result == 0 ? 0 : refuse(err);
}

/* A copy of an older file, brought up to date. */
static int copy_file(struct store *store, struct store *older, struct merge_source *source, struct err *err)
{
    struct buf path = {.data = NULL};
    buf_printf(&path, "%s.merge-%ld", store->path, (long)getpid());
    if (path.failed || (source->copy = slice_dup(buf_slice(&path))) == NULL) {
        buf_release(&path);
        return err_memory(err);
    }
    buf_release(&path);
    struct store *copy = NULL;
    sqlite3_stmt *stmt = NULL;
    int result = store_prepare(older, "VACUUM INTO ?1", &stmt, err);
    if (result == 0) {
        sqlite3_bind_text(stmt, 1, source->copy, -1, SQLITE_STATIC);
        result = sqlite3_step(stmt) == SQLITE_DONE ? 0 : store_fail(older, err);
    }
    sqlite3_finalize(stmt);
    if (result == 0 && (copy = store_open(source->copy, STORE_READ_WRITE, err)) == NULL) {
        result = -1;
    }
    store_close(copy);
    return result == 0 ? 0 : err_prefix(err, "bringing a copy of %s up to date", source->path);
}

static int open_source(struct store *store, const char *path, struct merge_source *source, struct err *err)
{
    int version = 0;
    struct store *opened = store_open_any_version(path, &version, err);
    *source = (struct merge_source){.path = path};
    if (opened == NULL) {
        return -1;
    }
    int result = version < store_migrations.count ? copy_file(store, opened, source, err) : 0;
    if (result == 0) {
        source->uri = source->copy != NULL ? store_uri(source->copy, "?mode=ro")
                                           : store_uri(path, opened->immutable ? "?immutable=1" : "?mode=ro");
        result = source->uri == NULL ? err_memory(err) : 0;
    }
    store_close(opened);
    return result;
}

static void remove_copy(const struct merge_source *source)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct buf path = {.data = NULL};
        buf_printf(&path, "%s%s", source->copy, endings[i]);
        if (!path.failed) {
            unlink(buf_text(&path));
        }
        buf_release(&path);
    }
}

static void close_source(struct merge_source *source)
{
    if (source->copy != NULL) {
        remove_copy(source);
    }
    free(source->copy);
    free(source->uri);
}

static int attach(struct store *store, const struct merge_source *source, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(store, "ATTACH ?1 AS shard", &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_text(stmt, 1, source->uri, -1, SQLITE_STATIC);
    int result = sqlite3_step(stmt) == SQLITE_DONE ? 0 : store_fail(store, err);
    sqlite3_finalize(stmt);
    return result;
}

static void drop_temporary(struct store *store)
{
    struct buf sql = {.data = NULL};
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(store, "SELECT name FROM temp.sqlite_schema WHERE type = 'table'", &stmt, NULL) != 0) {
        return;
    }
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        buf_printf(&sql, "DROP TABLE temp.\"%s\";", (const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    sqlite3_exec(store->db, buf_text(&sql), NULL, NULL, NULL);
    buf_release(&sql);
}

struct merging {
    const char *path;
    struct merge_counts *counts;
};

static int merge_all(struct store *store, void *context, struct err *err)
{
    const struct merging *merging = context;
    return merge_scans(store, merging->counts, err) == 0 && merge_state(store, merging->counts, err) == 0 &&
                   merge_rollouts(store, merging->counts, err) == 0
               ? merge_ledgers(store, merging->path, merging->counts, err)
               : -1;
}

int store_merge(struct store *store, const char *path, struct merge_counts *counts, struct err *err)
{
    struct merge_source source;
    struct merging merging = {path, counts};
    *counts = (struct merge_counts){.zones = 0};
    int result = open_source(store, path, &source, err);
    if (result == 0) {
        result = attach(store, &source, err);
    }
    if (result == 0) {
        result = store_transaction(store, merge_all, &merging, err);
        drop_temporary(store);
        sqlite3_exec(store->db, "DETACH shard", NULL, NULL, NULL);
    }
    close_source(&source);
    return result == 0 ? 0 : err_prefix(err, "merging %s", path);
}
