/* The scans of the demonstration: every zone of the lab, many at once. */
#ifndef ORIGINTLS_CLI_DEMO_RUN_H
#define ORIGINTLS_CLI_DEMO_RUN_H

#include "crawler/trust.h"
#include "recommend/record.h"
#include "tests/lab/lab.h"

enum demo_state {
    DEMO_WAITING,
    DEMO_SCANNED,
    DEMO_FAILED, /* our own failure: `err` */
    DEMO_SKIPPED /* a signal came first */
};

struct demo_zone {
    const char *name;
    enum demo_state state;
    struct scan_record record;
    struct err err;
};

struct demo_run;

/* Starts scanning in threads of its own; the lab and the roots must outlive it. NULL with *err set. */
struct demo_run *demo_run_start(const struct lab *lab, const struct trust *trust, struct err *err);
size_t demo_run_count(const struct demo_run *run);
size_t demo_run_finished(struct demo_run *run);
/* The zone by its place in the lab's table, when its scan has ended; NULL when it has not within `timeout_ms`. From
 * then on it belongs to the caller's thread. */
struct demo_zone *demo_run_wait(struct demo_run *run, size_t index, int timeout_ms);
/* Waits for every thread and frees the records. NULL is fine. */
void demo_run_free(struct demo_run *run);

#endif
