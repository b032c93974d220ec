/* What a report costs in each format, over a made-up database: for the benchmarks of reports. */
#ifndef ORIGINTLS_TESTS_BENCH_REPORT_CASE_H
#define ORIGINTLS_TESTS_BENCH_REPORT_CASE_H

#include <stdbool.h>
#include <stddef.h>

/* Makes a database of so many zones of one hostname and 20 pairs in /tmp, writes every format and the digest into
 * a file there that is replaced when it is whole, and prints the seconds for a million zones (scaled, where there are
 * fewer) and the memory of the process. False if a figure misses its bound: 60 s, 100 MB. Stops the program where
 * something fails, such as too little room: 8 kB a zone, all of which is given back. */
bool report_case(const char *bench, size_t zones);

#endif
