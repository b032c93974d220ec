#include "recommend/rollout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Every state against every event, in the order of the enums: approve start advance hold commit roll_back cancel. "."
 * is illegal; else the first letters of the state that follows. */
static const struct {
    const char *state;
    const char *next[ROLLOUT_EVENT_COUNT];
} table[ROLLOUT_STATE_COUNT] = {
    {"proposed", {"waiting", ".", ".", ".", ".", ".", "cancelled"}},
    {"waiting", {".", "ramping", ".", "proposed", ".", ".", "cancelled"}},
    {"ramping", {".", ".", "ramping", "holding", "committed", "rolled_back", "."}},
    {"holding", {"ramping", ".", ".", ".", ".", "rolled_back", "."}},
    {"committed", {".", ".", ".", ".", ".", "rolled_back", "."}},
    {"rolled_back", {".", ".", ".", ".", ".", ".", "."}},
    {"cancelled", {".", ".", ".", ".", ".", ".", "."}},
};

static void test_every_transition(void **unused)
{
    (void)unused;
    for (int state = 0; state < ROLLOUT_STATE_COUNT; state++) {
        assert_string_equal(rollout_state_name((enum rollout_state)state), table[state].state);
        for (int event = 0; event < ROLLOUT_EVENT_COUNT; event++) {
            enum rollout_state to = (enum rollout_state)state;
            bool legal = rollout_transition((enum rollout_state)state, (enum rollout_event)event, &to);
            const char *expected = table[state].next[event];
            const char *actual = legal ? rollout_state_name(to) : ".";
            if (strcmp(actual, expected) != 0) {
                fail_msg("%s, %s: %s instead of %s", table[state].state, rollout_event_name((enum rollout_event)event),
                         actual, expected);
            }
        }
    }
}

static void test_names_are_read_back(void **unused)
{
    (void)unused;
    enum rollout_state state = ROLLOUT_CANCELLED;
    enum rollout_event event = EVENT_CANCEL;
    for (int i = 0; i < ROLLOUT_STATE_COUNT; i++) {
        assert_int_equal(rollout_state_parse(slice_of(rollout_state_name((enum rollout_state)i)), &state), 0);
        assert_int_equal(state, i);
    }
    for (int i = 0; i < ROLLOUT_EVENT_COUNT; i++) {
        assert_int_equal(rollout_event_parse(slice_of(rollout_event_name((enum rollout_event)i)), &event), 0);
        assert_int_equal(event, i);
    }
    for (int i = RULE_NONE + 1; i < RULE_COUNT; i++) {
        assert_non_null(rule_name((enum rule)i));
        assert_int_equal(rule_parse(slice_of(rule_name((enum rule)i))), i);
    }
    assert_int_equal(rollout_state_parse(SLICE("started"), &state), -1);
    assert_int_equal(rule_parse(SLICE("whim")), RULE_NONE);
}

static void test_the_ramp_has_eleven_steps_and_a_commit(void **unused)
{
    (void)unused;
    static const int percents[] = {1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
    struct rollout rollout = {.state = ROLLOUT_WAITING, .ended_s = -1};
    assert_int_equal(rollout_percent(&rollout), 0);
    assert_true(rollout_apply(&rollout, EVENT_START, 1000));
    for (int i = 0; i < 11; i++) {
        assert_int_equal(rollout_percent(&rollout), percents[i]);
        assert_int_equal(ramp_step_of(percents[i]), i);
        assert_false(rollout_apply(&rollout, EVENT_START, 1001));
        assert_int_equal(rollout_apply(&rollout, EVENT_COMMIT, 1000 + 10 * (i + 1)), i == 10);
        assert_int_equal(rollout_apply(&rollout, EVENT_ADVANCE, 1000 + 10 * (i + 1)), i < 10);
    }
    assert_int_equal(rollout.state, ROLLOUT_COMMITTED);
    assert_int_equal(rollout_percent(&rollout), 100);
    assert_int_equal(rollout.steps[3].since_s, 1030);
    assert_int_equal(rollout.steps[3].until_s, 1040);
    assert_int_equal(rollout_last_change_s(&rollout), 1110);
    assert_int_equal(ramp_step_of(55), RAMP_STEPS);
}

static void test_nobody_has_the_new_mode_after_a_rollback(void **unused)
{
    (void)unused;
    struct rollout rollout = {.state = ROLLOUT_WAITING, .ended_s = -1};
    assert_true(rollout_apply(&rollout, EVENT_START, 1));
    assert_true(rollout_apply(&rollout, EVENT_ADVANCE, 2));
    assert_true(rollout_apply(&rollout, EVENT_HOLD, 3));
    assert_int_equal(rollout_percent(&rollout), 10);
    assert_true(rollout_apply(&rollout, EVENT_ROLL_BACK, 4));
    assert_int_equal(rollout_percent(&rollout), 0);
    assert_int_equal(rollout.ended_s, 4);
    assert_false(rollout_apply(&rollout, EVENT_APPROVE, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_transition),
        cmocka_unit_test(test_names_are_read_back),
        cmocka_unit_test(test_the_ramp_has_eleven_steps_and_a_commit),
        cmocka_unit_test(test_nobody_has_the_new_mode_after_a_rollback),
    };
    return cmocka_run_group_tests_name("ramp", tests, NULL, NULL);
}
