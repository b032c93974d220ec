#include "scan/scan.h"

#include "base/clock.h"
#include "crawler/fetch.h"
#include "crawler/loop.h"
#include "crawler/resolve.h"
#include "scan/zone_scan.h"

#include <signal.h>
#include <stdlib.h>

/* An interrupted scan waits so long for what is in flight. */
#define INTERRUPT_GRACE_MS 5000
#define TICK_MS            250

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

/* One zone scan on a loop of its own: takes wishes, fulfils them, answers. */
struct runner {
    struct loop *loop;
    struct fetcher *fetcher;
    struct resolver *resolver;
    struct zone_scan *scan;
    const struct scan_options *options;
    scan_on_progress *on_progress;
    void *context;
    struct loop_timer tick;
    struct granting *grantings; /* under way */
    int64_t started_ms, interrupted_ms;
    bool done, ending;
    struct err *err;
    bool failed;
};

/* A wish that is being fulfilled. */
struct granting {
    struct granting *next, **link;
    struct runner *runner;
    struct wish wish;
    struct fetch *fetch;
    struct resolve *resolve;
    struct loop_timer timer;
};

static void take_wishes(struct runner *runner);

static void unlink_granting(struct granting *granting)
{
    *granting->link = granting->next;
    if (granting->next != NULL) {
        granting->next->link = granting->link;
    }
}

static struct granting *granting_new(struct runner *runner, const struct wish *wish)
{
    struct granting *granting = calloc(1, sizeof *granting);
    if (granting == NULL) {
        return NULL;
    }
    granting->runner = runner;
    granting->wish = *wish;
    granting->next = runner->grantings;
    granting->link = &runner->grantings;
    if (granting->next != NULL) {
        granting->next->link = &granting->next;
    }
    runner->grantings = granting;
    return granting;
}

/* Answers with an outcome that says nothing of the origin. */
static void answer_nothing(struct runner *runner, const struct wish *wish)
{
    struct wishes *wishes = zone_scan_wishes(runner->scan);
    struct fetch_response response = {.outcome = FETCH_LOCAL_FAULT, .retry_after_s = -1};
    struct resolve_result result = {.outcome = RESOLVE_FAILED};
    switch (wish->kind) {
    case WISH_FETCH:
        wishes_answer_fetch(wishes, wish->id, &response);
        fetch_response_release(&response);
        return;
    case WISH_RESOLVE:
        wishes_answer_resolve(wishes, wish->id, &result);
        return;
    case WISH_TIMER:
        wishes_answer_timer(wishes, wish->id);
        return;
    case WISH_BACK_OFF:
        return;
    }
}

static void on_fetched(void *context, struct fetch_response *response)
{
    struct granting *granting = context;
    struct runner *runner = granting->runner;
    unlink_granting(granting);
    wishes_answer_fetch(zone_scan_wishes(runner->scan), granting->wish.id, response);
    free(granting);
    take_wishes(runner);
}

static void on_resolved(void *context, const struct resolve_result *result)
{
    struct granting *granting = context;
    struct runner *runner = granting->runner;
    unlink_granting(granting);
    wishes_answer_resolve(zone_scan_wishes(runner->scan), granting->wish.id, result);
    free(granting);
    take_wishes(runner);
}

static void on_timer(void *context)
{
    struct granting *granting = context;
    struct runner *runner = granting->runner;
    unlink_granting(granting);
    wishes_answer_timer(zone_scan_wishes(runner->scan), granting->wish.id);
    free(granting);
    take_wishes(runner);
}

static bool on_body(void *context, const struct fetch_response *head, struct slice bytes)
{
    struct granting *granting = context;
    return granting->wish.on_body(granting->wish.context, head, bytes);
}

static bool begin(struct granting *granting, struct err *err)
{
    struct runner *runner = granting->runner;
    const struct wish *wish = &granting->wish;
    switch (wish->kind) {
    case WISH_FETCH:
        granting->fetch = fetch_start(runner->fetcher, &wish->request, wish->on_body != NULL ? on_body : NULL,
                                      on_fetched, granting, err);
        return granting->fetch != NULL;
    case WISH_RESOLVE: {
        int family = runner->options->family == FAMILY_4 ? 4 : runner->options->family == FAMILY_6 ? 6 : 0;
        granting->resolve = resolve_start(runner->resolver, wish->name, family,
                                          runner->options->allow_special_addresses, on_resolved, granting, err);
        return granting->resolve != NULL;
    }
    case WISH_TIMER:
        granting->timer = (struct loop_timer){.callback = on_timer, .context = granting};
        return loop_timer_set(runner->loop, &granting->timer, wish->delay_ms, err) == 0;
    case WISH_BACK_OFF:
        return true;
    }
    return false;
}

static void grant(struct runner *runner, const struct wish *wish)
{
    if (wish->kind == WISH_BACK_OFF) {
        fetcher_back_off(runner->fetcher, &wish->request.address, (wish->delay_ms + 999) / 1000);
        return;
    }
    struct granting *granting = granting_new(runner, wish);
    struct err err = ERR_INIT;
    if (granting != NULL && begin(granting, &err)) {
        return;
    }
    if (granting != NULL) {
        unlink_granting(granting);
        free(granting);
    }
    /* A URL that cannot be asked for is no failure of ours: the pair proves nothing. */
    answer_nothing(runner, wish);
}

static void take_wishes(struct runner *runner)
{
    struct wish wish;
    while (wishes_next(zone_scan_wishes(runner->scan), &wish)) {
        if (runner->ending) {
            answer_nothing(runner, &wish);
        } else {
            grant(runner, &wish);
        }
    }
    if (zone_scan_is_done(runner->scan)) {
        runner->done = true;
    }
}

/* Ends everything under way, without waiting. */
static void drop_all(struct runner *runner)
{
    while (runner->grantings != NULL) {
        struct granting *granting = runner->grantings;
        unlink_granting(granting);
        fetch_cancel(granting->fetch);
        resolve_cancel(granting->resolve);
        loop_timer_clear(runner->loop, &granting->timer);
        answer_nothing(runner, &granting->wish);
        free(granting);
    }
}

/* What merely waits is dropped at once; what is in flight may end. */
static void drop_timers(struct runner *runner)
{
    for (struct granting *granting = runner->grantings; granting != NULL;) {
        struct granting *next = granting->next;
        if (granting->wish.kind == WISH_TIMER) {
            unlink_granting(granting);
            loop_timer_clear(runner->loop, &granting->timer);
            answer_nothing(runner, &granting->wish);
            free(granting);
        }
        granting = next;
    }
}

static void look_for_interrupt(struct runner *runner, int64_t now_ms)
{
    bool overdue = now_ms - runner->started_ms > (int64_t)LIMIT_SCAN_SECONDS * 1000;
    if (!runner->ending && (interrupts > 0 || overdue)) {
        runner->ending = true;
        runner->interrupted_ms = now_ms;
        zone_scan_interrupt(runner->scan);
        drop_timers(runner);
        take_wishes(runner);
    }
    if (runner->ending && !runner->done && (interrupts > 1 || now_ms - runner->interrupted_ms > INTERRUPT_GRACE_MS)) {
        drop_all(runner);
        take_wishes(runner);
    }
}

static void on_tick(void *context)
{
    struct runner *runner = context;
    int64_t now_ms = clock_monotonic_ms();
    if (runner->on_progress != NULL) {
        struct scan_progress progress;
        zone_scan_progress(runner->scan, &progress);
        progress.seconds = (double)(now_ms - runner->started_ms) / 1000;
        runner->on_progress(runner->context, &progress);
    }
    look_for_interrupt(runner, now_ms);
    if (!runner->done && loop_timer_set(runner->loop, &runner->tick, TICK_MS, runner->err) != 0) {
        runner->failed = true;
        runner->done = true;
    }
}

static int run(struct runner *runner, struct scan_record *record, struct err *err)
{
    runner->started_ms = clock_monotonic_ms();
    runner->tick = (struct loop_timer){.callback = on_tick, .context = runner};
    if (loop_timer_set(runner->loop, &runner->tick, TICK_MS, err) != 0) {
        return -1;
    }
    zone_scan_start(runner->scan);
    take_wishes(runner);
    int result = runner->done ? 0 : loop_run_until(runner->loop, &runner->done, err);
    loop_timer_clear(runner->loop, &runner->tick);
    drop_all(runner);
    if (result != 0 || runner->failed) {
        return -1;
    }
    double seconds = (double)(clock_monotonic_ms() - runner->started_ms) / 1000;
    return zone_scan_record(runner->scan, seconds, record, err);
}

int scan_zone(const struct scan_options *options, scan_on_progress *on_progress, void *context,
              struct scan_record *record, struct err *err)
{
    struct runner runner = {.options = options, .on_progress = on_progress, .context = context, .err = err};
    struct fetcher_options fetching = {.connect_timeout_ms = options->timeout_ms < 19000 ? options->timeout_ms : 0};
    int result = -1;
    *record = (struct scan_record){.next_scan_s = -1};
    runner.scan = zone_scan_new(options, clock_wall_s(), err);
    if (runner.scan == NULL) {
        goto out;
    }
    runner.loop = loop_new(err);
    if (runner.loop == NULL) {
        goto out;
    }
    runner.fetcher = fetcher_new(runner.loop, &fetching, err);
    runner.resolver = runner.fetcher != NULL ? resolver_new(runner.loop, NULL, err) : NULL;
    if (runner.resolver == NULL) {
        goto out;
    }
    result = run(&runner, record, err);
out:
    resolver_free(runner.resolver);
    fetcher_free(runner.fetcher);
    zone_scan_free(runner.scan);
    loop_free(runner.loop);
    return result;
}
