#include "db/merge_internal.h"
#include "db/migrations.h"
#include "tests/support/sample_record.h"
#include "tests/unit/db/store_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_new_file_is_ours_and_up_to_date(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    assert_int_equal(store_test_number(store, "PRAGMA user_version"), store_migrations.count);
    assert_int_equal(store_test_number(store, "PRAGMA application_id"), STORE_APPLICATION_ID);
    assert_int_equal(store_test_number(store, "PRAGMA foreign_keys"), 1);
    assert_int_equal(store_test_number(store, "PRAGMA synchronous"), 1);
    store_close(store);
}

static void every_table_is_strict(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM pragma_table_list WHERE type = 'table' "
                                              "AND NOT strict AND name NOT LIKE 'sqlite_%'"),
                     0);
    assert_true(store_test_number(store, "SELECT count(*) FROM pragma_table_list WHERE strict") >= 15);
    store_close(store);
}

/* A table that is added must say how it is merged, or that it is not. */
static void every_table_is_known_to_a_merge(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    sqlite3_stmt *stmt = NULL;
    size_t tables = 0;
    size_t known = 0;
    assert_int_equal(sqlite3_prepare_v2(store->db,
                                        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
                                        "AND name NOT LIKE 'sqlite_%'",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        size_t i = 0;
        while (merge_known_tables()[i] != NULL && strcmp(merge_known_tables()[i], name) != 0) {
            i++;
        }
        if (merge_known_tables()[i] == NULL) {
            print_error("the table %s is not known to db/merge_tables.c\n", name);
        }
        known += merge_known_tables()[i] != NULL;
        tables++;
    }
    assert_int_equal(known, tables);
    sqlite3_finalize(stmt);
    store_close(store);
}

static void the_version_rises_with_its_step_or_not_at_all(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    const char *const steps[] = {"", "CREATE TABLE second (x)", "CREATE TABLE third (x); CREATE TABLE second (x)",
                                 "CREATE TABLE fourth (x)"};
    const struct migrations migrations = {steps, 4};
    struct err err = ERR_INIT;
    store_test_sql(store, "PRAGMA user_version = 1");
    assert_int_equal(migrations_apply(store, &migrations, &err), -1);
    assert_non_null(strstr(err.message, "version 3"));
    assert_int_equal(store_test_number(store, "PRAGMA user_version"), 2);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM sqlite_schema WHERE name IN ('third', 'fourth')"),
                     0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'second'"), 1);
    store_close(store);
}

static void an_older_file_is_brought_up_to_date_and_keeps_its_data(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_upgrade(&record);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), 0);
    scan_record_release(&record);
    const char *const steps[] = {"", "CREATE TABLE second (x); ALTER TABLE scans ADD COLUMN note TEXT"};
    const struct migrations migrations = {steps, 2};
    store_test_sql(store, "PRAGMA user_version = 1");
    assert_int_equal(migrations_apply(store, &migrations, &err), 0);
    assert_int_equal(store_test_number(store, "PRAGMA user_version"), 2);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM scans"), 1);
    store_close(store);
}

/* All at once, on a file that is not there yet: every one of them gets in. */
static void many_processes_may_make_the_file_together(void **state)
{
    const struct store_test *test = *state;
    enum { PROCESSES = 8 };
    pid_t children[PROCESSES];
    int gate[2];
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            char byte = 0;
            struct err err = ERR_INIT;
            struct scan_record record;
            close(gate[1]);
            ssize_t ignored = read(gate[0], &byte, 1);
            (void)ignored;
            struct store *store = store_open_waiting(test->path, STORE_READ_WRITE, 20000, &err);
            sample_numbered(&record, (unsigned)i, 3);
            bool good = store != NULL && store_write_scan(store, &record, NULL, &err) == 0;
            if (!good) {
                fprintf(stderr, "%s\n", err.message);
            }
            scan_record_release(&record);
            store_close(store);
            _exit(good ? 0 : 1);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct store *store = store_test_open(test, STORE_READ_ONLY);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM scans"), PROCESSES);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_file_is_ours_and_up_to_date),
        STORE_TEST(every_table_is_strict),
        STORE_TEST(every_table_is_known_to_a_merge),
        STORE_TEST(the_version_rises_with_its_step_or_not_at_all),
        STORE_TEST(an_older_file_is_brought_up_to_date_and_keeps_its_data),
        STORE_TEST(many_processes_may_make_the_file_together),
    };
    return cmocka_run_group_tests_name("migrations", tests, NULL, NULL);
}
