#include "recommend/confidence.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Computed with 60 decimal digits from the exact binomial sum. */
static void test_upper_bound(void **state)
{
    (void)state;
    static const struct {
        uint32_t against, pairs;
        double level, bound;
    } rows[] = {
        {0, 60, 0.95, 0.048702913},
        {0, 10, 0.95, 0.258865551},
        {0, 1, 0.95, 0.950000000},
        {1, 60, 0.95, 0.076639995},
        {3, 60, 0.95, 0.124187210},
        {5, 20, 0.95, 0.455582404},
        {59, 60, 0.95, 0.999145477},
        {0, 60, 0.99, 0.073881272},
        {0, 1000, 0.95, 0.002991250},
        {500, 1000, 0.95, 0.526482269},
        {0, 100000, 0.95, 0.000029957},
        {0, 0, 0.95, 1.0},
        {60, 60, 0.95, 1.0},
        {61, 60, 0.95, 1.0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double bound = confidence_upper_bound(rows[i].against, rows[i].pairs, rows[i].level);
        if (fabs(bound - rows[i].bound) > 1e-8)
            fail_msg("%u of %u at %.2f: %.9f", rows[i].against, rows[i].pairs, rows[i].level, bound);
    }
}

static void test_no_pairs_are_not_known(void **state)
{
    (void)state;
    struct confidence none = confidence_of(0, 0);

    assert_true(none.upper_bound < 0);
    assert_true(none.request_coverage < 0);
    assert_int_equal(none.pairs, 0);
}

/* A zone of a thousand hostnames with a thousand pairs each: the bound stays at hand and finite. */
static void test_a_million_pairs(void **state)
{
    (void)state;
    double bound = confidence_upper_bound(300000, 1000000, 0.95);

    assert_true(bound > 0.3007 && bound < 0.3009);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upper_bound),
        cmocka_unit_test(test_no_pairs_are_not_known),
        cmocka_unit_test(test_a_million_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
