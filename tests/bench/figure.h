/* What a benchmark prints: one line of JSON per figure, with its bound and whether it is met. */
#ifndef ORIGINTLS_TESTS_BENCH_FIGURE_H
#define ORIGINTLS_TESTS_BENCH_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

/* Each prints {"bench","case","value","unit","bound","ok"} on stdout and returns whether the bound is met. */
bool figure_at_least(const char *bench, const char *name, double value, const char *unit, double bound);
bool figure_at_most(const char *bench, const char *name, double value, const char *unit, double bound);
/* A figure that explains others and has no bound. */
void figure_for_information(const char *bench, const char *name, double value, const char *unit);

/* CPU time of this process and of this thread so far, user and system together, in seconds. */
double figure_process_cpu_s(void);
double figure_thread_cpu_s(void);
/* Sorts the values. 0 for none. */
double figure_median(double *values, size_t count);

#endif
