#include "db/migrations.h"

#include "base/digest.h"

#include <stdio.h>

extern const char migration_0001[];
extern const char migration_0002[];
extern const char migration_0003[];
extern const char migration_0004[];
extern const char migration_0005[];
extern const char migration_0006[];
extern const char migration_0007[];
extern const char migration_0008[];
extern const char migration_0009[];
extern const char migration_0010[];
extern const char migration_0011[];

static const char *const steps[] = {
    migration_0001, migration_0002, migration_0003, migration_0004, migration_0005, migration_0006,
    migration_0007, migration_0008, migration_0009, migration_0010, migration_0011,
};

const struct migrations store_migrations = {steps, sizeof steps / sizeof *steps};

/* What tells whose file it is. One statement sees one state of the file: between two, another process may have made its
 * tables. */
static int read_identity(struct store *store, int64_t *objects, int64_t *application, int64_t *user_version,
                         struct err *err)
{
    static const char sql[] = "SELECT (SELECT count(*) FROM sqlite_schema), a.application_id, u.user_version "
                              "FROM pragma_application_id AS a, pragma_user_version AS u";
    sqlite3_stmt *stmt = NULL;
    int result = 0;
    if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW) {
        result = store_fail(store, err);
    } else {
        *objects = sqlite3_column_int64(stmt, 0);
        *application = sqlite3_column_int64(stmt, 1);
        *user_version = sqlite3_column_int64(stmt, 2);
    }
    sqlite3_finalize(stmt);
    return result;
}

int migrations_identify(struct store *store, const struct migrations *migrations, int *version, struct err *err)
{
    int64_t application = 0;
    int64_t user_version = 0;
    int64_t objects = 0;
    if (read_identity(store, &objects, &application, &user_version, err) != 0) {
        return -1;
    }
    bool empty = objects == 0 && application == 0 && user_version == 0;
    if (!empty && application != STORE_APPLICATION_ID) {
        return err_set(err, ERR_INTERNAL, "database %s belongs to another program", store->path);
    }
    if (user_version > migrations->count) {
        return err_set(err, ERR_INTERNAL,
                       "database %s was written by a newer origintls (schema %lld, this one knows %d)", store->path,
                       (long long)user_version, migrations->count);
    }
    *version = (int)user_version;
    return 0;
}

static int run_step(struct store *store, const struct migrations *migrations, int version, struct err *err)
{
    char stamp[96];
    snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d", STORE_APPLICATION_ID,
             version + 1);
    if (sqlite3_exec(store->db, migrations->steps[version], NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(store->db, stamp, NULL, NULL, NULL) != SQLITE_OK) {
        return store_fail(store, err);
    }
    return 0;
}

/* For a step that packs digests: the bytes of 64 digits; NULL and whatever else as it is, but as a blob. */
static void digest_bytes(sqlite3_context *context, int count, sqlite3_value **values)
{
    unsigned char bytes[DIGEST_BYTES];
    const char *text = (const char *)sqlite3_value_text(values[0]);
    (void)count;
    if (text != NULL && digest_parse(text, bytes) == 0) {
        sqlite3_result_blob(context, bytes, sizeof bytes, SQLITE_TRANSIENT);
    } else if (text != NULL) {
        sqlite3_result_blob(context, text, sqlite3_value_bytes(values[0]), SQLITE_TRANSIENT);
    }
}

int migrations_apply(struct store *store, const struct migrations *migrations, struct err *err)
{
    int version = 0;
    if (migrations_identify(store, migrations, &version, err) != 0) {
        return -1;
    }
    if (sqlite3_create_function(store->db, "digest_bytes", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, digest_bytes, NULL,
                                NULL) != SQLITE_OK) {
        return store_fail(store, err);
    }
    while (version < migrations->count) {
        if (store_begin_write(store, err) != 0) {
            return -1;
        }
        /* Again, now that nobody else can write: another process may have been quicker. */
        int result = migrations_identify(store, migrations, &version, err);
        if (result == 0 && version < migrations->count) {
            result = run_step(store, migrations, version, err);
        }
        if (store_end(store, result, err) != 0) {
            return err_prefix(err, "bringing the schema to version %d", version + 1);
        }
        if (version < migrations->count) {
            version++;
        }
    }
    return 0;
}
