#include "base/buf.h"
#include "db/store.h"
#include "tests/support/sample_record.h"
#include "tests/unit/db/store_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static void make_database(const struct store_test *test)
{
    struct store *store = store_test_open(test, STORE_READ_WRITE);
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_upgrade(&record);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), 0);
    scan_record_release(&record);
    store_close(store);
}

static void write_bytes(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void patch(const char *path, long offset, unsigned char byte)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc(byte, file), byte);
    assert_int_equal(fclose(file), 0);
}

static void spoil_with_text(const struct store_test *test)
{
    write_bytes(test->path, "# just a list of notes, long enough to look like something\n", 59);
}

static void spoil_with_noise(const struct store_test *test)
{
    unsigned char noise[8192];
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (unsigned char)(i * 2654435761u >> 13);
    }
    write_bytes(test->path, noise, sizeof noise);
}

static void spoil_by_cutting(const struct store_test *test)
{
    make_database(test);
    struct stat status;
    assert_int_equal(stat(test->path, &status), 0);
    assert_int_equal(truncate(test->path, status.st_size / 2), 0);
}

static void spoil_the_schema(const struct store_test *test)
{
    make_database(test);
    /* The kind of the schema's root page. */
    patch(test->path, 100, 0x77);
}

static void spoil_with_another_program(const struct store_test *test)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(test->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE bookmarks (url)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void spoil_with_another_application_id(const struct store_test *test)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(test->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA application_id = 42", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void spoil_from_the_future(const struct store_test *test)
{
    struct store *store = store_test_open(test, STORE_READ_WRITE);
    store_test_sql(store, "PRAGMA user_version = 12; CREATE TABLE from_the_future (x)");
    store_close(store);
}

static void spoil_as_folder(const struct store_test *test)
{
    assert_int_equal(mkdir(test->path, 0700), 0);
}

static void spoil_nothing(const struct store_test *test)
{
    (void)test;
}

static void spoil_as_empty(const struct store_test *test)
{
    write_bytes(test->path, "", 0);
}

static void spoil_with_a_file_as_parent(const struct store_test *test)
{
    char *path = (char *)(uintptr_t)test->path;
    write_bytes(test->path, "", 0);
    strcat(path, "/below.db");
}

static const struct bad_database {
    const char *sentence;
    void (*spoil)(const struct store_test *test);
    enum store_mode mode;
    const char *message; /* %s is the path */
} bad_databases[] = {
    {"a text file", spoil_with_text, STORE_READ_WRITE, "%s is not a database"},
    {"a text file, to be read", spoil_with_text, STORE_READ_ONLY, "%s is not a database"},
    {"noise", spoil_with_noise, STORE_READ_WRITE, "%s is not a database"},
    {"cut in half", spoil_by_cutting, STORE_READ_WRITE, "database %s is damaged: database disk image is malformed"},
    {"cut in half, to be read", spoil_by_cutting, STORE_READ_ONLY,
     "database %s is damaged: database disk image is malformed"},
    {"a schema that is no page", spoil_the_schema, STORE_READ_WRITE,
     "database %s is damaged: database disk image is malformed"},
    {"tables of somebody else", spoil_with_another_program, STORE_READ_WRITE, "database %s belongs to another program"},
    {"tables of somebody else, to be read", spoil_with_another_program, STORE_READ_ONLY,
     "database %s belongs to another program"},
    {"an application id of somebody else", spoil_with_another_application_id, STORE_READ_WRITE,
     "database %s belongs to another program"},
    {"a newer schema", spoil_from_the_future, STORE_READ_WRITE,
     "database %s was written by a newer origintls (schema 12, this one knows 11)"},
    {"a newer schema, to be read", spoil_from_the_future, STORE_READ_ONLY,
     "database %s was written by a newer origintls (schema 12, this one knows 11)"},
    {"a folder", spoil_as_folder, STORE_READ_WRITE, "database %s is a directory"},
    {"a folder, to be read", spoil_as_folder, STORE_READ_ONLY, "database %s is a directory"},
    {"nothing, to be read", spoil_nothing, STORE_READ_ONLY, "there is no database at %s: No such file or directory"},
    {"an empty file, to be read", spoil_as_empty, STORE_READ_ONLY,
     "database %s is empty: a command that writes to it brings it up to date"},
};

static void read_whole(const char *path, struct buf *out)
{
    buf_init(out, 0);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    char chunk[4096];
    size_t got = 0;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        buf_append(out, chunk, got);
    }
    fclose(file);
}

static void check_bad_database(const struct store_test *test, const struct bad_database *row)
{
    struct err err = ERR_INIT;
    char expected[2 * TEMP_PATH_BYTES];
    struct buf before;
    struct buf after;
    row->spoil(test);
    read_whole(test->path, &before);
    struct store *store = store_open_waiting(test->path, row->mode, 50, &err);
    const char *hole = strstr(row->message, "%s");
    snprintf(expected, sizeof expected, "%.*s%s%s", (int)(hole - row->message), row->message, test->path, hole + 2);
    if (store != NULL || err.kind != ERR_INTERNAL || strcmp(err.message, expected) != 0) {
        fail_msg("%s: \"%s\" instead of \"%s\"", row->sentence, store != NULL ? "opened" : err.message, expected);
    }
    read_whole(test->path, &after);
    if (!slice_equal(buf_slice(&before), buf_slice(&after))) {
        fail_msg("%s: the file was changed", row->sentence);
    }
    buf_release(&before);
    buf_release(&after);
}

static void bad_databases_are_named_and_left_alone(void **state)
{
    for (size_t i = 0; i < sizeof bad_databases / sizeof *bad_databases; i++) {
        store_test_teardown(state);
        store_test_setup(state);
        check_bad_database(*state, &bad_databases[i]);
    }
}

static void a_file_in_the_place_of_a_folder_is_named(void **state)
{
    struct store_test *test = *state;
    struct err err = ERR_INIT;
    spoil_with_a_file_as_parent(test);
    assert_null(store_open(test->path, STORE_READ_WRITE, &err));
    assert_non_null(strstr(err.message, "Not a directory"));
}

static void an_empty_name_is_a_wrong_option(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    assert_null(store_open("", STORE_READ_WRITE, &err));
    assert_int_equal(err.kind, ERR_USAGE);
}

static void missing_folders_are_made_for_the_owner_alone(void **state)
{
    struct store_test *test = *state;
    char path[TEMP_PATH_BYTES];
    temp_folder_path(&test->folder, "a/b/c.db", path);
    memcpy(test->path, path, sizeof path);
    assert_false(store_exists(path));
    store_close(store_test_open(test, STORE_READ_WRITE));
    assert_true(store_exists(path));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(temp_folder_path(&test->folder, "a/b", path), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

/* Characters that mean something in a URI are a name's own. */
static void odd_names_are_taken_literally(void **state)
{
    static const char *const names[] = {"a?mode=ro.db", "100%25.db", "x#y.db", "file:z.db", ":memory:", "ü ö.db"};
    struct store_test *test = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[TEMP_PATH_BYTES];
        temp_folder_path(&test->folder, names[i], path);
        memcpy(test->path, path, sizeof path);
        make_database(test);
        assert_true(store_exists(path));
    }
}

/* Somebody else holds the write lock: waits, then says so; the same handle works afterwards. */
static void a_lock_of_another_process_is_waited_for_and_named(void **state)
{
    const struct store_test *test = *state;
    make_database(test);
    struct err err = ERR_INIT;
    int ready[2];
    int done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *db = NULL;
        char byte = 0;
        bool locked = sqlite3_open(test->path, &db) == SQLITE_OK &&
                      sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
        close(done[1]);
        _exit(locked && write(ready[1], "!", 1) == 1 && read(done[0], &byte, 1) == 1 ? 0 : 1);
    }
    char byte = 0;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct store *store = store_open_waiting(test->path, STORE_READ_WRITE, 50, &err);
    assert_non_null(store);
    struct scan_record record;
    sample_mixed(&record);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "is locked: another process has been writing to it for 0.05 s"));
    /* Readers do not wait. */
    struct scan_record read_back;
    assert_int_equal(store_read_latest(store, "example.com", &read_back, &err), 1);
    scan_record_release(&read_back);

    int status = 0;
    assert_int_equal(write(done[1], "!", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), 0);
    scan_record_release(&record);
    store_close(store);
    close(ready[0]);
    close(done[0]);
    close(done[1]);
}

static void a_full_disk_is_named_and_nothing_is_written_half(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_hostile(&record);
    int64_t pages = store_test_number(store, "PRAGMA page_count");
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", (long long)pages + 2);
    store_test_sql(store, sql);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), -1);
    assert_non_null(strstr(err.message, "no space left for database"));
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM scans"), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM zones"), 0);
    store_test_sql(store, "PRAGMA max_page_count = 1000000");
    assert_int_equal(store_write_scan(store, &record, NULL, &err), 0);
    scan_record_release(&record);
    store_close(store);
}

static void a_store_for_reading_refuses_to_write(void **state)
{
    make_database(*state);
    struct store *store = store_test_open(*state, STORE_READ_ONLY);
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_mixed(&record);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), -1);
    assert_non_null(strstr(err.message, "is read-only"));
    scan_record_release(&record);
    store_close(store);
}

/* Root may do everything, so the rest of a test runs as somebody who may not. Returns the exit status of `body`. */
static int as_nobody(const struct store_test *test, int (*body)(const struct store_test *test))
{
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
            _exit(99);
        }
        _exit(body(test));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int expect_failure(const struct store_test *test, enum store_mode mode, const char *message)
{
    struct err err = ERR_INIT;
    struct store *store = store_open_waiting(test->path, mode, 50, &err);
    if (store == NULL && strstr(err.message, message) != NULL && err.kind == ERR_INTERNAL) {
        return 0;
    }
    fprintf(stderr, "%s\n", store != NULL ? "opened" : err.message);
    return 1;
}

static int read_only_file(const struct store_test *test)
{
    return expect_failure(test, STORE_READ_WRITE, "is read-only");
}

static int secret_file(const struct store_test *test)
{
    return expect_failure(test, STORE_READ_WRITE, "Permission denied") +
           expect_failure(test, STORE_READ_ONLY, "Permission denied");
}

static int closed_folder(const struct store_test *test)
{
    return expect_failure(test, STORE_READ_WRITE, "Permission denied");
}

/* A backup in a folder that only others may write to can be read all the same. */
static int readable_in_a_folder_of_others(const struct store_test *test)
{
    struct err err = ERR_INIT;
    struct scan_record record;
    struct store *store = store_open_waiting(test->path, STORE_READ_ONLY, 50, &err);
    int result = store != NULL ? store_read_latest(store, "example.com", &record, &err) : -1;
    if (result != 1) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    scan_record_release(&record);
    store_close(store);
    return 0;
}

static void permissions_are_named(void **state)
{
    const struct store_test *test = *state;
    assert_int_equal(chmod(test->folder.path, 0755), 0);
    assert_int_equal(as_nobody(test, closed_folder), geteuid() == 0 ? 0 : 1);
    make_database(test);
    assert_int_equal(chmod(test->path, 0444), 0);
    assert_int_equal(as_nobody(test, read_only_file), 0);
    assert_int_equal(as_nobody(test, readable_in_a_folder_of_others), 0);
    assert_int_equal(chmod(test->path, 0000), 0);
    assert_int_equal(as_nobody(test, secret_file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(bad_databases_are_named_and_left_alone),
        STORE_TEST(a_file_in_the_place_of_a_folder_is_named),
        STORE_TEST(an_empty_name_is_a_wrong_option),
        STORE_TEST(missing_folders_are_made_for_the_owner_alone),
        STORE_TEST(odd_names_are_taken_literally),
        STORE_TEST(a_lock_of_another_process_is_waited_for_and_named),
        STORE_TEST(a_full_disk_is_named_and_nothing_is_written_half),
        STORE_TEST(a_store_for_reading_refuses_to_write),
        STORE_TEST(permissions_are_named),
    };
    return cmocka_run_group_tests_name("bad databases", tests, NULL, NULL);
}
