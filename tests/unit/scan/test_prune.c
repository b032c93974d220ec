/* Random histories of scans, rollouts and observations, pruned at random ages: what stays must be enough for everything
 * that is asked of the database. */
#include "base/limits.h"
#include "base/rng.h"
#include "db/prune.h"
#include "db/store_internal.h"
#include "recommend/decide.h"
#include "scan/evidence_digest.h"
#include "scan/ledger_replay.h"
#include "scan/rollouts.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DAY       86400
#define START_S   1767225600
#define HISTORIES 25
#define STEPS     60
#define ZONES     4

struct history {
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    struct store *store;
    struct rng rng;
    struct rollout_policy policy;
    int64_t now_s;
    unsigned scans;
};

static void open_history(struct history *history, uint64_t seed)
{
    struct err err = ERR_INIT;
    *history = (struct history){.now_s = START_S};
    temp_folder_make(&history->folder);
    temp_folder_path(&history->folder, "test.db", history->path);
    rng_init(&history->rng, seed);
    rollout_policy_init(&history->policy);
    history->policy.agreeing_scans = 1 + (uint32_t)rng_below(&history->rng, 3);
    history->store = store_open(history->path, STORE_READ_WRITE, &err);
    assert_non_null(history->store);
}

static void close_history(struct history *history)
{
    store_close(history->store);
    temp_folder_remove(&history->folder);
}

static int64_t number(struct store *store, const char *sql)
{
    struct err err = ERR_INIT;
    int64_t value = -1;
    if (store_number(store, sql, &value, &err) != 0) {
        fail_msg("%s: %s", sql, err.message);
    }
    return value;
}

static struct rollout_run run_of(const struct history *history)
{
    return (struct rollout_run){
        .store = history->store, .policy = &history->policy, .now_s = history->now_s, .program_version = "test"};
}

static void leave_without_verdict(struct hostname_record *hostname, struct scan_record *record)
{
    record->status = hostname->status = hostname->origins[0].status = STATUS_INCOMPLETE;
    record->incomplete_reason = hostname->incomplete_reason = hostname->origins[0].incomplete_reason = CODE_BLOCKED;
    hostname->safe_modes = hostname->origins[0].safe_modes = 0;
    hostname->recommended_mode = hostname->supported_mode = MODE_NONE;
}

static void scan(struct history *history)
{
    const struct decision_policy policy = DECISION_POLICY_INIT;
    struct rollout_run run = run_of(history);
    struct scan_record record;
    struct err err = ERR_INIT;
    uint64_t kind = rng_below(&history->rng, 6);
    sample_numbered(&record, (unsigned)rng_below(&history->rng, ZONES), 12);
    record.scan_id = arena_printf(&record.arena, "scan %u", history->scans++);
    record.started_s = history->now_s - 60;
    record.finished_s = history->now_s;
    struct hostname_record *hostname = &record.hostnames[0];
    for (size_t i = 0; i < hostname->origins[0].blocker_count; i++) {
        hostname->origins[0].blockers[i].first_seen_s = -1;
    }
    if (kind < 3) { /* nothing speaks against it */
        hostname->origins[0].blocker_count = 0;
        hostname->current_mode = MODE_FLEXIBLE;
        hostname->safe_modes = hostname->origins[0].safe_modes = mode_set_range(MODE_FLEXIBLE, MODE_FULL_STRICT);
        hostname->recommended_mode = hostname->supported_mode = MODE_FULL_STRICT;
    } else if (kind == 3) {
        leave_without_verdict(hostname, &record);
    }
    assert_int_equal(decide_record(&record, &policy), 0);
    if (rollouts_after_scan(&run, &record, NULL, &err) != 0) {
        fail_msg("%s", err.message);
    }
    scan_record_release(&record);
}

static void observe(struct history *history)
{
    struct arena arena = {.head = NULL};
    struct stored_rollouts open;
    struct rollouts_observed observed;
    struct err err = ERR_INIT;
    struct rollout_run run = run_of(history);
    assert_int_equal(store_open_rollouts(history->store, &arena, &open, &err), 0);
    for (size_t i = 0; i < open.count; i++) {
        const struct rollout *rollout = &open.items[i].rollout;
        uint64_t failures = rng_below(&history->rng, 8) == 0 ? 500 : 0;
        struct reported_observation reported = {
            .zone = open.items[i].zone,
            .hostname = open.items[i].hostname,
            .line = 1,
            .observation = {.from = rollout->from,
                            .to = rollout->to,
                            .percent = rollout_percent(rollout),
                            .start_s = history->now_s - 7200,
                            .end_s = history->now_s,
                            .candidate = {.requests = 1000, .failures = {failures}, .given = {true, true, true}},
                            .control = {.requests = 100000, .given = {true, true, true}}},
        };
        /* What comes too early or too often is refused, as it should be. */
        rollouts_observe(&run, &reported, 1, "test", &observed, &err);
    }
    arena_release(&arena);
}

/* What reports and explanations are made of. */
static int describe(void *context, const struct scan_record *record, struct err *err)
{
    struct buf *out = context;
    char digest[DIGEST_TEXT_BYTES];
    buf_printf(out, "%s %s %lld\n", record->zone, record->scan_id, (long long)record->finished_s);
    for (size_t i = 0; i < record->hostname_count; i++) {
        const struct hostname_record *hostname = &record->hostnames[i];
        if (evidence_digest_hostname(hostname, digest, err) != 0) {
            return -1;
        }
        buf_printf(out, "%s %s %s %s\n", hostname->hostname, digest, hostname->decision.reason,
                   hostname->rollout != NULL ? hostname->rollout->reason : "no rollout");
        for (size_t j = 0; j < hostname->origins[0].blocker_count; j++) {
            buf_printf(out, " since %lld\n", (long long)hostname->origins[0].blockers[j].first_seen_s);
        }
    }
    return 0;
}

struct asked {
    struct buf latest;
    struct ledger_fault fault;
    struct ledger_replay replay;
    int64_t rollouts, observations, pairs_of_latest;
};

static void ask(struct history *history, struct asked *asked)
{
    struct err err = ERR_INIT;
    *asked = (struct asked){.rollouts = number(history->store, "SELECT count(*) FROM rollouts")};
    asked->observations = number(history->store, "SELECT count(*) FROM observations");
    asked->pairs_of_latest = number(history->store, "SELECT coalesce(sum(length(compared)), 0) FROM pairs p JOIN "
                                                    "evidence e ON e.id = p.evidence JOIN zones z ON z.latest_scan = "
                                                    "e.scan");
    assert_int_equal(store_each_latest(history->store, describe, &asked->latest, &err), 0);
    assert_int_equal(store_verify_ledger(history->store, &asked->fault, &err), 0);
    assert_int_equal(ledger_replay(history->store, "test", &asked->replay, &err), 0);
}

/* Decisions that asked the policy, and those that opened a rollout, whose scan is missing. */
#define UNFOUNDED                                                                                                      \
    "SELECT (SELECT count(*) FROM ledger WHERE kind = 'decision' AND json_type(body, '$.admission') = 'object' AND "   \
    "json_extract(body, '$.scan_id') NOT IN (SELECT scan_id FROM scans)) + (SELECT count(*) FROM rollouts WHERE scan " \
    "NOT IN (SELECT scan_id FROM scans))"

static uint64_t prune(struct history *history, int64_t before_s, bool trial)
{
    const struct prune_options options = {
        .before_s = before_s, .now_s = history->now_s, .trial = trial, .program_version = "test"};
    struct prune_counts counts;
    struct err err = ERR_INIT;
    if (store_prune(history->store, &options, &counts, &err) != 0) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(counts.old,
                     counts.removed + counts.latest + counts.rollouts + counts.decisions + counts.sightings);
    return counts.removed;
}

static uint64_t check_prune(struct history *history)
{
    struct asked before;
    struct asked after;
    int64_t before_s = history->now_s - (int64_t)rng_below(&history->rng, 200) * DAY;
    ask(history, &before);
    int64_t scans = number(history->store, "SELECT count(*) FROM scans");
    uint64_t announced = prune(history, before_s, true);
    assert_int_equal(number(history->store, "SELECT count(*) FROM scans"), scans);
    uint64_t removed = prune(history, before_s, false);
    assert_int_equal(removed, announced);
    assert_int_equal(number(history->store, "SELECT count(*) FROM scans"), scans - (int64_t)removed);
    ask(history, &after);
    assert_string_equal(buf_text(&after.latest), buf_text(&before.latest));
    assert_int_equal(after.fault.row, 0);
    assert_int_equal(after.replay.differences, 0);
    assert_int_equal(after.replay.steps, before.replay.steps);
    assert_int_equal(after.replay.decisions + after.replay.evidence_gone,
                     before.replay.decisions + before.replay.evidence_gone);
    assert_int_equal(after.replay.evidence_gone, before.replay.evidence_gone + removed);
    assert_int_equal(after.rollouts, before.rollouts);
    assert_int_equal(after.observations, before.observations);
    assert_int_equal(after.pairs_of_latest, before.pairs_of_latest);
    assert_int_equal(number(history->store, UNFOUNDED), 0);
    assert_int_equal(number(history->store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(number(history->store, "SELECT count(*) FROM certificates WHERE id NOT IN (SELECT certificate "
                                            "FROM evidence WHERE certificate IS NOT NULL)"),
                     0);
    assert_int_equal(prune(history, before_s, false), 0);
    buf_release(&before.latest);
    buf_release(&after.latest);
    return removed;
}

static void random_histories(void **state)
{
    uint64_t removed = 0;
    int64_t rollouts = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct history history;
        open_history(&history, seed);
        for (int step = 0; step < STEPS; step++) {
            history.now_s += (int64_t)rng_below(&history.rng, 10 * DAY);
            switch (rng_below(&history.rng, 12)) {
            case 0:
                removed += check_prune(&history);
                break;
            case 1:
            case 2:
            case 3:
                observe(&history);
                break;
            default:
                scan(&history);
            }
        }
        removed += check_prune(&history);
        rollouts += number(history.store, "SELECT count(*) FROM rollouts");
        close_history(&history);
    }
    assert_true(removed > HISTORIES);
    assert_true(rollouts > HISTORIES);
}

/* A scan that came without a verdict leaves the last one with a verdict in its place: what is found again next time is
 * as old as it was. */
static void dates_of_blockers_are_kept(void **state)
{
    const struct decision_policy policy = DECISION_POLICY_INIT;
    struct history history;
    struct scan_record record;
    struct err err = ERR_INIT;
    (void)state;
    open_history(&history, 1);
    for (int i = 0; i < 3; i++) {
        sample_numbered(&record, 0, 12);
        record.scan_id = arena_printf(&record.arena, "scan %d", i);
        record.finished_s = START_S + i * DAY;
        assert_true(record.hostnames[0].origins[0].blocker_count > 0);
        record.hostnames[0].origins[0].blockers[0].first_seen_s = -1;
        if (i == 1) {
            record.hostnames[0].origins[0].blocker_count = 0;
            leave_without_verdict(&record.hostnames[0], &record);
        }
        if (i == 2) {
            history.now_s = START_S + i * DAY;
            assert_int_equal(prune(&history, history.now_s, false), 0);
        }
        assert_int_equal(decide_record(&record, &policy), 0);
        assert_int_equal(store_write_scan(history.store, &record, NULL, &err), 0);
        if (i == 2) {
            assert_int_equal(record.hostnames[0].origins[0].blockers[0].first_seen_s, START_S);
        }
        scan_record_release(&record);
    }
    assert_int_equal(prune(&history, history.now_s + DAY, false), 2);
    close_history(&history);
}

/* Tables that point to scans or to what belongs to one: each of them is emptied by hand. Add what you add. */
static void every_table_that_belongs_to_a_scan_is_known(void **state)
{
    struct history history;
    (void)state;
    open_history(&history, 1);
    assert_int_equal(
        number(history.store,
               "SELECT count(*) FROM pragma_table_list t, pragma_foreign_key_list(t.name) f WHERE t.schema "
               "= 'main' AND f.\"table\" IN ('scans', 'recommendations', 'evidence', 'certificates', "
               "'tls_facts') AND t.name || ' ' || f.\"table\" NOT IN ('zones scans', 'recommendations "
               "scans', 'decisions recommendations', 'evidence scans', 'evidence certificates', "
               "'evidence tls_facts', 'blockers evidence', 'warnings evidence', 'pairs evidence', "
               "'pairs_in_full evidence')"),
        0);
    close_history(&history);
}

static void space_is_given_back(void **state)
{
    struct history history;
    (void)state;
    open_history(&history, 3);
    for (int i = 0; i < 400; i++) {
        struct scan_record record;
        struct err err = ERR_INIT;
        sample_numbered(&record, 0, 60);
        record.scan_id = arena_printf(&record.arena, "scan %d", i);
        record.finished_s = START_S + i;
        assert_int_equal(store_write_scan(history.store, &record, NULL, &err), 0);
        scan_record_release(&record);
    }
    int64_t before = number(history.store, "PRAGMA page_count");
    assert_int_equal(prune(&history, START_S + 1000, false), 399);
    assert_true(number(history.store, "PRAGMA page_count") < before / 2);
    assert_int_equal(number(history.store, "PRAGMA freelist_count"), 0);
    assert_int_equal(number(history.store, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    close_history(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histories),
        cmocka_unit_test(dates_of_blockers_are_kept),
        cmocka_unit_test(every_table_that_belongs_to_a_scan_is_known),
        cmocka_unit_test(space_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
