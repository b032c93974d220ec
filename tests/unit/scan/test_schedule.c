/* When a zone is due again, and which zones a pattern means. */
#include "scan/pattern.h"
#include "scan/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define DAY 86400

struct row {
    const char *sentence;
    enum scan_status status;
    bool in_rollout;
    uint32_t failures;
    uint64_t random;
    int64_t wait_s;
    uint32_t failures_after;
};

static const struct row table[] = {
    {"a verdict holds for 30 days, and forgets failures", STATUS_COMPLETE, false, 5, 0, 30 * DAY, 0},
    {"jitter adds at most a tenth", STATUS_COMPLETE, false, 0, UINT64_MAX, 33 * DAY - 1, 0},
    {"half of the jitter", STATUS_COMPLETE, false, 0, UINT64_MAX / 2 + 1, 31 * DAY + DAY / 2, 0},
    {"a zone in a rollout is looked at daily", STATUS_COMPLETE, true, 0, 0, DAY, 0},
    {"the first scan without a verdict", STATUS_INCOMPLETE, false, 0, 0, 2 * DAY, 1},
    {"some hostnames without one", STATUS_PARTIAL, false, 0, 0, 2 * DAY, 1},
    {"the third in a row", STATUS_INCOMPLETE, false, 2, 0, 8 * DAY, 3},
    {"no back-off is longer than the wait after a verdict", STATUS_INCOMPLETE, false, 4, 0, 30 * DAY, 5},
    {"however often it failed", STATUS_INCOMPLETE, false, 4000000, 0, 30 * DAY, 4000001},
    {"nor longer than a day in a rollout", STATUS_INCOMPLETE, true, 3, 0, DAY, 4},
    {"who opted out is left alone", STATUS_OPTED_OUT, false, 0, 0, 30 * DAY, 0},
};

static void zones_are_due_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct row *row = &table[i];
        uint32_t failures = row->failures;
        int64_t due =
            schedule_next(&SCHEDULE_POLICY_DEFAULT, row->status, row->in_rollout, 1000, row->random, &failures);
        if (due != 1000 + row->wait_s || failures != row->failures_after) {
            fail_msg("%s: after %lld s, %u failures", row->sentence, (long long)due - 1000, (unsigned)failures);
        }
    }
}

static void patterns_are_found_anywhere(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    struct pattern *pattern = pattern_new("^shop\\.|[0-9]$", &err);
    assert_non_null(pattern);
    assert_true(pattern_matches(pattern, SLICE("Shop.example")));
    assert_true(pattern_matches(pattern, SLICE("example.net1")));
    assert_false(pattern_matches(pattern, SLICE("a.shop.example")));
    assert_true(pattern_matches(NULL, SLICE("anything")));
    pattern_free(pattern);
    assert_null(pattern_new("(", &err));
    assert_int_equal(err.kind, ERR_USAGE);
}

/* A pattern that would try every way to divide the text gives up instead. */
static void greedy_patterns_end(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    struct pattern *pattern = pattern_new("^(a+)+$", &err);
    assert_non_null(pattern);
    assert_false(pattern_matches(pattern, SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")));
    pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_due_again),
        cmocka_unit_test(patterns_are_found_anywhere),
        cmocka_unit_test(greedy_patterns_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
