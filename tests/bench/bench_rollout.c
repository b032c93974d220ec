/* Ten thousand seeded ramps a case, on made-up traffic: how many harmless ones are rolled back, how many harmful ones
 * are missed, how many requests break before, and how long it takes. With --table, a table for docs/rollout.md. */
#include "base/rng.h"
#include "recommend/rollout.h"
#include "tests/bench/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define RAMPS      10000u
#define PROCESSES  2u
#define INTERVAL_S (6 * 3600) /* the edge reports four times a day */
#define LONGEST    200u       /* intervals; a ramp that is not over by then counts as neither */
#define DAY_S      86400.0
/* A creeping harm is at its full height after so long. */
#define CREEP_S (2 * DAY_S)

enum shape { SUDDEN, CREEPING };

struct ramp_case {
    double requests_a_day;
    double control;    /* share of requests that fail with 5xx in both arms */
    double background; /* share that fails with a TLS error, and as large a share that fails to connect, in both arms */
    double excess;
    enum shape shape;
    enum failure_class harm_class;
    enum mode from; /* flexible: control reaches the origin over http and has no TLS errors; full: it may have */
};

struct ramp_result {
    enum rollout_state state;
    double broken; /* requests of the candidate that failed and would not have failed */
    double days;
    double power; /* the least of its steps */
};

static double uniform(struct rng *rng)
{
    return ((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct rng *rng)
{
    return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

/* Binomial: waiting times between successes where they are few, else the normal approximation. */
static uint64_t binomial(struct rng *rng, uint64_t n, double p)
{
    double mean = (double)n * p;
    if (n == 0 || p <= 0) {
        return 0;
    }
    if (p >= 1) {
        return n;
    }
    if (p > 0.5) {
        return n - binomial(rng, n, 1 - p);
    }
    if (mean > 60) {
        double drawn = round(mean + sqrt(mean * (1 - p)) * normal(rng));
        return drawn < 0 ? 0 : drawn > (double)n ? n : (uint64_t)drawn;
    }
    uint64_t count = 0;
    double log_miss = log1p(-p);
    for (double at = floor(log(uniform(rng)) / log_miss) + 1; at <= (double)n;
         at += floor(log(uniform(rng)) / log_miss) + 1) {
        count++;
    }
    return count;
}

static double excess_at(const struct ramp_case *ramp, double since_start_s)
{
    return ramp->shape == SUDDEN ? ramp->excess : ramp->excess * fmin(1, since_start_s / CREEP_S);
}

static enum mode mode_after(enum mode from)
{
    return from == MODE_FULL ? MODE_FULL_STRICT : MODE_FULL;
}

/* The share of requests that fail in this class in both arms, without being anybody's fault. */
static double control_share(const struct ramp_case *ramp, enum failure_class which)
{
    switch (which) {
    case FAILURE_TLS:
        return mode_uses_https(ramp->from, false) ? ramp->background : 0;
    case FAILURE_CONNECT:
        return ramp->background;
    case FAILURE_5XX:
        return ramp->control;
    case FAILURE_3XX:
    case FAILURE_4XX:
        break;
    }
    return 0;
}

/* Class by class; a request fails in one at most. */
static void fail_by_itself(const struct ramp_case *ramp, struct rng *rng, uint64_t requests, uint64_t *failures)
{
    for (int i = FAILURE_TLS; i <= FAILURE_5XX; i++) {
        uint64_t failed = binomial(rng, requests, control_share(ramp, (enum failure_class)i));
        failures[i] += failed;
        requests -= failed;
    }
}

/* One interval of traffic at the present step. Returns the broken requests. */
static double observe(const struct ramp_case *ramp, struct rng *rng, int percent, int64_t start_s,
                      struct observation *observation)
{
    uint64_t requests = (uint64_t)llround(ramp->requests_a_day * INTERVAL_S / DAY_S);
    uint64_t candidates = binomial(rng, requests, percent / 100.0);
    double excess = excess_at(ramp, (double)start_s + INTERVAL_S / 2.0);
    *observation = (struct observation){
        .from = ramp->from,
        .to = mode_after(ramp->from),
        .percent = percent,
        .start_s = start_s,
        .end_s = start_s + INTERVAL_S,
        .candidate = {.requests = candidates, .given = {true, true, true}},
        .control = {.requests = requests - candidates, .given = {true, true, true}},
    };
    uint64_t broken = binomial(rng, candidates, excess);
    fail_by_itself(ramp, rng, candidates - broken, observation->candidate.failures);
    observation->candidate.failures[ramp->harm_class] += broken;
    fail_by_itself(ramp, rng, requests - candidates, observation->control.failures);
    return (double)broken;
}

static struct ramp_result run_ramp(const struct ramp_case *ramp, const struct rollout_policy *policy, uint64_t seed)
{
    struct rng rng;
    struct rollout rollout = {.from = ramp->from,
                              .to = mode_after(ramp->from),
                              .changes_scheme = !mode_same_actions(ramp->from, mode_after(ramp->from), false),
                              .state = ROLLOUT_WAITING,
                              .ended_s = -1};
    struct rollout_evidence evidence = {.begun = 0};
    struct rollout_verdict verdict = {.power = 0};
    double broken = 0;
    int64_t now_s = 0;
    rng_init(&rng, seed);
    rollout_apply(&rollout, EVENT_START, 0);
    for (unsigned i = 0; i < LONGEST && rollout_is_open(rollout.state); i++) {
        struct observation observation;
        broken += observe(ramp, &rng, rollout_percent(&rollout), now_s, &observation);
        now_s += INTERVAL_S;
        rollout_evidence_add(&evidence, &observation);
        rollout_judge(&rollout, &evidence, policy, now_s, &verdict);
        if (verdict.changes && !rollout_apply(&rollout, verdict.event, now_s)) {
            abort();
        }
    }
    return (struct ramp_result){rollout.state, broken, (double)now_s / DAY_S, verdict.least_power};
}

/* Does the traffic give the power? What the policy's longest step at each percentage would show together, asked of a
 * ramp that is harmed all the time. */
static double power_of_case(const struct ramp_case *ramp, const struct rollout_policy *policy)
{
    double least_miss = 1;
    double error = rollout_test_error(policy);
    double requests = ramp->requests_a_day * (double)policy->horizon_s / RAMP_STEPS / DAY_S;
    double base = control_share(ramp, ramp->harm_class);
    for (size_t step = 0; step < RAMP_STEPS; step++) {
        double share = ramp_percent(step) / 100.0;
        double power = sequential_test_power(requests * share, requests * (1 - share), base, ramp->excess, error);
        least_miss = fmin(least_miss, 1 - power);
    }
    return 1 - least_miss;
}

struct summary {
    double rolled_back, committed, open; /* shares */
    double broken_median, broken_p99;    /* of those rolled back */
    double days_median;                  /* of those committed, or else of those rolled back */
    double power;                        /* of the case */
};

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double quantile(double *values, size_t count, double share)
{
    if (count == 0) {
        return NAN;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    return values[(size_t)(share * (double)(count - 1))];
}

static void summarise(const struct ramp_result *results, struct summary *summary)
{
    static double broken[RAMPS];
    static double days[RAMPS];
    static double days_back[RAMPS];
    size_t back = 0;
    size_t committed = 0;
    for (unsigned i = 0; i < RAMPS; i++) {
        if (results[i].state == ROLLOUT_ROLLED_BACK) {
            days_back[back] = results[i].days;
            broken[back++] = results[i].broken;
        } else if (results[i].state == ROLLOUT_COMMITTED) {
            days[committed++] = results[i].days;
        }
    }
    summary->rolled_back = (double)back / RAMPS;
    summary->committed = (double)committed / RAMPS;
    summary->open = (double)(RAMPS - back - committed) / RAMPS;
    summary->broken_median = quantile(broken, back, 0.5);
    summary->broken_p99 = quantile(broken, back, 0.99);
    summary->days_median = committed > 0 ? quantile(days, committed, 0.5) : quantile(days_back, back, 0.5);
}

static bool run_case(const struct ramp_case *ramp, const struct rollout_policy *policy, uint64_t number,
                     struct ramp_result *results, struct summary *summary)
{
    pid_t children[PROCESSES];
    bool ok = true;
    for (unsigned k = 0; k < PROCESSES; k++) {
        children[k] = fork();
        if (children[k] == 0) {
            for (unsigned i = k; i < RAMPS; i += PROCESSES) {
                results[i] = run_ramp(ramp, policy, number * 1000003 + i);
            }
            _exit(0);
        }
    }
    for (unsigned k = 0; k < PROCESSES; k++) {
        int status = 1;
        ok = children[k] > 0 && waitpid(children[k], &status, 0) == children[k] && status == 0 && ok;
    }
    summarise(results, summary);
    summary->power = power_of_case(ramp, policy);
    return ok;
}

static void name_case(const struct ramp_case *ramp, char *name, size_t size)
{
    snprintf(name, size, "%.0e a day, from %s, control 5xx %g %%, TLS and connect %g %%, %s %g %% %s",
             ramp->requests_a_day, mode_name(ramp->from), 100 * ramp->control, 100 * ramp->background,
             ramp->shape == SUDDEN ? "sudden" : "creeping", 100 * ramp->excess, failure_class_key(ramp->harm_class));
}

/* Figures with a bound, and those that only explain. */
static bool report(const struct ramp_case *ramp, const struct rollout_policy *policy, const struct summary *summary)
{
    char name[160];
    char figure[200];
    bool ok = true;
    name_case(ramp, name, sizeof name);
    if (ramp->excess <= 0) {
        snprintf(figure, sizeof figure, "%s: false rollbacks", name);
        ok = figure_at_most("rollout", figure, summary->rolled_back, "share", 0.01);
    } else if (ramp->excess >= 0.01) {
        snprintf(figure, sizeof figure, "%s: missed", name);
        if (summary->power >= policy->power) {
            ok = figure_at_most("rollout", figure, 1 - summary->rolled_back, "share", 0.001);
        } else {
            figure_for_information("rollout", figure, 1 - summary->rolled_back, "share");
        }
    } else {
        snprintf(figure, sizeof figure, "%s: rolled back", name);
        figure_for_information("rollout", figure, summary->rolled_back, "share");
    }
    if (ramp->excess > 0) {
        snprintf(figure, sizeof figure, "%s: broken requests, median", name);
        figure_for_information("rollout", figure, summary->broken_median, "requests");
        snprintf(figure, sizeof figure, "%s: broken requests, p99", name);
        figure_for_information("rollout", figure, summary->broken_p99, "requests");
    }
    snprintf(figure, sizeof figure, "%s: days to the end", name);
    figure_for_information("rollout", figure, summary->days_median, "days");
    return ok;
}

static const char *harm_phrase(const struct ramp_case *ramp)
{
    return ramp->excess <= 0 ? "none" : ramp->shape == SUDDEN ? "sudden" : "creeping";
}

static void print_row(const struct ramp_case *ramp, const struct rollout_policy *policy, const struct summary *summary)
{
    printf("| %.0e | %s | %g %% | %g %% | %s | %s | %g %% | %.2f %% | ", ramp->requests_a_day, mode_name(ramp->from),
           100 * ramp->control, 100 * ramp->background, harm_phrase(ramp),
           ramp->excess <= 0 ? "–" : failure_class_phrase(ramp->harm_class), 100 * ramp->excess,
           100 * summary->rolled_back);
    if (summary->rolled_back > 0 && ramp->excess > 0) {
        printf("%.0f | %.0f | ", summary->broken_median, summary->broken_p99);
    } else {
        printf("– | – | ");
    }
    printf("%.1f | %s |\n", summary->days_median,
           ramp->excess < 0.01               ? ""
           : summary->power >= policy->power ? "yes"
                                             : "no");
}

static bool one(const struct ramp_case *ramp, struct ramp_result *results, bool table)
{
    static uint64_t number;
    struct rollout_policy policy;
    struct summary summary;
    rollout_policy_init(&policy);
    if (!run_case(ramp, &policy, ++number, results, &summary)) {
        fputs("a ramp could not be run\n", stderr);
        return false;
    }
    if (table) {
        print_row(ramp, &policy, &summary);
    } else {
        return report(ramp, &policy, &summary);
    }
    return true;
}

static const double traffic[] = {1e3, 1e4, 1e5, 1e6, 1e7};
static const double excesses[] = {0.001, 0.01, 0.05, 1};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A harmless ramp, and every harm of this class. */
static bool every_harm(struct ramp_case ramp, bool harmless, struct ramp_result *results, bool table)
{
    bool ok = true;
    ramp.excess = 0;
    ok &= !harmless || one(&ramp, results, table);
    for (size_t e = 0; e < COUNT(excesses); e++) {
        for (int shape = SUDDEN; shape <= CREEPING; shape++) {
            ramp.excess = excesses[e];
            ramp.shape = (enum shape)shape;
            ok &= one(&ramp, results, table);
        }
    }
    return ok;
}

/* Control fails with 5xx alone. */
static bool with_5xx_in_control(double requests_a_day, struct ramp_result *results, bool table)
{
    static const double controls[] = {0, 0.01, 0.02};
    bool ok = true;
    for (size_t c = 0; c < COUNT(controls); c++) {
        struct ramp_case ramp = {
            .requests_a_day = requests_a_day, .control = controls[c], .harm_class = FAILURE_5XX, .from = MODE_FLEXIBLE};
        ok &= every_harm(ramp, true, results, table);
        ramp.harm_class = FAILURE_TLS;
        ok &= c > 0 || every_harm(ramp, false, results, table);
    }
    return ok;
}

/* Control has TLS and connect errors of its own, and so has a harmless candidate. */
static bool with_errors_in_both(double requests_a_day, enum mode from, struct ramp_result *results, bool table)
{
    static const double backgrounds[] = {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02};
    bool ok = true;
    for (size_t b = 0; b < COUNT(backgrounds); b++) {
        struct ramp_case ramp = {.requests_a_day = requests_a_day,
                                 .control = 0.01,
                                 .background = backgrounds[b],
                                 .harm_class = from == MODE_FULL ? FAILURE_TLS : FAILURE_CONNECT,
                                 .from = from};
        bool harms = backgrounds[b] == 0.001 || backgrounds[b] == 0.01;
        ok &= harms ? every_harm(ramp, true, results, table) : one(&ramp, results, table);
    }
    return ok;
}

static bool all(struct ramp_result *results, bool table)
{
    bool ok = true;
    for (size_t t = 0; t < COUNT(traffic); t++) {
        ok &= with_5xx_in_control(traffic[t], results, table);
    }
    for (size_t t = 0; t < COUNT(traffic); t++) {
        ok &= with_errors_in_both(traffic[t], MODE_FLEXIBLE, results, table);
        ok &= with_errors_in_both(traffic[t], MODE_FULL, results, table);
    }
    return ok;
}

int main(int argc, char **argv)
{
    bool table = argc > 1 && strcmp(argv[1], "--table") == 0;
    struct ramp_result *results =
        mmap(NULL, RAMPS * sizeof *results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (results == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    if (table) {
        puts("| requests a day | from | 5xx of both | TLS and connect errors of both | harm | class | excess | "
             "rolled back | broken, median | broken, p99 | days | power |\n"
             "|---|---|---|---|---|---|---|---|---|---|---|---|");
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    return all(results, table) ? 0 : 1;
}
