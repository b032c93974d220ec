/* What the tests of the store share: a folder with one database in it. */
#ifndef ORIGINTLS_TESTS_UNIT_DB_STORE_TEST_H
#define ORIGINTLS_TESTS_UNIT_DB_STORE_TEST_H

#include "db/store_internal.h"
#include "tests/support/temp_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct store_test {
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES]; /* of the database, which is not there yet */
};

static inline int store_test_setup(void **state)
{
    static struct store_test test;
    temp_folder_make(&test.folder);
    temp_folder_path(&test.folder, "test.db", test.path);
    *state = &test;
    return 0;
}

static inline int store_test_teardown(void **state)
{
    struct store_test *test = *state;
    temp_folder_remove(&test->folder);
    return 0;
}

/* Opens or fails the test. */
static inline struct store *store_test_open(const struct store_test *test, enum store_mode mode)
{
    struct err err = ERR_INIT;
    struct store *store = store_open_waiting(test->path, mode, 2000, &err);
    if (store == NULL) {
        fail_msg("%s", err.message);
    }
    return store;
}

/* Runs SQL of the test's own, or fails it. */
static inline void store_test_sql(struct store *store, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(store->db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", sql, message);
    }
}

/* The first value of the first row. */
static inline int64_t store_test_number(struct store *store, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, store_test_setup, store_test_teardown)

#endif
