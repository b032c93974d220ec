/* The process dies in the middle of a write: what is there afterwards is the state before or the state after, whole. */
#include "reports/report.h"
#include "tests/support/sample_record.h"
#include "tests/unit/db/store_test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct countdown {
    int left;
};

static int die_at_statement(unsigned type, void *context, void *statement, void *text)
{
    struct countdown *countdown = context;
    (void)type;
    (void)statement;
    (void)text;
    if (countdown->left-- == 0) {
        raise(SIGKILL);
    }
    return 0;
}

static int die_at_instruction(void *context)
{
    return die_at_statement(0, context, NULL, NULL);
}

static void make_scans(struct scan_record *old, struct scan_record *new)
{
    sample_upgrade(old);
    sample_mixed(new);
    /* Of the same zone, so that the latest must change hands. */
    new->zone = old->zone;
}

static void write_old(const struct store_test *test)
{
    struct store *store = store_test_open(test, STORE_READ_WRITE);
    struct scan_record old;
    struct scan_record new;
    struct err err = ERR_INIT;
    make_scans(&old, &new);
    assert_int_equal(store_write_scan(store, &old, NULL, &err), 0);
    scan_record_release(&old);
    scan_record_release(&new);
    store_close(store);
}

/* In a process that is going to die. */
static void write_new(const struct store_test *test, int statements, int instructions)
{
    struct countdown countdown = {statements >= 0 ? statements : instructions};
    struct scan_record old;
    struct scan_record new;
    struct err err = ERR_INIT;
    make_scans(&old, &new);
    struct store *store = store_open_waiting(test->path, STORE_READ_WRITE, 2000, &err);
    if (store == NULL) {
        _exit(2);
    }
    if (statements >= 0) {
        sqlite3_trace_v2(store->db, SQLITE_TRACE_STMT, die_at_statement, &countdown);
    } else {
        sqlite3_progress_handler(store->db, 1, die_at_instruction, &countdown);
    }
    int result = store_write_scan(store, &new, NULL, &err);
    /* Not closed: the log is left as a crash would leave it. */
    _exit(result == 0 ? 0 : 3);
}

static void render(const struct scan_record *record, struct buf *out)
{
    struct report_style style = {0};
    buf_init(out, 0);
    report_writer_find("json")->scan(record, &style, out);
}

static bool is_scan(const struct scan_record *expected, const struct scan_record *actual)
{
    struct buf left;
    struct buf right;
    render(expected, &left);
    render(actual, &right);
    bool same = slice_equal(buf_slice(&left), buf_slice(&right));
    buf_release(&left);
    buf_release(&right);
    return same;
}

static void assert_whole(const struct store_test *test, bool is_new)
{
    struct store *store = store_test_open(test, STORE_READ_WRITE);
    struct scan_record old;
    struct scan_record new;
    struct scan_record read;
    struct err err = ERR_INIT;
    make_scans(&old, &new);
    assert_int_equal(store_read_latest(store, old.zone, &read, &err), 1);
    assert_true(is_scan(is_new ? &new : &old, &read));
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM scans"), is_new ? 2 : 1);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM evidence"), is_new ? 6 : 1);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'"), 0);
    scan_record_release(&old);
    scan_record_release(&new);
    scan_record_release(&read);
    store_close(store);
}

/* True while the write was cut short. */
static bool crash(void **state, int statements, int instructions)
{
    store_test_teardown(state);
    store_test_setup(state);
    const struct store_test *test = *state;
    write_old(test);
    pid_t child = fork();
    if (child == 0) {
        write_new(test, statements, instructions);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    assert_true(killed || status == 0);
    assert_whole(test, !killed);
    return killed;
}

static void dying_at_any_statement_leaves_the_state_before(void **state)
{
    int statements = 0;
    while (crash(state, statements, -1)) {
        statements++;
    }
    /* The mixed sample writes 4 hostnames, 5 origins and what belongs to them. */
    assert_true(statements > 60);
}

/* One in a while of some ten thousand. */
static void dying_at_any_instruction_leaves_the_state_before(void **state)
{
    int instructions = 0;
    int deaths = 0;
    while (crash(state, -1, instructions)) {
        instructions += 53;
        deaths++;
    }
    assert_true(deaths > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(dying_at_any_statement_leaves_the_state_before),
        STORE_TEST(dying_at_any_instruction_leaves_the_state_before),
    };
    return cmocka_run_group_tests_name("crashes while writing", tests, NULL, NULL);
}
