#include "recommend/observation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* 2026-01-01T00:00:00Z */
#define DAY 1767225600
#define NOW (DAY + 10000)

static const struct ramp_period periods[] = {
    {1, DAY, DAY + 1000}, {10, DAY + 1000, DAY + 2000}, {20, DAY + 2000, INT64_MAX}};

#define COUNTS(n, ...)                                                                                                 \
    {                                                                                                                  \
        .requests = (n), .failures = {__VA_ARGS__}, .given = { true, true, true }                                      \
    }

static const struct {
    const char *title;
    struct observation observation;
    const char *fault; /* NULL: none */
} rows[] = {
    {"an ordinary interval",
     {MODE_FLEXIBLE, MODE_FULL, 10, DAY + 1100, DAY + 1200, COUNTS(10, 1, 2, 3), COUNTS(90, 0)},
     NULL},
    {"an interval as long as its step",
     {MODE_FLEXIBLE, MODE_FULL, 10, DAY + 1000, DAY + 2000, COUNTS(10, 0), COUNTS(90, 0)},
     NULL},
    {"nobody came", {MODE_FLEXIBLE, MODE_FULL, 1, DAY, DAY + 1, COUNTS(0, 0), COUNTS(0, 0)}, NULL},
    {"up to now", {MODE_FLEXIBLE, MODE_FULL, 20, DAY + 9000, NOW, COUNTS(0, 0), COUNTS(0, 0)}, NULL},
    {"more errors than requests",
     {MODE_FLEXIBLE, MODE_FULL, 10, DAY + 1100, DAY + 1200, COUNTS(10, 11), COUNTS(90, 0)},
     "candidate.tls_errors is 11, more than its 10 requests"},
    {"more errors than requests in all classes",
     {MODE_FLEXIBLE, MODE_FULL, 10, DAY + 1100, DAY + 1200, COUNTS(10, 0), COUNTS(90, 40, 40, 40)},
     "control counts 120 answers in all its classes, more than its 90 requests"},
    {"an impossible count",
     {MODE_FLEXIBLE, MODE_FULL, 10, DAY + 1100, DAY + 1200, COUNTS(UINT64_C(1) << 60, 0), COUNTS(90, 0)},
     "candidate.requests is impossibly large"},
    {"a class for one side only",
     {MODE_FLEXIBLE,
      MODE_FULL,
      10,
      DAY + 1100,
      DAY + 1200,
      {.requests = 1, .given = {true, true, true, true}},
      COUNTS(90, 0)},
     "http_3xx is given for one side only"},
    {"other modes",
     {MODE_FLEXIBLE, MODE_FULL_STRICT, 10, DAY + 1100, DAY + 1200, COUNTS(1, 0), COUNTS(90, 0)},
     "it speaks of flexible to full_strict, but the rollout goes from flexible to full"},
    {"no time at all",
     {MODE_FLEXIBLE, MODE_FULL, 10, DAY + 1100, DAY + 1100, COUNTS(1, 0), COUNTS(90, 0)},
     "end is not behind start"},
    {"a time to come",
     {MODE_FLEXIBLE, MODE_FULL, 20, DAY + 9000, NOW + 1, COUNTS(1, 0), COUNTS(90, 0)},
     "end 2026-01-01T02:46:41Z lies in the future"},
    {"a percentage that was not in force",
     {MODE_FLEXIBLE, MODE_FULL, 20, DAY + 1100, DAY + 1200, COUNTS(1, 0), COUNTS(90, 0)},
     "percent is 20, but 10 % was in force from 2026-01-01T00:18:20Z to 2026-01-01T00:20:00Z"},
    {"an interval over two steps",
     {MODE_FLEXIBLE, MODE_FULL, 10, DAY + 1900, DAY + 2100, COUNTS(1, 0), COUNTS(90, 0)},
     "no single step was in force from 2026-01-01T00:31:40Z to 2026-01-01T00:35:00Z"},
    {"before the ramp",
     {MODE_FLEXIBLE, MODE_FULL, 1, DAY - 10, DAY + 10, COUNTS(1, 0), COUNTS(90, 0)},
     "no single step was in force from 2025-12-31T23:59:50Z to 2026-01-01T00:00:10Z"},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = {.data = NULL};
        const char *fault = observation_fault(&rows[i].observation, MODE_FLEXIBLE, MODE_FULL, periods,
                                              sizeof periods / sizeof *periods, NOW, &text);
        const char *actual = fault == NULL ? "none" : fault;
        if (strcmp(actual, rows[i].fault == NULL ? "none" : rows[i].fault) != 0) {
            fail_msg("%s: %s", rows[i].title, actual);
        }
        buf_release(&text);
    }
}

static void test_order_is_by_start_then_end(void **state)
{
    (void)state;
    struct observation first = {.start_s = 5, .end_s = 7};
    struct observation second = {.start_s = 5, .end_s = 9};
    struct observation third = {.start_s = 6, .end_s = 7};
    assert_true(observation_compare(&first, &second) < 0);
    assert_true(observation_compare(&third, &second) > 0);
    assert_int_equal(observation_compare(&first, &first), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_order_is_by_start_then_end),
    };
    return cmocka_run_group_tests_name("observation", tests, NULL, NULL);
}
