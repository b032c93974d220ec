#include "scan/scan.h"

#include "base/clock.h"
#include "crawler/fetch.h"
#include "crawler/loop.h"
#include "scan/rests.h"
#include "scan/runner.h"

#include <signal.h>

/* That of the fetcher, unless a request may not even take so long. */
#define CONNECT_TIMEOUT_MS 19000

static volatile sig_atomic_t interrupts;

void scan_interrupt(void)
{
    interrupts = interrupts + 1;
}

void scan_options_init(struct scan_options *options)
{
    *options = (struct scan_options){
        .pairs = 60,
        .min_pairs = 10,
        .rate = 10,
        .connections = 4,
        .timeout_ms = 30000,
        .user_agent = FETCH_USER_AGENT,
        .certificate_time_s = -1,
    };
}

const char *scan_phase_name(enum scan_phase phase)
{
    switch (phase) {
    case PHASE_RESOLVE:
        return "resolving";
    case PHASE_PROBE:
        return "probing";
    case PHASE_CRAWL:
        return "crawling";
    case PHASE_COMPARE:
        return "comparing";
    case PHASE_CONFIRM:
        return "confirming";
    case PHASE_DONE:
        return "done";
    }
    return "done";
}

/* One zone scan on a loop of its own. */
struct alone {
    scan_on_progress *on_progress;
    void *context;
    struct scan_run *run;
    struct rests *rests;    /* NULL: nobody asks */
    int64_t interrupted_ms; /* 0: it is not */
    bool done;
};

static void on_tick(void *context)
{
    struct alone *alone = context;
    if (alone->run == NULL || alone->done) {
        return;
    }
    if (alone->on_progress != NULL) {
        struct scan_progress progress;
        scan_run_progress(alone->run, &progress);
        alone->on_progress(alone->context, &progress);
    }
    int64_t now_ms = clock_monotonic_ms();
    if (interrupts > 0 && alone->interrupted_ms == 0) {
        alone->interrupted_ms = now_ms;
        scan_run_interrupt(alone->run);
    } else if (interrupts > 1 ||
               (alone->interrupted_ms > 0 && now_ms - alone->interrupted_ms > LIMIT_INTERRUPT_GRACE_MS)) {
        scan_run_drop(alone->run);
    }
}

static void on_response(void *context, struct scan_run *run, const struct address *address,
                        const struct fetch_response *response)
{
    const struct alone *alone = context;
    int64_t rest_s = rest_of_response(response);
    (void)run;
    if (rest_s > 0 && alone->rests != NULL) {
        rests_add(alone->rests, address, clock_wall_s() + rest_s);
    }
}

/* What was asked for before this scan is waited for, too. A longer rest stops its hostnames (hostname_scan.c). */
static void wait_for_rests(struct runner *runner, const struct rests *rests)
{
    for (size_t i = 0; rests != NULL && i < rests->count; i++) {
        int64_t rest_s = rests->items[i].until_s - clock_wall_s();
        if (rest_s > 0 && rest_s <= LIMIT_RETRY_AFTER_SECONDS) {
            fetcher_back_off(runner_fetcher(runner), &rests->items[i].address, rest_s);
        }
    }
}

static void on_done(void *context, struct scan_run *run)
{
    struct alone *alone = context;
    (void)run;
    alone->done = true;
}

int scan_zone(const struct scan_options *options, scan_on_progress *on_progress, void *context,
              struct scan_record *record, struct err *err)
{
    struct alone alone = {.on_progress = on_progress, .context = context, .rests = options->rests};
    const struct runner_options running = {
        .fetching = {.connect_timeout_ms = options->timeout_ms < CONNECT_TIMEOUT_MS ? options->timeout_ms : 0},
        .family = options->family,
        .allow_special_addresses = options->allow_special_addresses,
        .on_response = on_response,
        .on_tick = on_tick,
        .context = &alone,
    };
    int result = -1;
    *record = (struct scan_record){.next_scan_s = -1};
    struct runner *runner = runner_new(&running, err);
    if (runner == NULL) {
        return -1;
    }
    wait_for_rests(runner, options->rests);
    alone.run = runner_start(runner, options, on_done, &alone, err);
    if (alone.run != NULL) {
        result = loop_run_until(runner_loop(runner), &alone.done, err);
    }
    if (alone.done) {
        result = scan_run_finish(alone.run, record, err);
    }
    runner_free(runner);
    return result;
}
