/* A fleet run as a benchmark measures it: in a process of its own, on a database that another process filled, so that
 * its CPU and its memory are those of the scanner alone. */
#ifndef ORIGINTLS_TESTS_BENCH_FLEET_CASE_H
#define ORIGINTLS_TESTS_BENCH_FLEET_CASE_H

#include "scan/fleet.h"
#include "tests/bench/fleet_zones.h"

struct fleet_case {
    const char *database;
    unsigned zones;
    uint16_t http_port, https_port; /* of every origin */

    unsigned loops, zones_per_loop;
    int processor;       /* to stay on; -1: any */
    size_t pairs;        /* 0: the default */
    double rate;         /* of requests to one address, a second; 0: the default */
    const char *ca_file; /* trusted beside the defaults; NULL: none */
    fleet_stub *stub;    /* NULL: the network of this machine */
    void *stub_context;
};

struct fleet_usage {
    double cpu_s, wall_s; /* of the run, without reading the trust store */
    double peak_mb;       /* resident */
    struct fleet_progress progress;
};

/* Imports zones of one hostname on one address each. False, with the reason on standard error, when it fails. */
bool fleet_case_import(const struct fleet_case *fleet);
/* Scans what is due. The same of failing. */
bool fleet_case_run(const struct fleet_case *fleet, struct fleet_usage *usage);

double fleet_case_megabytes(const char *path); /* of a file; 0 where there is none */

#endif
