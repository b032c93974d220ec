/* Scans, observations and commands on a real store: what becomes of a rollout, and what does not. */
#include "base/clock.h"
#include "base/limits.h"
#include "db/store_internal.h"
#include "recommend/decide.h"
#include "scan/ledger_replay.h"
#include "scan/observation_reader.h"
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR 3600

struct rollout_test {
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    struct store *store;
    struct rollout_policy policy;
    struct rollout_run run;
    const char *zone, *hostname;
    int64_t start_s;
    struct arena arena;
};

static void open_store(struct rollout_test *test)
{
    struct err err = ERR_INIT;
    test->store = store_open_waiting(test->path, STORE_READ_WRITE, 4000, &err);
    if (test->store == NULL) {
        fail_msg("%s", err.message);
    }
    test->run.store = test->store;
}

/* A scan of the sample's zone that decides on an upgrade, or one that no longer does. */
static void scan(struct rollout_test *test, const char *scan_id, bool safe)
{
    const struct decision_policy policy = DECISION_POLICY_INIT;
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_upgrade(&record);
    record.scan_id = scan_id;
    if (!safe) {
        struct hostname_record *hostname = &record.hostnames[0];
        hostname->safe_modes = mode_set_of(MODE_FLEXIBLE);
        hostname->supported_mode = MODE_FLEXIBLE;
        hostname->recommended_mode = MODE_FLEXIBLE;
    }
    /* The sample's own reasons are made up. */
    assert_int_equal(decide_record(&record, &policy), 0);
    if (rollouts_after_scan(&test->run, &record, NULL, &err) != 0) {
        fail_msg("%s", err.message);
    }
    test->zone = arena_text(&test->arena, record.zone);
    test->hostname = arena_text(&test->arena, record.hostnames[0].hostname);
    scan_record_release(&record);
}

static int setup(void **state)
{
    static struct rollout_test test;
    struct scan_record record;
    test = (struct rollout_test){.zone = NULL};
    temp_folder_make(&test.folder);
    temp_folder_path(&test.folder, "test.db", test.path);
    rollout_policy_init(&test.policy);
    sample_upgrade(&record);
    test.start_s = record.finished_s + HOUR;
    scan_record_release(&record);
    test.run = (struct rollout_run){.policy = &test.policy, .now_s = test.start_s, .program_version = "test"};
    open_store(&test);
    *state = &test;
    return 0;
}

static int teardown(void **state)
{
    struct rollout_test *test = *state;
    store_close(test->store);
    arena_release(&test->arena);
    temp_folder_remove(&test->folder);
    return 0;
}

static struct stored_rollout latest(struct rollout_test *test)
{
    struct stored_rollout stored;
    struct err err = ERR_INIT;
    if (store_find_rollout(test->store, test->zone, test->hostname, &test->arena, &stored, &err) != 1) {
        fail_msg("there is no rollout: %s", err.message);
    }
    return stored;
}

static int percent(struct rollout_test *test)
{
    struct stored_rollout stored = latest(test);
    return rollout_percent(&stored.rollout);
}

static int64_t number(struct rollout_test *test, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(test->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static struct reported_observation report(const struct rollout_test *test, int percent, int64_t start_s, int64_t end_s,
                                          uint64_t candidates, uint64_t failures)
{
    return (struct reported_observation){
        .zone = test->zone,
        .hostname = test->hostname,
        .line = 1,
        .observation = {.from = MODE_FLEXIBLE,
                        .to = MODE_FULL_STRICT,
                        .percent = percent,
                        .start_s = start_s,
                        .end_s = end_s,
                        .candidate = {.requests = candidates, .failures = {failures}, .given = {true, true, true}},
                        .control = {.requests = 100000, .given = {true, true, true}}},
    };
}

static struct rollouts_observed observe(struct rollout_test *test, const struct reported_observation *reported,
                                        size_t count)
{
    struct rollouts_observed observed;
    struct err err = ERR_INIT;
    if (rollouts_observe(&test->run, reported, count, "edge.ndjson", &observed, &err) != 0) {
        fail_msg("%s", err.message);
    }
    return observed;
}

/* What was decided comes out the same, and nobody has changed the ledger. */
static void assert_ledger_holds(struct rollout_test *test)
{
    struct ledger_fault fault;
    struct ledger_replay replay;
    struct err err = ERR_INIT;
    assert_int_equal(store_verify_ledger(test->store, &fault, &err), 0);
    assert_int_equal(fault.row, 0);
    assert_int_equal(ledger_replay(test->store, "test", &replay, &err), 0);
    if (replay.differences != 0) {
        fail_msg("row %lld: %s", (long long)replay.first_row, replay.what);
    }
    assert_true(replay.decisions > 0);
}

static void a_scan_starts_a_rollout(void **state)
{
    struct rollout_test *test = *state;
    scan(test, "scan-1", true);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_RAMPING);
    assert_int_equal(percent(test), 1);
    scan(test, "scan-2", true);
    assert_int_equal(number(test, "SELECT count(*) FROM rollouts"), 1);
    assert_ledger_holds(test);
}

static void a_scan_that_contradicts_takes_it_back(void **state)
{
    struct rollout_test *test = *state;
    scan(test, "scan-1", true);
    scan(test, "scan-2", false);
    struct stored_rollout stored = latest(test);
    assert_int_equal(stored.rollout.state, ROLLOUT_ROLLED_BACK);
    assert_int_equal(stored.rule, RULE_CONTRADICTED);
    assert_ledger_holds(test);
}

static void policy_keeps_an_upgrade_waiting(void **state)
{
    struct rollout_test *test = *state;
    test->policy.stop = true;
    scan(test, "scan-1", true);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_WAITING);
    assert_int_equal(latest(test).rule, RULE_STOPPED);
    assert_int_equal(number(test, "SELECT count(*) FROM decisions WHERE action = 'hold'"), 2);
    test->policy.stop = false;
    assert_int_equal(observe(test, NULL, 0).changed, 1);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_RAMPING);
    assert_ledger_holds(test);
}

static void evidence_that_has_aged_starts_nothing(void **state)
{
    struct rollout_test *test = *state;
    test->policy.stop = true;
    scan(test, "scan-1", true);
    test->policy.stop = false;
    test->run.now_s += INT64_C(10) * 365 * 24 * HOUR; /* the certificate has long ended */
    assert_int_equal(observe(test, NULL, 0).changed, 0);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_CANCELLED);
    assert_int_equal(latest(test).rule, RULE_SHORT_LIFETIME);
    assert_ledger_holds(test);
}

static void two_agreeing_scans_must_lie_apart(void **state)
{
    struct rollout_test *test = *state;
    test->policy.agreeing_scans = 2;
    scan(test, "scan-1", true);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_WAITING);
    assert_int_equal(latest(test).rule, RULE_NOT_AGREED);
    /* The sample's scans finish at the same time, so a second one is no second look. */
    scan(test, "scan-2", true);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_WAITING);
    test->policy.agreeing_apart_s = 0;
    scan(test, "scan-3", true);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_RAMPING);
    assert_ledger_holds(test);
}

static void observations_let_it_advance_or_go_back(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    size_t changed = 0;
    scan(test, "scan-1", true);
    struct reported_observation first = report(test, 1, test->start_s, test->start_s + 12 * HOUR, 100000, 0);
    test->run.now_s = test->start_s + 12 * HOUR;
    struct rollouts_observed observed = observe(test, &first, 1);
    assert_int_equal(observed.added, 1);
    assert_int_equal(observed.changed, 1);
    assert_int_equal(percent(test), 10);
    assert_int_equal(observe(test, &first, 1).duplicates, 1);
    assert_int_equal(number(test, "SELECT count(*) FROM observations"), 1);
    assert_int_equal(rollouts_by_hand(&test->run, test->zone, NULL, EVENT_HOLD, &changed, &err), 0);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_HOLDING);
    assert_int_equal(rollouts_by_hand(&test->run, test->zone, test->hostname, EVENT_HOLD, &changed, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    struct reported_observation second = report(test, 10, test->run.now_s, test->run.now_s + HOUR, 1000, 900);
    test->run.now_s += HOUR;
    observe(test, &second, 1);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_ROLLED_BACK);
    assert_int_equal(latest(test).rule, RULE_FAILED_OUTRIGHT);
    assert_ledger_holds(test);
}

static void opting_out_ends_it(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    struct opt_out *list = opt_out_new(&err);
    size_t ended = 0;
    scan(test, "scan-1", true);
    assert_int_equal(opt_out_add(list, slice_of(test->zone), OPT_OUT_NEVER_EXPIRES, NULL, "test", &err), 0);
    opt_out_finish(list);
    test->run.opt_out = list;
    struct reported_observation harmless = report(test, 1, test->start_s, test->start_s + 12 * HOUR, 100000, 0);
    test->run.now_s = test->start_s + 12 * HOUR;
    observe(test, &harmless, 1);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_ROLLED_BACK);
    assert_int_equal(latest(test).rule, RULE_OPTED_OUT);
    assert_int_equal(rollouts_honour_opt_outs(&test->run, &ended, &err), 0);
    assert_int_equal(ended, 0);
    opt_out_free(list);
}

static void replay_notices_another_past(void **state)
{
    struct rollout_test *test = *state;
    struct ledger_replay replay;
    struct err err = ERR_INIT;
    scan(test, "scan-1", true);
    struct reported_observation first = report(test, 1, test->start_s, test->start_s + 12 * HOUR, 100000, 0);
    test->run.now_s = test->start_s + 12 * HOUR;
    observe(test, &first, 1);
    assert_ledger_holds(test);
    assert_int_equal(sqlite3_exec(test->store->db, "UPDATE observations SET candidate_tls = 9", NULL, NULL, NULL), 0);
    assert_int_equal(ledger_replay(test->store, "test", &replay, &err), 0);
    assert_int_equal(replay.differences, 1);
    assert_string_equal(replay.what, "the observations are no longer what the step was decided on");
    assert_int_equal(sqlite3_exec(test->store->db, "UPDATE recommendations SET against = 3", NULL, NULL, NULL), 0);
    assert_int_equal(ledger_replay(test->store, "test", &replay, &err), 0);
    assert_int_equal(replay.differences, 2);
    assert_string_equal(replay.what, "the evidence is no longer what the decision was made on");
}

/* Observations that cannot be, as lines of a file: nothing of such a file is stored. The first line is good. */
static const struct {
    const char *title, *line, *message;
} bad_lines[] = {
    {"cut off", "{\"zone\":\"example.com\",\"hostn", "edge.ndjson:2: no JSON"},
    {"no object", "[1]", "edge.ndjson:2: the line is no JSON object"},
    {"a negative count",
     "{Z\"percent\":1,T\"candidate\":{\"requests\":-1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0},C}",
     "edge.ndjson:2: candidate.requests is negative"},
    {"a count that is no number",
     "{Z\"percent\":1,T\"candidate\":{\"requests\":\"1\",\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0},C}",
     "edge.ndjson:2: candidate.requests is missing, or no whole number"},
    {"a count that overflows",
     "{Z\"percent\":1,T\"candidate\":{\"requests\":99999999999999999999,\"tls_errors\":0,\"connect_errors\":0,"
     "\"http_5xx\":0},C}",
     "edge.ndjson:2: no JSON"},
    {"more errors than requests",
     "{Z\"percent\":1,T\"candidate\":{\"requests\":1,\"tls_errors\":2,\"connect_errors\":0,\"http_5xx\":0},C}",
     "candidate.tls_errors is 2, more than its 1 requests"},
    {"a percentage that was not in force",
     "{Z\"percent\":10,T\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0},C}",
     "percent is 10, but 1 % was in force"},
    {"an impossible percentage",
     "{Z\"percent\":101,T\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0},C}",
     "percent is missing, or no whole number from 1 to 100"},
    {"a time in the future",
     "{Z\"percent\":1,F\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0},C}",
     "lies in the future"},
    {"an unknown zone",
     "{\"zone\":\"example.net\",\"hostname\":\"www.example.net\",\"from\":\"flexible\",\"to\":\"full_strict\","
     "\"percent\":1,T\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0},C}",
     "there is no rollout of www.example.net in zone example.net"},
    {"no control",
     "{Z\"percent\":1,T\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0}}",
     "control is missing, or no object"},
    {"a name that is none",
     "{\"zone\":\"exa mple\",\"hostname\":\"www.example.net\",\"from\":\"flexible\",\"to\":\"full_strict\"}",
     "edge.ndjson:2: zone 'exa mple'"},
    {"a key that is not known",
     "{Z\"percent\":1,T\"note\":null,\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":"
     "0},C}",
     "unknown key 'note'"},
    {"a misspelt class, which would count as none",
     "{Z\"percent\":1,T\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0,\"http_4x\":"
     "1},C}",
     "unknown key 'candidate.http_4x'"},
};

/* Z, T, F and C of the table. */
static void expand(const struct rollout_test *test, const char *line, int64_t start_s, struct buf *out)
{
    char start[80];
    char end[80];
    for (const char *c = line; *c != '\0'; c++) {
        bool after_comma = c > line && (c[-1] == ',' || c[-1] == '{');
        if (after_comma && *c == 'Z') {
            buf_printf(out, "\"zone\":\"%s\",\"hostname\":\"%s\",\"from\":\"flexible\",\"to\":\"full_strict\",",
                       test->zone, test->hostname);
        } else if (after_comma && (*c == 'T' || *c == 'F')) {
            int64_t until_s = *c == 'T' ? start_s + 60 : test->run.now_s + 60;
            buf_printf(out, "\"start\":\"%s\",\"end\":\"%s\",", time_format(start_s, start), time_format(until_s, end));
        } else if (after_comma && *c == 'C') {
            buf_append_text(out, "\"control\":{\"requests\":9,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0}");
        } else {
            buf_append_byte(out, *c);
        }
    }
    buf_append_byte(out, '\n');
}

static void impossible_observations_are_refused_as_a_whole(void **state)
{
    struct rollout_test *test = *state;
    char path[TEMP_PATH_BYTES];
    static const char good[] =
        "{Z\"percent\":1,T\"candidate\":{\"requests\":1,\"tls_errors\":0,\"connect_errors\":0,\"http_5xx\":0},C}";
    scan(test, "scan-1", true);
    test->run.now_s = test->start_s + HOUR;
    temp_folder_path(&test->folder, "edge.ndjson", path);
    for (size_t i = 0; i < sizeof bad_lines / sizeof *bad_lines; i++) {
        struct buf text = {.data = NULL};
        struct err err = ERR_INIT;
        struct reported_observations reported;
        struct rollouts_observed observed;
        expand(test, good, test->start_s, &text);
        expand(test, bad_lines[i].line, test->start_s + 100, &text);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
        fclose(file);
        int result = observations_read(path, &test->arena, &reported, &err);
        result =
            result == 0 ? rollouts_observe(&test->run, reported.items, reported.count, path, &observed, &err) : result;
        if (result != -1 || err.kind != ERR_USAGE || strstr(err.message, bad_lines[i].message) == NULL ||
            strstr(err.message, "edge.ndjson:2: ") == NULL) {
            fail_msg("%s: %d, %s", bad_lines[i].title, result, err.message);
        }
        assert_int_equal(number(test, "SELECT count(*) FROM observations"), 0);
        buf_release(&text);
    }
}

static void a_report_without_end_is_refused(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    struct reported_observations reported;
    struct buf text = {.data = NULL};
    for (int i = 0; i < LIMIT_ROLLOUT_OBSERVATIONS; i++) {
        buf_append_byte(&text, '\n');
    }
    assert_int_equal(observations_parse("edge", buf_slice(&text), &test->arena, &reported, &err), -1);
    assert_string_equal(err.message, "edge: more than 20000 lines");
    buf_release(&text);
}

static void the_scan_that_starts_a_rollout_is_followed_soon(void **state)
{
    struct rollout_test *test = *state;
    static const char soon[] = "SELECT count(*) FROM scans WHERE next_scan_at = 4000000000";
    test->run.rollout_scan_s = 4000000000;
    scan(test, "scan-1", false);
    assert_int_equal(number(test, soon), 0);
    scan(test, "scan-2", true);
    assert_int_equal(number(test, soon), 1);
    scan(test, "scan-3", false);
    assert_int_equal(number(test, "SELECT state = 'rolled_back' FROM rollouts"), 1);
    assert_int_equal(number(test, soon), 1);
}

#define WAITING (LIMIT_ROLLOUT_STARTS + 10)

static void only_so_many_start_at_once(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    for (int i = 0; i < WAITING; i++) {
        char name[32];
        snprintf(name, sizeof name, "h%d.example.com", i);
        struct stored_rollout stored = {.zone = "example.com",
                                        .hostname = name,
                                        .scan_id = "scan-1",
                                        .rollout = {.from = MODE_FLEXIBLE,
                                                    .to = MODE_FULL,
                                                    .state = ROLLOUT_WAITING,
                                                    .opened_s = test->start_s,
                                                    .ended_s = -1},
                                        .rule = RULE_FROZEN,
                                        .reason = "Frozen.",
                                        .weight = (uint64_t)i,
                                        .power = -1};
        assert_int_equal(store_add_rollout(test->store, &stored, &err), 0);
    }
    test->policy.upgrades_per_day = 3;
    assert_int_equal(observe(test, NULL, 0).changed, 3);
    /* The three with the most visitors. */
    assert_int_equal(number(test, "SELECT min(weight) FROM rollouts WHERE state = 'ramping'"), WAITING - 3);
    assert_int_equal(observe(test, NULL, 0).changed, 0);
    test->policy.upgrades_per_day = 0;
    assert_int_equal(observe(test, NULL, 0).changed, LIMIT_ROLLOUT_STARTS);
    assert_int_equal(number(test, "SELECT count(*) FROM rollouts WHERE state = 'waiting'"),
                     WAITING - 3 - LIMIT_ROLLOUT_STARTS);
}

static void a_clock_that_goes_back_is_noticed(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    size_t changed = 0;
    scan(test, "scan-1", true);
    test->run.now_s = test->start_s - 1;
    assert_int_equal(rollouts_by_hand(&test->run, test->zone, NULL, EVENT_ROLL_BACK, &changed, &err), -1);
    assert_non_null(strstr(err.message, "the clock has gone back"));
    assert_int_equal(latest(test).rollout.state, ROLLOUT_RAMPING);
}

static void what_waits_since_later_is_left_waiting(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    size_t started = 0;
    test->policy.stop = true;
    scan(test, "scan-1", true);
    test->policy.stop = false;
    test->run.now_s = test->start_s - 1;
    assert_int_equal(rollouts_start_due(&test->run, &started, &err), 0);
    assert_int_equal(started, 0);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_WAITING);
    test->run.now_s = test->start_s;
    assert_int_equal(rollouts_start_due(&test->run, &started, &err), 0);
    assert_int_equal(started, 1);
}

/* The scan of another zone goes up to `full` alone: what waits elsewhere for full_strict is not measured by that. */
static void a_ceiling_is_of_its_own_zone(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    size_t started = 0;
    test->policy.stop = true;
    scan(test, "scan-1", true);
    test->policy.stop = false;
    test->policy.ceiling = MODE_FULL;
    assert_int_equal(rollouts_start_due(&test->run, &started, &err), 0);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_RAMPING);
    assert_ledger_holds(test);
}

/* Nobody but a person, and then by name if something else of the zone is in progress. */
static void a_commit_is_taken_back_by_hand_alone(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    struct stored_rollout stored;
    struct inventory_zone inventory;
    size_t changed = 0;
    scan(test, "scan-1", true);
    stored = latest(test);
    while (stored.rollout.step_count < RAMP_STEPS) {
        assert_true(rollout_apply(&stored.rollout, EVENT_ADVANCE, test->start_s));
    }
    assert_true(rollout_apply(&stored.rollout, EVENT_COMMIT, test->start_s));
    assert_int_equal(store_change_rollout(test->store, &stored, &err), 0);
    struct inventory_hostname known = {.hostname = test->hostname, .mode = MODE_FLEXIBLE};
    inventory = (struct inventory_zone){.zone = test->zone, .hostnames = &known, .hostname_count = 1};
    assert_int_equal(rollouts_note_modes(test->store, &inventory, &err), 0);
    assert_int_equal(known.mode, MODE_FULL_STRICT);
    scan(test, "scan-2", false);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_COMMITTED);
    struct stored_rollout other = {.zone = test->zone,
                                   .hostname = "other.example.com",
                                   .scan_id = "scan-1",
                                   .rollout = {.from = MODE_FLEXIBLE,
                                               .to = MODE_FULL,
                                               .state = ROLLOUT_WAITING,
                                               .opened_s = test->start_s,
                                               .ended_s = -1},
                                   .rule = RULE_NOT_AGREED,
                                   .reason = "1 of 2.",
                                   .power = -1};
    assert_int_equal(store_add_rollout(test->store, &other, &err), 0);
    assert_int_equal(rollouts_by_hand(&test->run, test->zone, NULL, EVENT_ROLL_BACK, &changed, &err), 0);
    assert_int_equal(changed, 1);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_COMMITTED);
    assert_int_equal(rollouts_by_hand(&test->run, test->zone, test->hostname, EVENT_ROLL_BACK, &changed, &err), 0);
    assert_int_equal(latest(test).rollout.state, ROLLOUT_ROLLED_BACK);
    assert_int_equal(percent(test), 0);
    known.mode = MODE_OFF;
    assert_int_equal(rollouts_note_modes(test->store, &inventory, &err), 0);
    assert_int_equal(known.mode, MODE_FLEXIBLE);
    arena_release(&inventory.arena);
    assert_int_equal(rollouts_by_hand(&test->run, test->zone, test->hostname, EVENT_APPROVE, &changed, &err), -1);
}

static void every_row_has_policy_and_evidence(void **state)
{
    struct rollout_test *test = *state;
    struct err err = ERR_INIT;
    size_t changed = 0;
    const struct store_opt_out entry = {
        .kind = OPT_OUT_ZONE, .value = "private.example", .source = "test", .expires_s = -1};
    scan(test, "scan-1", true);
    assert_int_equal(rollouts_by_hand(&test->run, test->zone, NULL, EVENT_HOLD, &changed, &err), 0);
    assert_int_equal(rollouts_add_opt_outs(&test->run, &entry, 1, &err), 0);
    assert_int_equal(rollouts_remove_opt_out(&test->run, OPT_OUT_ZONE, "private.example", &err), 1);
    assert_int_equal(number(test, "SELECT count(DISTINCT kind) FROM ledger"), 5);
    assert_int_equal(number(test, "SELECT count(*) FROM ledger WHERE policy IS NULL OR evidence IS NULL OR "
                                  "program_version IS NULL"),
                     0);
    assert_ledger_holds(test);
}

struct observing {
    struct rollout_test *test;
    struct reported_observation first;
};

static struct store *open_again(void *context)
{
    struct observing *observing = context;
    open_store(observing->test);
    return observing->test->store;
}

static int observe_first(void *context)
{
    struct observing *observing = context;
    struct rollouts_observed observed;
    struct err err = ERR_INIT;
    return rollouts_observe(&observing->test->run, &observing->first, 1, "edge.ndjson", &observed, &err);
}

/* An observation and the step that follows. True if the process was killed before it was through. */
static bool die_while_observing(struct rollout_test *test, int statement)
{
    struct observing observing = {test, report(test, 1, test->start_s, test->start_s + 12 * HOUR, 100000, 0)};
    store_close(test->store);
    test->store = NULL;
    bool killed = death_at_statement(statement, open_again, observe_first, &observing);
    open_store(test);
    return killed;
}

static void dying_between_any_two_writes_leaves_nothing_half_done(void **state)
{
    int statements = 0;
    bool killed = true;
    while (killed) {
        teardown(state);
        setup(state);
        struct rollout_test *test = *state;
        scan(test, "scan-1", true);
        int64_t rows = number(test, "SELECT count(*) FROM ledger");
        test->run.now_s = test->start_s + 12 * HOUR;
        killed = die_while_observing(test, statements++);
        assert_int_equal(number(test, "SELECT count(*) FROM observations"), !killed);
        assert_int_equal(percent(test), killed ? 1 : 10);
        assert_int_equal(number(test, "SELECT count(*) FROM rollout_steps"), killed ? 1 : 2);
        assert_int_equal(number(test, "SELECT count(*) FROM ledger"), rows + !killed);
        assert_ledger_holds(test);
    }
    assert_true(statements > 5); /* more deaths than one: somebody did die */
    assert_true(statements > 10);
}

#define PROCESSES 4
#define EACH      10

/* Each process reports intervals of its own, all at once: every one of them is counted. */
static void processes_take_turns_and_lose_nothing(void **state)
{
    struct rollout_test *test = *state;
    pid_t children[PROCESSES];
    scan(test, "scan-1", true);
    test->run.now_s = test->start_s + 11 * HOUR;
    store_close(test->store);
    test->store = NULL;
    for (int k = 0; k < PROCESSES; k++) {
        children[k] = fork();
        if (children[k] != 0) {
            continue;
        }
        open_store(test);
        for (int i = 0; i < EACH; i++) {
            struct rollouts_observed observed;
            struct err err = ERR_INIT;
            int64_t at_s = test->start_s + (k * EACH + i) * 60;
            struct reported_observation reported = report(test, 1, at_s, at_s + 60, 10, 0);
            if (rollouts_observe(&test->run, &reported, 1, "edge.ndjson", &observed, &err) != 0) {
                fprintf(stderr, "%s\n", err.message);
                _exit(1);
            }
        }
        _exit(0);
    }
    for (int k = 0; k < PROCESSES; k++) {
        int status = 1;
        assert_int_equal(waitpid(children[k], &status, 0), children[k]);
        assert_int_equal(status, 0);
    }
    open_store(test);
    assert_int_equal(number(test, "SELECT count(*) FROM observations"), PROCESSES * EACH);
    assert_ledger_holds(test);
}

#define ROLLOUT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROLLOUT_TEST(a_scan_starts_a_rollout),
        ROLLOUT_TEST(a_scan_that_contradicts_takes_it_back),
        ROLLOUT_TEST(policy_keeps_an_upgrade_waiting),
        ROLLOUT_TEST(evidence_that_has_aged_starts_nothing),
        ROLLOUT_TEST(two_agreeing_scans_must_lie_apart),
        ROLLOUT_TEST(observations_let_it_advance_or_go_back),
        ROLLOUT_TEST(opting_out_ends_it),
        ROLLOUT_TEST(replay_notices_another_past),
        ROLLOUT_TEST(impossible_observations_are_refused_as_a_whole),
        ROLLOUT_TEST(a_report_without_end_is_refused),
        ROLLOUT_TEST(the_scan_that_starts_a_rollout_is_followed_soon),
        ROLLOUT_TEST(only_so_many_start_at_once),
        ROLLOUT_TEST(a_clock_that_goes_back_is_noticed),
        ROLLOUT_TEST(what_waits_since_later_is_left_waiting),
        ROLLOUT_TEST(a_ceiling_is_of_its_own_zone),
        ROLLOUT_TEST(a_commit_is_taken_back_by_hand_alone),
        ROLLOUT_TEST(every_row_has_policy_and_evidence),
        ROLLOUT_TEST(dying_between_any_two_writes_leaves_nothing_half_done),
        ROLLOUT_TEST(processes_take_turns_and_lose_nothing),
    };
    return cmocka_run_group_tests_name("rollouts", tests, NULL, NULL);
}
