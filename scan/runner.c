#include "scan/runner.h"

#include "base/clock.h"
#include "crawler/loop.h"
#include "crawler/resolve.h"
#include "scan/rests.h"

#include <stdlib.h>

#define TICK_MS 250
/* Before what failed for want of descriptors or memory is tried again. */
#define STARVED_PAUSE_MS 250
/* The engine numbers its hostnames; scans that run together are told apart above them. */
#define OWNER_SHIFT 16

struct runner {
    struct runner_options options;
    struct loop *loop;
    struct fetcher *fetcher;
    struct resolver *resolver;
    struct scan_run *runs;     /* not over yet */
    struct scan_run *finished; /* over, but `done` was not called yet */
    struct loop_timer tick, deliver;
    uint64_t serial;
};

struct scan_run {
    struct scan_run *next, **link;
    struct runner *runner;
    struct zone_scan *scan;
    struct granting *grantings; /* under way */
    scan_run_done *done;
    void *context;
    uint64_t number;
    int64_t started_ms;
    double seconds; /* that it took */
    bool over, interrupted;
    bool starved; /* something could not be asked for want of descriptors or memory */
};

/* A wish that is being fulfilled. */
struct granting {
    struct granting *next, **link;
    struct scan_run *run;
    struct wish wish;
    struct fetch *fetch;
    struct resolve *resolve;
    struct tls_probe *probe;
    struct loop_timer timer;
    unsigned starved; /* times that there were no descriptors or memory for it */
};

static void take_wishes(struct scan_run *run);

static void unlink_granting(struct granting *granting)
{
    *granting->link = granting->next;
    if (granting->next != NULL) {
        granting->next->link = granting->link;
    }
}

static struct granting *granting_new(struct scan_run *run, const struct wish *wish)
{
    struct granting *granting = calloc(1, sizeof *granting);
    if (granting == NULL) {
        return NULL;
    }
    granting->run = run;
    granting->wish = *wish;
    granting->next = run->grantings;
    granting->link = &run->grantings;
    if (granting->next != NULL) {
        granting->next->link = &granting->next;
    }
    run->grantings = granting;
    return granting;
}

/* Answers with an outcome that says nothing of the origin. */
static void answer_nothing(struct scan_run *run, const struct wish *wish)
{
    struct wishes *wishes = zone_scan_wishes(run->scan);
    struct fetch_response response = {.outcome = FETCH_LOCAL_FAULT, .retry_after_s = -1};
    struct resolve_result result = {.outcome = RESOLVE_FAILED};
    struct tls_capabilities nothing = {.no_connection = true, .tcp = TCP_LOCAL_FAULT};
    switch (wish->kind) {
    case WISH_FETCH:
        wishes_answer_fetch(wishes, wish->id, &response);
        fetch_response_release(&response);
        return;
    case WISH_RESOLVE:
        wishes_answer_resolve(wishes, wish->id, &result);
        return;
    case WISH_PROBE:
        wishes_answer_probe(wishes, wish->id, &nothing);
        return;
    case WISH_TIMER:
        wishes_answer_timer(wishes, wish->id);
        return;
    case WISH_BACK_OFF:
        return;
    }
}

static bool begin(struct granting *granting, struct err *err);

static void give_up(struct granting *granting)
{
    struct scan_run *run = granting->run;
    const struct wish wish = granting->wish;
    unlink_granting(granting);
    free(granting);
    answer_nothing(run, &wish);
    take_wishes(run);
}

static void try_again(void *context)
{
    struct granting *granting = context;
    if (granting->run->interrupted || !begin(granting, NULL)) {
        give_up(granting);
    }
}

/* Other scans give back what they hold: a little later it may go. False where it is over with that, as for everything
 * of a scan that has failed for it once. */
static bool wait_for_resources(struct granting *granting)
{
    struct scan_run *run = granting->run;
    granting->fetch = NULL;
    granting->probe = NULL;
    granting->timer = (struct loop_timer){.callback = try_again, .context = granting};
    return !run->interrupted && !run->starved && ++granting->starved <= LIMIT_STARVED_TRIES &&
           loop_timer_set(run->runner->loop, &granting->timer, STARVED_PAUSE_MS, NULL) == 0;
}

static void on_fetched(void *context, struct fetch_response *response)
{
    struct granting *granting = context;
    struct scan_run *run = granting->run;
    const struct runner_options *options = &run->runner->options;
    if (response->starved && wait_for_resources(granting)) {
        return;
    }
    run->starved = run->starved || (response->starved && !run->interrupted);
    int64_t rest_s = rest_of_response(response);
    if (rest_s > 0) {
        rest_s = rest_s < LIMIT_RETRY_AFTER_SECONDS ? rest_s : LIMIT_RETRY_AFTER_SECONDS;
        fetcher_back_off(run->runner->fetcher, &granting->wish.request.address, rest_s);
    }
    if (options->on_response != NULL) {
        options->on_response(options->context, run, &granting->wish.request.address, response);
    }
    unlink_granting(granting);
    wishes_answer_fetch(zone_scan_wishes(run->scan), granting->wish.id, response);
    free(granting);
    take_wishes(run);
}

static void on_resolved(void *context, const struct resolve_result *result)
{
    struct granting *granting = context;
    struct scan_run *run = granting->run;
    const struct runner_options *options = &run->runner->options;
    if (options->on_resolved != NULL) {
        options->on_resolved(options->context, run, result);
    }
    unlink_granting(granting);
    wishes_answer_resolve(zone_scan_wishes(run->scan), granting->wish.id, result);
    free(granting);
    take_wishes(run);
}

static void on_probed(void *context, struct tls_capabilities *found)
{
    struct granting *granting = context;
    struct scan_run *run = granting->run;
    if (found->no_connection && found->tcp == TCP_LOCAL_FAULT && wait_for_resources(granting)) {
        return;
    }
    unlink_granting(granting);
    wishes_answer_probe(zone_scan_wishes(run->scan), granting->wish.id, found);
    free(granting);
    take_wishes(run);
}

static void on_timer(void *context)
{
    struct granting *granting = context;
    struct scan_run *run = granting->run;
    unlink_granting(granting);
    wishes_answer_timer(zone_scan_wishes(run->scan), granting->wish.id);
    free(granting);
    take_wishes(run);
}

static bool on_body(void *context, const struct fetch_response *head, struct slice bytes)
{
    struct granting *granting = context;
    return granting->wish.on_body(granting->wish.context, head, bytes);
}

static bool begin_fetch(struct granting *granting, struct err *err)
{
    struct scan_run *run = granting->run;
    struct fetch_request request = granting->wish.request;
    request.owner |= run->number << OWNER_SHIFT;
    granting->fetch = fetch_start(run->runner->fetcher, &request, granting->wish.on_body != NULL ? on_body : NULL,
                                  on_fetched, granting, err);
    return granting->fetch != NULL;
}

static bool begin_probe(struct granting *granting, struct err *err)
{
    struct runner *runner = granting->run->runner;
    const struct fetch_request *request = &granting->wish.request;
    struct tls_probe_request probe = {.address = request->address,
                                      .port = request->port,
                                      .hostname = request->hostname,
                                      .sni = request->sni,
                                      .user_agent = request->user_agent,
                                      .depth = TLS_PROBE_SCAN,
                                      .client_certificate = request->client_certificate,
                                      .limiter = fetcher_limiter(runner->fetcher),
                                      .bounds = request->bounds,
                                      .timeout_ms = request->timeout_ms < TLS_PROBE_TIMEOUT_MS ? request->timeout_ms
                                                                                               : TLS_PROBE_TIMEOUT_MS};
    granting->probe = tls_probe_start(runner->loop, &probe, on_probed, granting, err);
    return granting->probe != NULL;
}

static bool begin(struct granting *granting, struct err *err)
{
    struct runner *runner = granting->run->runner;
    const struct wish *wish = &granting->wish;
    switch (wish->kind) {
    case WISH_FETCH:
        return begin_fetch(granting, err);
    case WISH_RESOLVE: {
        int family = runner->options.family == FAMILY_4 ? 4 : runner->options.family == FAMILY_6 ? 6 : 0;
        granting->resolve = resolve_start(runner->resolver, wish->name, family, runner->options.allow_special_addresses,
                                          on_resolved, granting, err);
        return granting->resolve != NULL;
    }
    case WISH_PROBE:
        return begin_probe(granting, err);
    case WISH_TIMER:
        granting->timer = (struct loop_timer){.callback = on_timer, .context = granting};
        return loop_timer_set(runner->loop, &granting->timer, wish->delay_ms, err) == 0;
    case WISH_BACK_OFF:
        return true;
    }
    return false;
}

static void grant(struct scan_run *run, const struct wish *wish)
{
    if (wish->kind == WISH_BACK_OFF) {
        fetcher_back_off(run->runner->fetcher, &wish->request.address, (wish->delay_ms + 999) / 1000);
        return;
    }
    struct granting *granting = granting_new(run, wish);
    struct err err = ERR_INIT;
    if (granting != NULL && begin(granting, &err)) {
        return;
    }
    if (granting != NULL) {
        unlink_granting(granting);
        free(granting);
    }
    /* A URL that cannot be asked for is no failure of ours: the pair proves nothing. */
    answer_nothing(run, wish);
}

static void unlink_run(struct scan_run *run)
{
    *run->link = run->next;
    if (run->next != NULL) {
        run->next->link = run->link;
    }
}

static void link_run(struct scan_run *run, struct scan_run **list)
{
    run->next = *list;
    run->link = list;
    if (run->next != NULL) {
        run->next->link = &run->next;
    }
    *list = run;
}

static void end_run(struct scan_run *run)
{
    struct runner *runner = run->runner;
    run->over = true;
    run->seconds = (double)(clock_monotonic_ms() - run->started_ms) / 1000;
    unlink_run(run);
    link_run(run, &runner->finished);
    /* Without memory for the timer, the tick does it. */
    loop_timer_set(runner->loop, &runner->deliver, 0, NULL);
}

static void take_wishes(struct scan_run *run)
{
    struct wish wish;
    while (wishes_next(zone_scan_wishes(run->scan), &wish)) {
        if (run->interrupted) {
            answer_nothing(run, &wish);
        } else {
            grant(run, &wish);
        }
    }
    if (!run->over && zone_scan_is_done(run->scan)) {
        end_run(run);
    }
}

static void deliver(void *context)
{
    struct runner *runner = context;
    while (runner->finished != NULL) {
        struct scan_run *run = runner->finished;
        unlink_run(run);
        run->link = &run->next; /* belongs to no list */
        run->next = NULL;
        run->done(run->context, run);
    }
}

void scan_run_drop(struct scan_run *run)
{
    while (run->grantings != NULL) {
        struct granting *granting = run->grantings;
        unlink_granting(granting);
        fetch_cancel(granting->fetch);
        resolve_cancel(granting->resolve);
        tls_probe_cancel(granting->probe);
        loop_timer_clear(run->runner->loop, &granting->timer);
        answer_nothing(run, &granting->wish);
        free(granting);
    }
    take_wishes(run);
}

/* What merely waits, and what asks one question after the other without need, is dropped at once; what is in flight may
 * end. */
static void drop_waiting(struct scan_run *run)
{
    for (struct granting *granting = run->grantings; granting != NULL;) {
        struct granting *next = granting->next;
        if (granting->wish.kind == WISH_TIMER || granting->wish.kind == WISH_PROBE) {
            unlink_granting(granting);
            loop_timer_clear(run->runner->loop, &granting->timer);
            tls_probe_cancel(granting->probe);
            answer_nothing(run, &granting->wish);
            free(granting);
        }
        granting = next;
    }
}

void scan_run_interrupt(struct scan_run *run)
{
    if (run->interrupted || run->over) {
        return;
    }
    run->interrupted = true;
    zone_scan_interrupt(run->scan);
    drop_waiting(run);
    take_wishes(run);
}

static void end_overdue(struct runner *runner)
{
    int64_t now_ms = clock_monotonic_ms();
    for (struct scan_run *run = runner->runs; run != NULL;) {
        struct scan_run *next = run->next;
        int64_t late_ms = now_ms - run->started_ms - zone_scan_time_limit_ms(run->scan);
        if (late_ms > LIMIT_INTERRUPT_GRACE_MS) {
            scan_run_drop(run);
        } else if (late_ms > 0) {
            scan_run_interrupt(run);
        }
        run = next;
    }
}

static void on_tick(void *context)
{
    struct runner *runner = context;
    end_overdue(runner);
    deliver(runner);
    if (runner->options.on_tick != NULL) {
        runner->options.on_tick(runner->options.context);
    }
    loop_timer_set(runner->loop, &runner->tick, TICK_MS, NULL);
}

struct runner *runner_new(const struct runner_options *options, struct err *err)
{
    struct runner *runner = calloc(1, sizeof *runner);
    if (runner == NULL) {
        err_memory(err);
        return NULL;
    }
    runner->options = *options;
    runner->tick = (struct loop_timer){.callback = on_tick, .context = runner};
    runner->deliver = (struct loop_timer){.callback = deliver, .context = runner};
    runner->loop = loop_new(err);
    runner->fetcher = runner->loop != NULL ? fetcher_new(runner->loop, &options->fetching, err) : NULL;
    runner->resolver = runner->fetcher != NULL ? resolver_new(runner->loop, NULL, err) : NULL;
    if (runner->resolver == NULL || loop_timer_set(runner->loop, &runner->tick, TICK_MS, err) != 0) {
        runner_free(runner);
        return NULL;
    }
    return runner;
}

static void free_run(struct scan_run *run)
{
    zone_scan_free(run->scan);
    free(run);
}

void runner_free(struct runner *runner)
{
    if (runner == NULL) {
        return;
    }
    while (runner->runs != NULL) {
        struct scan_run *run = runner->runs;
        scan_run_interrupt(run);
        if (!run->over) {
            scan_run_drop(run);
        }
        if (!run->over) {
            end_run(run);
        }
    }
    while (runner->finished != NULL) {
        struct scan_run *run = runner->finished;
        unlink_run(run);
        free_run(run);
    }
    resolver_free(runner->resolver);
    fetcher_free(runner->fetcher);
    loop_free(runner->loop);
    free(runner);
}

struct scan_run *runner_start(struct runner *runner, const struct scan_options *options, scan_run_done *done,
                              void *context, struct err *err)
{
    struct scan_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        err_memory(err);
        return NULL;
    }
    run->runner = runner;
    run->done = done;
    run->context = context;
    run->number = ++runner->serial;
    run->started_ms = clock_monotonic_ms();
    run->scan = zone_scan_new(options, clock_wall_s(), err);
    if (run->scan == NULL) {
        free(run);
        return NULL;
    }
    link_run(run, &runner->runs);
    zone_scan_start(run->scan);
    take_wishes(run);
    return run;
}

int scan_run_finish(struct scan_run *run, struct scan_record *record, struct err *err)
{
    int result = run->starved ? err_set(err, ERR_INTERNAL,
                                        "not enough file descriptors or memory for all connections: raise the limit "
                                        "(ulimit -n, LimitNOFILE), or ask for fewer at once")
                              : zone_scan_record(run->scan, run->seconds, record, err);
    free_run(run);
    return result;
}

void scan_run_progress(const struct scan_run *run, struct scan_progress *progress)
{
    zone_scan_progress(run->scan, progress);
    progress->seconds = (double)(clock_monotonic_ms() - run->started_ms) / 1000;
}

bool scan_run_interrupted(const struct scan_run *run)
{
    return run->interrupted;
}

struct scan_run *runner_next(const struct runner *runner, const struct scan_run *run)
{
    return run == NULL ? runner->runs : run->next;
}

void *scan_run_context(const struct scan_run *run)
{
    return run->context;
}

struct loop *runner_loop(struct runner *runner)
{
    return runner->loop;
}

struct fetcher *runner_fetcher(struct runner *runner)
{
    return runner->fetcher;
}
