/* Every rule that decides about a rollout, as prose. */
#include "base/clock.h"
#include "recommend/admission.h"
#include "recommend/rollout.h"
#include "tests/support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR  3600
#define START 1767225600 /* 2026-01-01T00:00:00Z */

static const char *const defaults = "";

/* "stop,approval": what differs from the defaults. */
static struct rollout_policy policy_of(const char *changes)
{
    struct rollout_policy policy;
    struct err err = ERR_INIT;
    rollout_policy_init(&policy);
    policy.stop = strstr(changes, "stop") != NULL;
    policy.approval = strstr(changes, "approval") != NULL;
    policy.agreeing_scans = strstr(changes, "two scans") != NULL ? 2 : 1;
    policy.ceiling = strstr(changes, "ceiling full;") != NULL ? MODE_FULL : MODE_FULL_STRICT;
    if (strstr(changes, "freeze") != NULL) {
        assert_int_equal(policy_add_window(&policy, SLICE("2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"), &err), 0);
    }
    return policy;
}

/* One day of traffic in equal intervals of an hour, `hours` of them, at the last step; the earlier steps had 24 hours.
 */
struct ramp_scenario {
    const char *title, *policy;
    int percent;
    bool changes_scheme; /* from flexible to full; else from full to full_strict */
    bool held;
    int64_t hours, observed_hours;
    uint64_t a_day;
    uint64_t failures[FAILURE_CLASS_COUNT], control_failures[FAILURE_CLASS_COUNT]; /* in each hour of the last step */
};

static const struct ramp_scenario ramps[] = {
    {"Nothing has been observed yet", "", 1, true, false, 1, 0, 100000, {0}, {0}},
    {"A cold cache warms up", "", 10, true, false, 3, 3, 100000, {0}, {0}},
    {"Warm-up asks for requests as well as for time", "", 1, true, false, 13, 13, 10000, {0}, {0}},
    {"Without a change of scheme there is nothing to warm up", "", 10, false, false, 6, 6, 10000000, {0}, {0}},
    {"A later step has its time", "", 50, true, false, 5, 5, 1000000, {0}, {0}},
    {"A later step has its requests", "", 50, true, false, 7, 7, 400, {0}, {0}},
    {"Half of the time was not observed", "", 50, true, false, 20, 9, 1000000, {0}, {0}},
    {"The traffic has not shown enough yet", "", 50, true, false, 7, 7, 20000, {0}, {0}},
    {"The traffic has shown enough", "", 50, true, false, 7, 7, 1000000, {0}, {0}},
    {"A small site advances by time", "", 50, true, false, 31, 31, 500, {0}, {0}},
    {"The last step commits", "", 100, true, false, 12, 12, 10000000, {0}, {0}},
    {"The last step of a small site commits by time", "", 100, true, false, 31, 31, 500, {0}, {0}},
    {"Every request of the candidate fails", "", 1, true, false, 1, 1, 24000, {0, 10, 0}, {0}},
    {"Every request fails, and control's do too: it is not the upgrade",
     "",
     50,
     false,
     false,
     7,
     7,
     2400,
     {0, 0, 50},
     {0, 0, 50}},
    {"The candidate has three times as many errors", "", 50, true, false, 7, 7, 240000, {0, 0, 150}, {0, 0, 50}},
    {"As many errors on both sides", "", 50, true, false, 7, 7, 240000, {0, 0, 100}, {0, 0, 100}},
    {"Redirects that control does not have", "", 20, true, false, 7, 7, 240000, {0, 0, 0, 200}, {0}},
    {"A small site, and one TLS error that control does not have", "", 10, true, false, 1, 1, 480, {1}, {0}},
    {"A small site, and one TLS error where control may have them too", "", 10, false, false, 1, 1, 480, {1}, {0}},
    {"A small site, and two of them, which chance hardly brings", "", 1, false, false, 2, 2, 4800, {1}, {0}},
    {"A small site, and one connect error, which chance may bring", "", 50, true, false, 7, 7, 480, {0, 1}, {0}},
    {"A small site, and connect errors on both sides", "", 50, true, false, 7, 7, 480, {0, 1}, {0, 1}},
    {"Harm that shows at 100 % alone", "", 100, true, false, 4, 4, 1000000, {0, 0, 2000}, {0}},
    {"Held by hand", "", 30, true, true, 40, 40, 1000000, {0}, {0}},
    {"Held by hand, and harm all the same", "", 30, true, true, 40, 40, 1000000, {0, 0, 500}, {0}},
    {"All rollouts are stopped", "stop", 30, true, false, 40, 40, 1000000, {0}, {0}},
    {"All rollouts are stopped, and harm all the same", "stop", 30, true, false, 40, 40, 1000000, {500}, {0}},
    {"A freeze window is open", "freeze", 30, true, false, 40, 40, 1000000, {0}, {0}},
};

static void observe(struct rollout_evidence *evidence, const struct ramp_scenario *scenario, int percent,
                    int64_t start_s, bool last)
{
    uint64_t requests = scenario->a_day / 24;
    uint64_t candidates = requests * (uint64_t)percent / 100;
    struct observation observation = {
        .percent = percent,
        .start_s = start_s,
        .end_s = start_s + HOUR,
        .candidate = {.requests = candidates, .given = {true, true, true, true, true}},
        .control = {.requests = requests - candidates, .given = {true, true, true, true, true}},
    };
    for (int i = 0; last && i < FAILURE_CLASS_COUNT; i++) {
        observation.candidate.failures[i] = scenario->failures[i];
        observation.control.failures[i] = scenario->control_failures[i];
    }
    rollout_evidence_add(evidence, &observation);
}

static void judge(const struct ramp_scenario *scenario, struct buf *out)
{
    struct rollout rollout = {.from = scenario->changes_scheme ? MODE_FLEXIBLE : MODE_FULL,
                              .to = scenario->changes_scheme ? MODE_FULL : MODE_FULL_STRICT,
                              .changes_scheme = scenario->changes_scheme,
                              .state = ROLLOUT_WAITING,
                              .opened_s = START,
                              .ended_s = -1};
    struct rollout_evidence evidence = {.begun = 0};
    struct rollout_policy policy = policy_of(scenario->policy);
    struct rollout_verdict verdict;
    int64_t now_s = START;
    assert_true(rollout_apply(&rollout, EVENT_START, now_s));
    while (rollout_percent(&rollout) < scenario->percent) {
        for (int hour = 0; hour < 24; hour++) {
            observe(&evidence, scenario, rollout_percent(&rollout), now_s + hour * HOUR, false);
        }
        now_s += 24 * HOUR;
        assert_true(rollout_apply(&rollout, EVENT_ADVANCE, now_s));
    }
    for (int64_t hour = 0; hour < scenario->observed_hours; hour++) {
        observe(&evidence, scenario, scenario->percent, now_s + hour * HOUR, true);
    }
    assert_true(!scenario->held || rollout_apply(&rollout, EVENT_HOLD, now_s));
    rollout_judge(&rollout, &evidence, &policy, now_s + scenario->hours * HOUR, &verdict);
    buf_printf(out, "%s\n    %s: %s. %s\n\n", scenario->title,
               verdict.changes ? rollout_event_name(verdict.event) : "wait", rule_name(verdict.rule), verdict.reason);
}

static void test_ramps(void **state)
{
    (void)state;
    struct buf out = {.data = NULL};
    buf_printf(&out, "What a rollout does next, with the policy's defaults unless the title says otherwise\n\n");
    for (size_t i = 0; i < sizeof ramps / sizeof *ramps; i++) {
        judge(&ramps[i], &out);
    }
    golden_assert("tests/golden/recommend/rollout.txt", buf_text(&out));
    buf_release(&out);
}

static void append_numbers(struct buf *out, const struct sentence_values *numbers)
{
    struct json_writer json;
    json_init(&json, out, false);
    sentence_write_values(&json, numbers);
}

struct start_scenario {
    const char *title, *policy;
    enum mode to;
    uint32_t pairs;
    double bound;
    int64_t lifetime_days;
    enum setting setting;
    bool changes_scheme, approved;
    uint32_t agreeing, started;
    int64_t ended_days; /* ago, a rollout to this mode was taken back; 0: none was */
};

static const struct start_scenario starts[] = {
    {"Enough of everything", "", MODE_FULL_STRICT, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 0, 0},
    {"Beyond the ceiling of the policy", "ceiling full;", MODE_FULL_STRICT, 60, 0.0487, 90, SETTING_AUTO, true, false,
     1, 0, 0},
    {"Too few pairs", "", MODE_FULL, 9, 0.283, 90, SETTING_AUTO, true, false, 1, 0, 0},
    {"Too wide a bound", "", MODE_FULL, 12, 0.34, 90, SETTING_AUTO, true, false, 1, 0, 0},
    {"Full to full (strict) needs no pairs", "", MODE_FULL_STRICT, 0, -1, 90, SETTING_AUTO, false, false, 0, 0, 0},
    {"A certificate that ends soon", "", MODE_FULL_STRICT, 60, 0.0487, 13, SETTING_AUTO, true, false, 1, 0, 0},
    {"The same where the mode needs no certificate", "", MODE_FULL, 60, 0.0487, 13, SETTING_AUTO, true, false, 1, 0, 0},
    {"The operator decides", "", MODE_FULL, 60, 0.0487, 90, SETTING_CUSTOM, true, false, 1, 0, 0},
    {"The operator has decided", "", MODE_FULL, 60, 0.0487, 90, SETTING_CUSTOM, true, true, 1, 0, 0},
    {"The policy asks for an approval", "approval", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 0, 0},
    {"The first of two scans", "two scans", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 0, 0},
    {"The second of two scans", "two scans", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 2, 0, 0},
    {"All rollouts are stopped", "stop", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 0, 0},
    {"A freeze window is open", "freeze", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 0, 0},
    {"The fleet has started enough today", "", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 1000, 0},
    {"It was taken back a week ago", "", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 0, 7},
    {"It was taken back a week ago, and somebody approves", "", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, true, 1,
     0, 7},
    {"It was taken back a month ago", "", MODE_FULL, 60, 0.0487, 90, SETTING_AUTO, true, false, 1, 0, 30},
};

static void test_starts(void **state)
{
    (void)state;
    static const char *const outcomes[] = {"refused", "proposed", "waiting", "starts"};
    struct buf out = {.data = NULL};
    buf_printf(&out, "Whether an upgrade that the evidence allows starts now\n\n");
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        const struct start_scenario *row = &starts[i];
        struct origin_record origin = {
            .address = "192.0.2.10",
            .certificate = {.seen = true, .not_after_s = START + row->lifetime_days * 24 * HOUR},
        };
        struct hostname_record hostname = {
            .hostname = "www.example.com",
            .setting = row->setting,
            .current_mode = MODE_FLEXIBLE,
            .recommended_mode = row->to,
            .confidence = {.pairs = row->pairs, .upper_bound = row->bound, .level = 0.95},
            .origins = &origin,
            .origin_count = 1,
        };
        struct rollout_policy policy = policy_of(row->policy);
        struct admission_context context = {.now_s = START,
                                            .agreeing_scans = row->agreeing,
                                            .started = row->started,
                                            .changes_scheme = row->changes_scheme,
                                            .approved = row->approved,
                                            .ended_before_s =
                                                row->ended_days > 0 ? START - row->ended_days * 24 * HOUR : -1,
                                            .ended_reason = "5xx answers: more than in control."};
        struct admission admission;
        struct json_writer json;
        admission_judge(&hostname, &policy, &context, &admission);
        buf_printf(&out, "%s\n    %s: %s. %s\n    numbers ", row->title, outcomes[admission.outcome],
                   rule_name(admission.rule), admission.reason);
        append_numbers(&out, &admission.numbers);
        buf_append_text(&out, ", asked of the policy ");
        json_init(&json, &out, false);
        policy_write_fields(&json, &policy, admission.asked);
        buf_append_text(&out, "\n\n");
    }
    golden_assert("tests/golden/recommend/rollout_start.txt", buf_text(&out));
    buf_release(&out);
}

static void test_the_default_policy_as_json(void **state)
{
    (void)state;
    struct rollout_policy policy = policy_of(defaults);
    struct buf out = {.data = NULL};
    struct json_writer json;
    json_init(&json, &out, true);
    policy_write(&json, &policy);
    buf_append_byte(&out, '\n');
    golden_assert("tests/golden/recommend/policy.json", buf_text(&out));
    buf_release(&out);
}

static void test_bad_windows(void **state)
{
    (void)state;
    struct rollout_policy policy = policy_of(defaults);
    struct err err = ERR_INIT;
    assert_int_equal(policy_add_window(&policy, SLICE("2026-01-01T00:00:00Z"), &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(policy_add_window(&policy, SLICE("2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"), &err), -1);
    assert_int_equal(policy.window_count, 0);
    for (int i = 0; i < POLICY_FREEZE_WINDOWS_MAX; i++) {
        assert_int_equal(policy_add_window(&policy, SLICE("2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"), &err), 0);
    }
    assert_int_equal(policy_add_window(&policy, SLICE("2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"), &err), -1);
    assert_true(policy_frozen(&policy, START));
    assert_true(policy_frozen(&policy, START + 24 * HOUR - 1));
    assert_false(policy_frozen(&policy, START + 24 * HOUR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ramps),
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_the_default_policy_as_json),
        cmocka_unit_test(test_bad_windows),
    };
    return cmocka_run_group_tests_name("rollout", tests, NULL, NULL);
}
