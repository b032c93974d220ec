/* A process that is killed at whichever statement, whatever it was writing: what is stored and what the ledger says
 * agree, and the same work can be done again. Observations have a test like this beside their others. */
#include "db/store_internal.h"
#include "recommend/decide.h"
#include "scan/ledger_replay.h"
#include "scan/rollouts.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/scan/death.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR 3600

struct crash_test {
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    struct store *store;
    struct rollout_policy policy;
    struct rollout_run run;
    char zone[64];
};

typedef int do_work(struct crash_test *test, struct err *err);

static void open_store(struct crash_test *test)
{
    struct err err = ERR_INIT;
    test->store = store_open_waiting(test->path, STORE_READ_WRITE, 4000, &err);
    if (test->store == NULL) {
        fail_msg("%s", err.message);
    }
    test->run.store = test->store;
}

static int scan(struct crash_test *test, const char *scan_id, bool safe, struct err *err)
{
    const struct decision_policy policy = DECISION_POLICY_INIT;
    struct scan_record record;
    sample_upgrade(&record);
    record.scan_id = scan_id;
    if (!safe) {
        struct hostname_record *hostname = &record.hostnames[0];
        hostname->safe_modes = mode_set_of(MODE_FLEXIBLE);
        hostname->supported_mode = hostname->recommended_mode = MODE_FLEXIBLE;
    }
    int result = decide_record(&record, &policy) == 0 ? rollouts_after_scan(&test->run, &record, NULL, err) : -1;
    scan_record_release(&record);
    return result;
}

static int nothing(struct crash_test *test, struct err *err)
{
    (void)test;
    (void)err;
    return 0;
}

static int first_scan(struct crash_test *test, struct err *err)
{
    return scan(test, "scan-1", true, err);
}

static int contradicting_scan(struct crash_test *test, struct err *err)
{
    return scan(test, "scan-2", false, err);
}

static int stopped_scan(struct crash_test *test, struct err *err)
{
    test->policy.stop = true;
    int result = first_scan(test, err);
    test->policy.stop = false;
    return result;
}

static int start_due(struct crash_test *test, struct err *err)
{
    size_t started = 0;
    return rollouts_start_due(&test->run, &started, err);
}

static int take_back(struct crash_test *test, struct err *err)
{
    size_t changed = 0;
    return rollouts_by_hand(&test->run, test->zone, NULL, EVENT_ROLL_BACK, &changed, err);
}

/* As an inventory that knows the zone, a rollout at its end, and the commit. */
static int commit(struct crash_test *test, struct err *err)
{
    struct stored_rollout stored;
    struct arena arena = {.head = NULL};
    char *message = NULL;
    int result = first_scan(test, err);
    if (result == 0) {
        result = store_find_rollout(test->store, test->zone, test->zone, &arena, &stored, err) == 1 ? 0 : -1;
    }
    while (result == 0 && stored.rollout.step_count < RAMP_STEPS) {
        assert_true(rollout_apply(&stored.rollout, EVENT_ADVANCE, test->run.now_s));
    }
    if (result == 0) {
        assert_true(rollout_apply(&stored.rollout, EVENT_COMMIT, test->run.now_s));
        result = store_change_rollout(test->store, &stored, err);
    }
    /* The ledger of this made-up ramp would not replay. */
    sqlite3_exec(test->store->db,
                 "DROP TRIGGER ledger_is_not_shortened; DELETE FROM ledger; UPDATE ledger_head SET count = 0, "
                 "digest = printf('%064d', 0)",
                 NULL, NULL, &message);
    assert_null(message);
    arena_release(&arena);
    return result;
}

static int opt_out(struct crash_test *test, struct err *err)
{
    const struct store_opt_out entries[] = {
        {.kind = OPT_OUT_ZONE, .value = test->zone, .reason = "asked by mail", .source = "test", .expires_s = -1},
        {.kind = OPT_OUT_ZONE, .value = "example.net", .source = "test", .expires_s = -1},
    };
    return rollouts_add_opt_outs(&test->run, entries, 2, err);
}

static int64_t number(struct crash_test *test, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(test->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

/* Counts that must be equal, whatever was cut off. */
static const struct {
    const char *what, *stored, *told;
} agreements[] = {
    {"scans", "SELECT count(*) FROM scans", "SELECT count(*) FROM ledger WHERE kind = 'recommendation'"},
    {"decisions", "SELECT count(*) FROM decisions WHERE position >= 0",
     "SELECT count(*) FROM ledger WHERE kind = 'decision'"},
    {"rollouts", "SELECT count(*) FROM rollouts", "SELECT count(*) FROM ledger WHERE kind = 'rollout'"},
    {"steps", "SELECT count(*) FROM rollout_steps",
     "SELECT count(*) FROM ledger WHERE kind = 'step' AND body ->> 'event' IN ('start', 'advance')"},
    {"ends", "SELECT count(*) FROM rollouts WHERE ended_at IS NOT NULL",
     "SELECT count(*) FROM ledger WHERE kind = 'step' AND body ->> 'state' IN ('rolled_back', 'cancelled')"},
    {"opt-outs", "SELECT count(*) FROM opt_outs", "SELECT count(*) FROM ledger WHERE kind = 'opt_out'"},
    {"rows of the ledger", "SELECT count FROM ledger_head", "SELECT count(*) FROM ledger"},
};

static void assert_agreement(struct crash_test *test, const char *title, bool made_up)
{
    struct ledger_fault fault;
    struct ledger_replay replay;
    struct err err = ERR_INIT;
    for (size_t i = 0; i < sizeof agreements / sizeof *agreements && !made_up; i++) {
        if (number(test, agreements[i].stored) != number(test, agreements[i].told)) {
            fail_msg("%s: %s and the ledger disagree", title, agreements[i].what);
        }
    }
    assert_int_equal(store_verify_ledger(test->store, &fault, &err), 0);
    assert_int_equal(fault.row, 0);
    assert_int_equal(ledger_replay(test->store, "test", &replay, &err), 0);
    assert_true(made_up || replay.differences == 0);
}

struct dying {
    struct crash_test *test;
    do_work *work;
};

static struct store *open_again(void *context)
{
    struct dying *dying = context;
    open_store(dying->test);
    return dying->test->store;
}

static int work_again(void *context)
{
    struct dying *dying = context;
    struct err err = ERR_INIT;
    return dying->work(dying->test, &err);
}

/* True if the process was killed before it was through. */
static bool die_while(struct crash_test *test, do_work *work, int statement)
{
    struct dying dying = {test, work};
    store_close(test->store);
    test->store = NULL;
    bool killed = death_at_statement(statement, open_again, work_again, &dying);
    open_store(test);
    return killed;
}

static void begin(struct crash_test *test)
{
    struct scan_record record;
    *test = (struct crash_test){.store = NULL};
    temp_folder_make(&test->folder);
    temp_folder_path(&test->folder, "test.db", test->path);
    rollout_policy_init(&test->policy);
    sample_upgrade(&record);
    snprintf(test->zone, sizeof test->zone, "%s", record.zone);
    test->run =
        (struct rollout_run){.policy = &test->policy, .now_s = record.finished_s + HOUR, .program_version = "test"};
    scan_record_release(&record);
    open_store(test);
}

static const struct {
    const char *title;
    do_work *before, *work;
    const char *done; /* what is 1 when the work is done, and 0 when not */
} works[] = {
    {"a scan that opens and starts a rollout", nothing, first_scan,
     "SELECT count(*) FROM rollouts WHERE state = 'ramping'"},
    {"a scan that contradicts", first_scan, contradicting_scan,
     "SELECT count(*) FROM rollouts WHERE rule = 'contradicted'"},
    {"a start of what waits", stopped_scan, start_due, "SELECT count(*) FROM rollouts WHERE state = 'ramping'"},
    {"a rollback by hand", first_scan, take_back, "SELECT count(*) FROM rollouts WHERE state = 'rolled_back'"},
    {"a rollback of a commit", commit, take_back, "SELECT count(*) FROM rollouts WHERE state = 'rolled_back'"},
    {"two opt-outs", first_scan, opt_out, "SELECT count(*) / 2 FROM opt_outs"},
};

static void whatever_is_cut_off_was_never_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        bool killed = true;
        int statements = 0;
        while (killed) {
            struct crash_test test;
            struct err err = ERR_INIT;
            begin(&test);
            assert_int_equal(works[i].before(&test, &err), 0);
            killed = die_while(&test, works[i].work, statements++);
            assert_int_equal(number(&test, works[i].done), !killed);
            assert_agreement(&test, works[i].title, works[i].before == commit);
            if (killed) {
                assert_int_equal(works[i].work(&test, &err), 0);
                assert_int_equal(number(&test, works[i].done), 1);
            }
            store_close(test.store);
            temp_folder_remove(&test.folder);
        }
        assert_true(statements > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_is_cut_off_was_never_there)};
    return cmocka_run_group_tests_name("rollouts that are cut off", tests, NULL, NULL);
}
