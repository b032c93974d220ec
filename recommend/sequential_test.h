/* Is the candidate worse than control? One class of failure, asked after every observation, with one error bound over
 * all of them together.
 *
 * The evidence is an e-process: a number that starts at 1 and, whenever one looks and however often, exceeds 1/a with
 * probability at most a if the candidate is not worse (Ville 1939; Robbins, "Statistical methods related to the law of
 * the iterated logarithm", 1970; Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic
 * confidence sequences", 2021). It is a weighted mean of two kinds of likelihood ratio:
 *
 * - *Against control of the same interval.* Given how many requests failed in an interval, each failure is one of the
 *   candidate's with probability p, its share of the requests, if there is no difference, and with p*r / (p*r + 1 - p)
 *   if the candidate fails r times as often. The failure rate itself drops out, so it may be anything and may change
 *   from one interval to the next. The ratios are mixed over a grid of r, and over the steps of the ramp at which the
 *   harm may have begun. (Failures are drawn without replacement; a convex function of such a count has no larger mean
 *   than with replacement: Hoeffding 1963, theorem 4. So the bound holds.)
 * - *Against the control of before*, where the interval has none, at 100 %: does the candidate fail more often than
 *   the upper bound of control's rate so far plus SEQUENTIAL_TEST_DRIFT?
 */
#ifndef ORIGINTLS_RECOMMEND_SEQUENTIAL_TEST_H
#define ORIGINTLS_RECOMMEND_SEQUENTIAL_TEST_H

#include "recommend/ramp.h"

#include <stdint.h>

#define SEQUENTIAL_TEST_RATIOS 10
#define SEQUENTIAL_TEST_RATES  8
/* What the failure rate of a site may change by itself from the days of the ramp to its last step. */
#define SEQUENTIAL_TEST_DRIFT 0.004
/* The bound on control's rate holds with one minus this probability. */
#define SEQUENTIAL_TEST_REFERENCE_ERROR 0.0005

struct sequential_test {
    double ratio_sums[SEQUENTIAL_TEST_RATIOS];          /* log likelihood ratio of everything so far */
    double at_step[RAMP_STEPS][SEQUENTIAL_TEST_RATIOS]; /* ratio_sums when the step began */
    size_t steps;
    uint64_t control_requests, control_failures;
    double reference; /* < 0: not needed yet */
    double rate_sums[SEQUENTIAL_TEST_RATES];
};

void sequential_test_init(struct sequential_test *test);
/* A new step: harm may begin here. To be called before the first count of each step. */
void sequential_test_next_step(struct sequential_test *test);
/* What one interval counted. Failures are at most requests. */
void sequential_test_add(struct sequential_test *test, uint64_t candidate_requests, uint64_t candidate_failures,
                         uint64_t control_requests, uint64_t control_failures);
/* The natural logarithm of the evidence; the candidate is worse, at error a, once it reaches log(1/a). */
double sequential_test_log_evidence(const struct sequential_test *test);

/* How probable it is that so many requests of one step show an excess of `harm` over the rate `base` at error `error`:
 * the logarithm of the evidence grows as a sum of independent terms, taken as normal. With no control at all, the
 * comparison is with the rate of before. */
double sequential_test_power(double candidate_requests, double control_requests, double base, double harm,
                             double error);

#endif
