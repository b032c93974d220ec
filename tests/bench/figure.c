#include "tests/bench/figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void print(const char *bench, const char *name, double value, const char *unit, const char *bound, bool ok)
{
    printf("{\"bench\":\"%s\",\"case\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"bound\":\"%s\",\"ok\":%s}\n", bench,
           name, value, unit, bound, ok ? "true" : "false");
    fflush(stdout);
}

bool figure_at_least(const char *bench, const char *name, double value, const char *unit, double bound)
{
    char text[40];
    snprintf(text, sizeof text, ">= %g", bound);
    print(bench, name, value, unit, text, value >= bound);
    return value >= bound;
}

bool figure_at_most(const char *bench, const char *name, double value, const char *unit, double bound)
{
    char text[40];
    snprintf(text, sizeof text, "<= %g", bound);
    print(bench, name, value, unit, text, value <= bound);
    return value <= bound;
}

void figure_for_information(const char *bench, const char *name, double value, const char *unit)
{
    print(bench, name, value, unit, "", true);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double figure_process_cpu_s(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double figure_thread_cpu_s(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double figure_median(double *values, size_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof values[0], ascending);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
