/* Runs zone scans on one event loop, as many at once as are started: takes the wishes of each, fulfils them, answers.
 *
 * A runner and everything that it calls belong to one thread.
 */
#ifndef ORIGINTLS_SCAN_RUNNER_H
#define ORIGINTLS_SCAN_RUNNER_H

#include "crawler/fetch.h"
#include "crawler/resolve.h"
#include "scan/zone_scan.h"

struct runner;
struct scan_run; /* one scan while it runs */

/* Every response on its way to a scan. */
typedef void runner_on_response(void *context, struct scan_run *run, const struct address *address,
                                const struct fetch_response *response);

/* The addresses of a name on their way to a scan. */
typedef void runner_on_resolved(void *context, struct scan_run *run, const struct resolve_result *result);

struct runner_options {
    struct fetcher_options fetching;
    enum address_family_choice family;
    bool allow_special_addresses;
    runner_on_response *on_response; /* may be NULL */
    runner_on_resolved *on_resolved; /* may be NULL */
    void (*on_tick)(void *context);  /* about four times a second; may be NULL */
    void *context;                   /* of all */
};

struct runner *runner_new(const struct runner_options *options, struct err *err);
/* Drops what still runs; `done` is not called. NULL is fine. */
void runner_free(struct runner *runner);

/* Called from the loop, never from within runner_start. The run is over; scan_run_finish is due. */
typedef void scan_run_done(void *context, struct scan_run *run);

/* Begins a scan. `options`, with everything behind it, must outlive the run. NULL with *err set. */
struct scan_run *runner_start(struct runner *runner, const struct scan_options *options, scan_run_done *done,
                              void *context, struct err *err);
/* Of a run that is over: its record, which the caller releases, and the end of its memory. -1 when we failed. */
int scan_run_finish(struct scan_run *run, struct scan_record *record, struct err *err);
/* The engine asks for nothing more; what is in flight may end. The result is incomplete, with the reason
 * `interrupted`. */
void scan_run_interrupt(struct scan_run *run);
/* Ends everything that is under way for it at once. */
void scan_run_drop(struct scan_run *run);
void scan_run_progress(const struct scan_run *run, struct scan_progress *progress);
bool scan_run_interrupted(const struct scan_run *run);

/* The runs that are not over yet, in no order: first NULL, then the one before. */
struct scan_run *runner_next(const struct runner *runner, const struct scan_run *run);
void *scan_run_context(const struct scan_run *run);

struct loop *runner_loop(struct runner *runner);
struct fetcher *runner_fetcher(struct runner *runner);

#endif
