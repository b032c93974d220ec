#include "recommend/sequential_test.h"

#include "recommend/confidence.h"

#include <math.h>

/* What the two kinds of evidence may spend of the error. */
#define CONTROL_WEIGHT   0.8
#define REFERENCE_WEIGHT 0.2

static const double ratios[SEQUENTIAL_TEST_RATIOS] = {1.1, 1.25, 1.5, 2, 3, 5, 10, 30, 100, 1000};
/* Excess over the reference. */
static const double excesses[SEQUENTIAL_TEST_RATES] = {0.003, 0.006, 0.01, 0.02, 0.05, 0.15, 0.4, 0.9};

void sequential_test_init(struct sequential_test *test)
{
    *test = (struct sequential_test){.reference = -1};
}

void sequential_test_next_step(struct sequential_test *test)
{
    if (test->steps == RAMP_STEPS) {
        return;
    }
    for (size_t i = 0; i < SEQUENTIAL_TEST_RATIOS; i++) {
        test->at_step[test->steps][i] = test->ratio_sums[i];
    }
    test->steps++;
}

static void add_against_control(struct sequential_test *test, double share, double candidate_failures, double failures)
{
    for (size_t i = 0; i < SEQUENTIAL_TEST_RATIOS; i++) {
        test->ratio_sums[i] += candidate_failures * log(ratios[i]) - failures * log(share * ratios[i] + 1 - share);
    }
}

static uint32_t clamp(double value)
{
    return value >= UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static double rate_of(double reference, size_t i)
{
    double rate = reference + excesses[i];
    return rate < 0.999 ? rate : 0.999;
}

/* No control yet at all: nothing can be compared. */
static double reference_of(const struct sequential_test *test)
{
    double requests = (double)test->control_requests;
    double scale = requests > 1e9 ? 1e9 / requests : 1;
    double bound = confidence_upper_bound(clamp(ceil((double)test->control_failures * scale)), clamp(requests * scale),
                                          1 - SEQUENTIAL_TEST_REFERENCE_ERROR);
    return bound + SEQUENTIAL_TEST_DRIFT;
}

static void add_against_reference(struct sequential_test *test, double requests, double failures)
{
    if (test->reference < 0) {
        test->reference = reference_of(test);
    }
    if (test->reference >= 0.5) {
        test->reference = -1; /* too little is known of control yet */
        return;
    }
    for (size_t i = 0; i < SEQUENTIAL_TEST_RATES; i++) {
        double rate = rate_of(test->reference, i);
        test->rate_sums[i] += failures * log(rate / test->reference) +
                              (requests - failures) * log1p(-(rate - test->reference) / (1 - test->reference));
    }
}

void sequential_test_add(struct sequential_test *test, uint64_t candidate_requests, uint64_t candidate_failures,
                         uint64_t control_requests, uint64_t control_failures)
{
    double candidates = (double)candidate_requests;
    double all = candidates + (double)control_requests;
    double failures = (double)candidate_failures + (double)control_failures;
    if (test->steps == 0) {
        sequential_test_next_step(test);
    }
    if (control_requests == 0) {
        if (candidate_requests > 0) {
            add_against_reference(test, candidates, (double)candidate_failures);
        }
        return;
    }
    test->control_requests += control_requests;
    test->control_failures += control_failures;
    if (candidate_requests > 0 && failures > 0) {
        add_against_control(test, candidates / all, (double)candidate_failures, failures);
    }
}

static double log_add(double a, double b)
{
    double larger = a > b ? a : b;
    double smaller = a > b ? b : a;
    return isinf(larger) ? larger : larger + log1p(exp(smaller - larger));
}

double sequential_test_log_evidence(const struct sequential_test *test)
{
    double control_weight = log(CONTROL_WEIGHT / (RAMP_STEPS * SEQUENTIAL_TEST_RATIOS));
    double reference_weight = log(REFERENCE_WEIGHT / SEQUENTIAL_TEST_RATES);
    /* Steps that have not begun hold their part of the stake at 1. */
    double waiting = CONTROL_WEIGHT * (double)(RAMP_STEPS - test->steps) / RAMP_STEPS;
    double sum = waiting > 0 ? log(waiting) : -INFINITY;
    for (size_t step = 0; step < test->steps; step++) {
        for (size_t i = 0; i < SEQUENTIAL_TEST_RATIOS; i++) {
            sum = log_add(sum, control_weight + test->ratio_sums[i] - test->at_step[step][i]);
        }
    }
    for (size_t i = 0; i < SEQUENTIAL_TEST_RATES; i++) {
        sum = log_add(sum, reference_weight + test->rate_sums[i]);
    }
    return sum;
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

/* Growth of the evidence per request: mean and variance. */
struct growth {
    double mean, variance;
};

static struct growth growth_against_control(double share, double base, double harm)
{
    double failing = base + harm * share;
    double candidates = share * (base + harm) / failing;
    double if_candidate = log(candidates / share);
    double if_control = log((1 - candidates) / (1 - share));
    double mean = candidates * if_candidate + (1 - candidates) * if_control;
    double square = candidates * if_candidate * if_candidate + (1 - candidates) * if_control * if_control;
    return (struct growth){failing * mean, failing * square};
}

static struct growth growth_against_reference(double base, double harm)
{
    double reference = base + SEQUENTIAL_TEST_DRIFT;
    double rate = base + harm < 0.999 ? base + harm : 0.999;
    if (rate <= reference) {
        return (struct growth){0, 0};
    }
    double if_failed = log(rate / reference);
    double if_well = log((1 - rate) / (1 - reference));
    double mean = rate * if_failed + (1 - rate) * if_well;
    double square = rate * if_failed * if_failed + (1 - rate) * if_well * if_well;
    return (struct growth){mean, square - mean * mean};
}

double sequential_test_power(double candidate_requests, double control_requests, double base, double harm, double error)
{
    double requests = candidate_requests + control_requests;
    /* A rate of exactly nothing would make a single failure a proof. */
    double rate = base > 1e-4 ? base : 1e-4;
    bool against_control = control_requests > 0;
    double terms = against_control ? RAMP_STEPS * SEQUENTIAL_TEST_RATIOS / CONTROL_WEIGHT
                                   : SEQUENTIAL_TEST_RATES / REFERENCE_WEIGHT;
    double needed = log(terms / error);
    if (candidate_requests <= 0) {
        return 0;
    }
    struct growth growth = against_control ? growth_against_control(candidate_requests / requests, rate, harm)
                                           : growth_against_reference(rate, harm);
    double mean = requests * growth.mean;
    double deviation = sqrt(requests * growth.variance);
    return deviation > 0 ? normal_cdf((mean - needed) / deviation) : 0;
}
