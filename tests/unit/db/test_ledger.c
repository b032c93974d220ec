#include "db/migrations.h"
#include "db/rollout_store.h"
#include "tests/unit/db/store_test.h"

#include <string.h>

static void append(struct store *store, const char *body)
{
    struct err err = ERR_INIT;
    const struct ledger_row row = {
        .at_s = 1767225600,
        .kind = "decision",
        .zone = "example.com",
        .hostname = "www.example.com",
        .body = body,
        .policy = "{}",
        .program_version = "1.0.0",
        .evidence = NULL,
    };
    if (store_append_ledger(store, &row, &err) != 0) {
        fail_msg("%s", err.message);
    }
}

static void append_five(struct store *store)
{
    static const char *const bodies[] = {"{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}", "{\"n\":5}"};
    for (size_t i = 0; i < 5; i++) {
        append(store, bodies[i]);
    }
}

/* What somebody could do who has the file, but not the program: each is found, and the row is named. */
static const struct {
    const char *title, *sql;
    int64_t row;
    const char *what;
} attacks[] = {
    {"nothing was touched", "SELECT 1", 0, ""},
    {"a row was changed", "UPDATE ledger SET body = '{\"n\":9}' WHERE id = 3", 3, "the row is not what was written"},
    {"its time was changed", "UPDATE ledger SET at = at + 1 WHERE id = 5", 5, "the row is not what was written"},
    {"a NULL became an empty blob", "UPDATE ledger SET evidence = x'' WHERE id = 2", 2,
     "the row is not what was written"},
    {"the policy of all rows was changed", "UPDATE texts SET text = '[]' WHERE text = '{}'", 1,
     "the row is not what was written"},
    {"a row was deleted", "DELETE FROM ledger WHERE id = 3", 3, "the row is missing"},
    {"the first row was deleted", "DELETE FROM ledger WHERE id = 1", 1, "the row is missing"},
    {"the last row was deleted", "DELETE FROM ledger WHERE id = 5", 5, "the row and all behind it are missing"},
    {"all rows were deleted", "DELETE FROM ledger", 1, "the row and all behind it are missing"},
    {"two rows changed places",
     "UPDATE ledger SET id = 100 WHERE id = 2; UPDATE ledger SET id = 2 WHERE id = 3; "
     "UPDATE ledger SET id = 3 WHERE id = 100",
     2, "the row is not what was written"},
    {"a row was deleted and the rest moved up",
     "DELETE FROM ledger WHERE id = 2; UPDATE ledger SET id = id - 1 WHERE id > 2", 2,
     "the row is not what was written"},
    {"a row was added",
     "INSERT INTO ledger SELECT 6, at, kind, zone, hostname, body, policy, program_version, evidence, digest, digest "
     "FROM ledger WHERE id = 5",
     6, "the row is not what was written"},
};

static void every_change_is_found(void **state)
{
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        struct err err = ERR_INIT;
        struct ledger_fault fault;
        store_test_teardown(state);
        store_test_setup(state);
        struct store *store = store_test_open(*state, STORE_READ_WRITE);
        append_five(store);
        store_test_sql(store, "DROP TRIGGER ledger_is_not_changed; DROP TRIGGER ledger_is_not_shortened");
        store_test_sql(store, attacks[i].sql);
        assert_int_equal(store_verify_ledger(store, &fault, &err), 0);
        if (fault.row != attacks[i].row || strcmp(fault.what, attacks[i].what) != 0) {
            fail_msg("%s: row %lld, %s", attacks[i].title, (long long)fault.row, fault.what);
        }
        store_close(store);
    }
}

static void triggers_forbid_changing_and_deleting(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    append_five(store);
    assert_int_not_equal(sqlite3_exec(store->db, "UPDATE ledger SET body = '' WHERE id = 1", NULL, NULL, NULL), 0);
    assert_non_null(strstr(sqlite3_errmsg(store->db), "append-only"));
    assert_int_not_equal(sqlite3_exec(store->db, "DELETE FROM ledger WHERE id = 5", NULL, NULL, NULL), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM ledger"), 5);
    store_close(store);
}

#define FIRST_DIGEST "a7fcf741a8e84f9dea32a8ab732226008cf811d87fbaf27614e6fb5bf0b3a760"

/* Computed with sha256sum over the bytes that the fields make. */
static void the_digest_is_sha_256_of_the_fields(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    append(store, "{\"n\":1}");
    assert_int_equal(store_test_number(store, "SELECT digest = x'" FIRST_DIGEST "' FROM ledger WHERE id = 1"), 1);
    assert_int_equal(store_test_number(store, "SELECT previous = zeroblob(32) FROM ledger WHERE id = 1"), 1);
    store_close(store);
}

static int count_row(void *context, const struct ledger_row *row, struct err *err)
{
    int *count = context;
    (void)err;
    assert_int_equal(row->id, ++*count);
    return 0;
}

static void rows_come_in_order_and_by_zone(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int all = 0;
    int none = 0;
    append_five(store);
    assert_int_equal(store_each_ledger_row(store, "example.com", count_row, &all, &err), 0);
    assert_int_equal(all, 5);
    assert_int_equal(store_each_ledger_row(store, "example.org", count_row, &none, &err), 0);
    assert_int_equal(none, 0);
    store_close(store);
}

/* A file of schema 5, in which every row had its policy and its digests as text. */
static void an_older_ledger_is_taken_over(void **state)
{
    const struct store_test *test = *state;
    struct store old = {.db = NULL};
    struct ledger_fault fault;
    struct err err = ERR_INIT;
    assert_int_equal(sqlite3_open(test->path, &old.db), SQLITE_OK);
    for (int i = 0; i < 5; i++) {
        store_test_sql(&old, store_migrations.steps[i]);
    }
    store_test_sql(&old, "PRAGMA application_id = 1869900915; PRAGMA user_version = 5;"
                         "INSERT INTO ledger VALUES (1, 1767225600, 'decision', 'example.com', 'www.example.com', "
                         "'{\"n\":1}', '{}', '1.0.0', NULL, printf('%064d', 0), '" FIRST_DIGEST "');"
                         "UPDATE ledger_head SET count = 1, digest = '" FIRST_DIGEST "'");
    sqlite3_close(old.db);
    struct store *store = store_test_open(test, STORE_READ_WRITE);
    append(store, "{\"n\":2}");
    assert_int_equal(store_verify_ledger(store, &fault, &err), 0);
    assert_string_equal(fault.what, "");
    assert_int_equal(fault.rows, 2);
    assert_int_not_equal(sqlite3_exec(store->db, "DELETE FROM ledger WHERE id = 1", NULL, NULL, NULL), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM texts"), 1);
    store_close(store);
}

/* What a handle remembers of a transaction that was taken back would point to nothing. */
static int append_and_fail(struct store *store, void *context, struct err *err)
{
    (void)context;
    append(store, "{}");
    return err_set(err, ERR_INTERNAL, "no");
}

static void a_policy_that_was_rolled_back_is_written_again(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    assert_int_equal(store_transaction(store, append_and_fail, NULL, &err), -1);
    append(store, "{\"n\":1}");
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM ledger JOIN texts ON texts.id = policy"), 1);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_change_is_found),
        STORE_TEST(triggers_forbid_changing_and_deleting),
        STORE_TEST(the_digest_is_sha_256_of_the_fields),
        STORE_TEST(rows_come_in_order_and_by_zone),
        STORE_TEST(an_older_ledger_is_taken_over),
        STORE_TEST(a_policy_that_was_rolled_back_is_written_again),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
