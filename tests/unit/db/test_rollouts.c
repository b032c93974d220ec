#include "db/rollout_store.h"
#include "tests/support/sample_record.h"
#include "tests/unit/db/store_test.h"

#include <string.h>

#define START 1767225600

static struct stored_rollout sample(const char *hostname, uint64_t weight)
{
    return (struct stored_rollout){
        .zone = "example.com",
        .hostname = hostname,
        .scan_id = "scan-1",
        .rollout = {.from = MODE_FLEXIBLE,
                    .to = MODE_FULL_STRICT,
                    .changes_scheme = true,
                    .state = ROLLOUT_WAITING,
                    .opened_s = START,
                    .ended_s = -1},
        .rule = RULE_FROZEN,
        .reason = "A freeze window is open.",
        .weight = weight,
        .power = -1,
    };
}

static void a_rollout_is_read_as_it_was_written(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    struct stored_rollout written = sample("www.example.com", 1000);
    struct stored_rollout read;
    assert_int_equal(store_find_rollout(store, "example.com", "www.example.com", &arena, &read, &err), 0);
    assert_int_equal(store_add_rollout(store, &written, &err), 0);
    assert_true(rollout_apply(&written.rollout, EVENT_START, START + 60));
    assert_true(rollout_apply(&written.rollout, EVENT_ADVANCE, START + 120));
    written.rule = RULE_ADVANCED;
    written.reason = "On.";
    written.power = 0.999;
    assert_int_equal(store_change_rollout(store, &written, &err), 0);
    assert_int_equal(store_find_rollout(store, "example.com", "www.example.com", &arena, &read, &err), 1);
    assert_int_equal(read.id, written.id);
    assert_string_equal(read.scan_id, "scan-1");
    assert_string_equal(read.reason, "On.");
    assert_int_equal(read.rule, RULE_ADVANCED);
    assert_int_equal(read.rollout.state, ROLLOUT_RAMPING);
    assert_int_equal(read.rollout.from, MODE_FLEXIBLE);
    assert_int_equal(read.rollout.to, MODE_FULL_STRICT);
    assert_true(read.rollout.changes_scheme);
    assert_int_equal(read.rollout.step_count, 2);
    assert_int_equal(read.rollout.steps[0].percent, 1);
    assert_int_equal(read.rollout.steps[0].since_s, START + 60);
    assert_int_equal(read.rollout.steps[0].until_s, START + 120);
    assert_int_equal(read.rollout.steps[1].percent, 10);
    assert_true(read.rollout.steps[1].until_s == INT64_MAX);
    assert_int_equal(read.rollout.ended_s, -1);
    assert_int_equal(store_count_started(store, START + 60, &err), 1);
    assert_int_equal(store_count_started(store, START + 61, &err), 0);
    arena_release(&arena);
    store_close(store);
}

static void a_hostname_has_one_open_rollout(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    struct stored_rollout first = sample("www.example.com", 1);
    struct stored_rollout second = sample("www.example.com", 1);
    struct stored_rollouts found;
    assert_int_equal(store_add_rollout(store, &first, &err), 0);
    assert_int_equal(store_add_rollout(store, &second, &err), -1);
    assert_true(rollout_apply(&first.rollout, EVENT_CANCEL, START + 5));
    assert_int_equal(store_change_rollout(store, &first, &err), 0);
    assert_int_equal(store_add_rollout(store, &second, &err), 0);
    assert_int_equal(store_latest_rollouts(store, NULL, &arena, &found, &err), 0);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.items[0].id, second.id);
    arena_release(&arena);
    store_close(store);
}

static void the_heaviest_waits_first_in_line(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    struct stored_rollout rows[] = {sample("a.example.com", 5), sample("b.example.com", 900),
                                    sample("c.example.com", 0)};
    struct stored_rollouts found;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(store_add_rollout(store, &rows[i], &err), 0);
    }
    assert_int_equal(store_waiting_rollouts(store, 100, &arena, &found, &err), 0);
    assert_int_equal(found.count, 3);
    assert_string_equal(found.items[0].hostname, "b.example.com");
    assert_string_equal(found.items[1].hostname, "a.example.com");
    assert_string_equal(found.items[2].hostname, "c.example.com");
    assert_int_equal(store_waiting_rollouts(store, 1, &arena, &found, &err), 0);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.items[0].hostname, "b.example.com");
    assert_int_equal(store_open_rollouts(store, &arena, &found, &err), 0);
    assert_int_equal(found.count, 3);
    arena_release(&arena);
    store_close(store);
}

static void an_interval_is_counted_once(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    struct stored_rollout rollout = sample("www.example.com", 1);
    struct observation observation = {.percent = 1,
                                      .start_s = START + 100,
                                      .end_s = START + 200,
                                      .candidate = {.requests = 7, .failures = {1, 2, 3}, .given = {true, true, true}},
                                      .control = {.requests = 700, .failures = {4}, .given = {true, true, true}}};
    struct observation earlier = observation;
    struct observation overlapping = observation;
    struct stored_observations found;
    int64_t id = 0;
    assert_int_equal(store_add_rollout(store, &rollout, &err), 0);
    assert_int_equal(store_add_observation(store, rollout.id, &observation, &id, &err), 1);
    assert_int_equal(store_observation_overlaps(store, rollout.id, &observation, &err), 0);
    observation.candidate.requests = 8;
    assert_int_equal(store_add_observation(store, rollout.id, &observation, &id, &err), 0);
    earlier.start_s = START + 50;
    earlier.end_s = START + 100;
    assert_int_equal(store_observation_overlaps(store, rollout.id, &earlier, &err), 0);
    assert_int_equal(store_add_observation(store, rollout.id, &earlier, &id, &err), 1);
    overlapping.end_s = START + 150;
    assert_int_equal(store_observation_overlaps(store, rollout.id, &overlapping, &err), 1);
    assert_int_equal(store_read_observations(store, rollout.id, INT64_MAX, &arena, &found, &err), 0);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.last_id, id);
    assert_int_equal(found.items[0].start_s, START + 50);
    assert_int_equal(found.items[1].candidate.requests, 7);
    assert_int_equal(found.items[1].candidate.failures[FAILURE_5XX], 3);
    assert_true(found.items[1].candidate.given[FAILURE_5XX]);
    assert_false(found.items[1].candidate.given[FAILURE_3XX]);
    assert_int_equal(found.items[1].control.failures[FAILURE_TLS], 4);
    assert_int_equal(store_read_observations(store, rollout.id, 1, &arena, &found, &err), 0);
    assert_int_equal(found.count, 1);
    arena_release(&arena);
    store_close(store);
}

static int fail_after_writing(struct store *store, void *context, struct err *err)
{
    return store_add_rollout(store, context, err) == 0 ? err_set(err, ERR_INTERNAL, "on purpose") : -1;
}

static void nothing_stays_of_a_transaction_that_fails(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    struct stored_rollout rollout = sample("www.example.com", 1);
    assert_int_equal(store_transaction(store, fail_after_writing, &rollout, &err), -1);
    assert_string_equal(err.message, "on purpose");
    assert_int_equal(store_find_rollout(store, "example.com", "www.example.com", &arena, &rollout, &err), 0);
    /* And the handle is of use still. */
    rollout = sample("www.example.com", 1);
    assert_int_equal(store_add_rollout(store, &rollout, &err), 0);
    arena_release(&arena);
    store_close(store);
}

static void a_scan_knows_the_rollout_of_its_hostname(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    struct scan_record record;
    struct scan_record read;
    struct past_recommendation past[4];
    sample_upgrade(&record);
    struct stored_rollout rollout = sample(record.hostnames[0].hostname, 1);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), 0);
    assert_int_equal(store_add_rollout(store, &rollout, &err), 0);
    assert_int_equal(store_read_scan(store, record.scan_id, &read, &err), 1);
    assert_non_null(read.hostnames[0].rollout);
    assert_int_equal(read.hostnames[0].rollout->state, ROLLOUT_WAITING);
    assert_string_equal(read.hostnames[0].rollout->rule, "frozen");
    scan_record_release(&read);
    assert_int_equal(store_read_scan(store, "no such scan", &read, &err), 0);
    assert_int_equal(store_past_recommendations(store, record.zone, record.hostnames[0].hostname, past, 4, &err), 1);
    assert_int_equal(past[0].status, STATUS_COMPLETE);
    assert_int_equal(past[0].recommended_mode, record.hostnames[0].recommended_mode);
    assert_int_equal(past[0].finished_s, record.finished_s);
    scan_record_release(&record);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_rollout_is_read_as_it_was_written),       STORE_TEST(a_hostname_has_one_open_rollout),
        STORE_TEST(the_heaviest_waits_first_in_line),          STORE_TEST(an_interval_is_counted_once),
        STORE_TEST(nothing_stays_of_a_transaction_that_fails), STORE_TEST(a_scan_knows_the_rollout_of_its_hostname),
    };
    return cmocka_run_group_tests_name("rollouts in the store", tests, NULL, NULL);
}
