#include "recommend/sequential_test.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct counts {
    size_t step;
    uint64_t candidates, candidate_failures, controls, control_failures;
};

/* Computed apart, by multiplying the likelihood ratios out one failure at a time. */
static const struct {
    const char *title;
    struct counts counts[3];
    double log_evidence;
} rows[] = {
    {"one failure, and it is one of the few candidates", {{0, 100, 1, 9900, 0}}, 0.8281248297210235},
    {"two of them", {{0, 100, 2, 9900, 0}}, 4.43495323954369},
    {"as many as there should be, over two steps", {{0, 100, 0, 9900, 5}, {1, 1000, 3, 9000, 20}}, -0.0825701457401596},
    {"the same on both sides", {{0, 500, 10, 500, 10}}, -0.05307368162679833},
    {"three times as many, over two steps", {{0, 500, 30, 500, 10}, {1, 200, 10, 800, 3}}, 8.340873868744184},
};

static void test_evidence_against_control(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sequential_test test;
        sequential_test_init(&test);
        for (size_t k = 0; k < 3 && rows[i].counts[k].controls > 0; k++) {
            const struct counts *counts = &rows[i].counts[k];
            sequential_test_next_step(&test);
            sequential_test_add(&test, counts->candidates, counts->candidate_failures, counts->controls,
                                counts->control_failures);
        }
        double actual = sequential_test_log_evidence(&test);
        if (fabs(actual - rows[i].log_evidence) > 1e-9) {
            fail_msg("%s: %.12f", rows[i].title, actual);
        }
    }
}

static void test_nothing_seen_is_no_evidence(void **state)
{
    (void)state;
    struct sequential_test test;
    sequential_test_init(&test);
    assert_true(fabs(sequential_test_log_evidence(&test)) < 1e-12);
    sequential_test_add(&test, 0, 0, 0, 0);
    sequential_test_add(&test, 1000, 0, 1000, 0);
    assert_true(fabs(sequential_test_log_evidence(&test)) < 1e-12);
}

/* At 100 % there is no control: what counts is its rate of before, 1 of 100. */
static void test_without_control_the_rate_of_before_counts(void **state)
{
    (void)state;
    struct sequential_test same;
    struct sequential_test worse;
    sequential_test_init(&same);
    sequential_test_add(&same, 50000, 500, 50000, 500);
    worse = same;
    sequential_test_add(&same, 100000, 1050, 0, 0);
    assert_true(sequential_test_log_evidence(&same) < 0);
    sequential_test_add(&worse, 100000, 2500, 0, 0);
    assert_true(sequential_test_log_evidence(&worse) > 20);
    /* The bound of Clopper and Pearson for 500 of 50,000 at 0.9995 is 0.01153. */
    assert_true(same.reference > 0.0154 && same.reference < 0.0157);
}

static void test_harm_that_begins_late_is_found_as_if_nothing_had_been_before(void **state)
{
    (void)state;
    struct sequential_test test;
    sequential_test_init(&test);
    sequential_test_add(&test, 500000, 5000, 500000, 5000);
    sequential_test_next_step(&test);
    sequential_test_add(&test, 5000, 150, 5000, 50);
    assert_true(sequential_test_log_evidence(&test) > log(500));
}

static void test_power(void **state)
{
    (void)state;
    /* Nothing was seen, nothing can be shown. */
    assert_true(sequential_test_power(0, 1000, 0.01, 0.01, 0.002) < 1e-9);
    assert_true(sequential_test_power(100, 100, 0.01, 0.01, 0.002) < 0.01);
    assert_true(sequential_test_power(1e6, 1e6, 0.01, 0.01, 0.002) > 0.9999);
    /* More requests, more harm or more error allowed: more power. */
    assert_true(sequential_test_power(20000, 20000, 0.01, 0.01, 0.002) >
                sequential_test_power(10000, 10000, 0.01, 0.01, 0.002));
    assert_true(sequential_test_power(10000, 10000, 0.01, 0.02, 0.002) >
                sequential_test_power(10000, 10000, 0.01, 0.01, 0.002));
    assert_true(sequential_test_power(10000, 10000, 0.01, 0.01, 0.02) >
                sequential_test_power(10000, 10000, 0.01, 0.01, 0.002));
    /* A harm that the drift would hide cannot be shown without control. */
    assert_true(sequential_test_power(1e9, 0, 0.01, 0.003, 0.002) < 1e-9);
    assert_true(sequential_test_power(1e6, 0, 0.01, 0.01, 0.002) > 0.999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evidence_against_control),
        cmocka_unit_test(test_nothing_seen_is_no_evidence),
        cmocka_unit_test(test_without_control_the_rate_of_before_counts),
        cmocka_unit_test(test_harm_that_begins_late_is_found_as_if_nothing_had_been_before),
        cmocka_unit_test(test_power),
    };
    return cmocka_run_group_tests_name("sequential test", tests, NULL, NULL);
}
