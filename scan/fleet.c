#include "scan/fleet.h"

#include "base/clock.h"
#include "scan/fleet_state.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define PROGRESS_MS 250
/* What scans that ended have left is for those that begin: given back to the kernel, it would be asked for again. */
#define KEPT_MEMORY_BYTES (32 << 20)

static volatile sig_atomic_t interrupts;

void fleet_interrupt(void)
{
    interrupts = interrupts + 1;
}

void fleet_hand_back(struct fleet *fleet, struct fleet_zone *zone)
{
    pthread_mutex_lock(&fleet->lock);
    zone->next = NULL;
    if (fleet->finished == NULL) {
        fleet->finished = zone;
    } else {
        fleet->last_finished->next = zone;
    }
    fleet->last_finished = zone;
    fleet->finished_count++;
    if (fleet->finished_count == 1 || fleet->finished_count >= fleet->wake_at) {
        pthread_cond_signal(&fleet->handed_back);
    }
    pthread_mutex_unlock(&fleet->lock);
}

static int count_match(void *context, const char *name, struct err *err)
{
    struct fleet *fleet = context;
    (void)err;
    fleet->progress.total += pattern_matches(fleet->options->pattern, slice_of(name));
    return fleet->options->limit > 0 && fleet->progress.total >= fleet->options->limit;
}

/* How many zones this run is about to scan. */
static int count_total(struct fleet *fleet, const struct fleet_filter *filter, struct err *err)
{
    if (fleet->options->pattern != NULL) {
        return fleet_each_due_name(fleet->store, filter, count_match, fleet, err);
    }
    int64_t due = fleet_count_due(fleet->store, filter, err);
    uint64_t limit = fleet->options->limit > 0 ? fleet->options->limit : UINT64_MAX;
    fleet->progress.total = due < 0 ? 0 : (uint64_t)due < limit ? (uint64_t)due : limit;
    return due < 0 ? -1 : 0;
}

static int open_store(struct fleet *fleet, struct err *err)
{
    const struct fleet_options *options = fleet->options;
    const int64_t now_s = clock_wall_s();
    const struct fleet_filter filter = {
        .shards = options->shards,
        .shard = options->shard,
        .loops = 1,
        .now_s = now_s,
        .scanned_before_s = options->max_age_s >= 0 ? now_s - options->max_age_s : -1,
        .without_origin = options->scan.resolve,
    };
    fleet->began_s = now_s;
    fleet->store = store_open(options->database, STORE_READ_WRITE, err);
    if (fleet->store == NULL || store_expect_writes(fleet->store, err) != 0 || fleet_clock_start(fleet, err) != 0 ||
        fleet_run_begin(fleet->store, options->shard_name, now_s, &fleet->run, err) != 0 ||
        fleet_run_alive(fleet->store, fleet->run, now_s, &fleet->runs, err) < 0) {
        return -1;
    }
    return count_total(fleet, &filter, err);
}

static int start_threads(struct fleet *fleet, pthread_t *writer, struct err *err)
{
    fleet->limiter = limiter_new(err);
    fleet->loops = calloc(fleet->options->loops, sizeof *fleet->loops);
    if (fleet->limiter == NULL || fleet->loops == NULL) {
        return err_memory(err);
    }
    limiter_limit_total(fleet->limiter, &fleet->options->total);
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        fleet->loops[i] =
            (struct fleet_loop){.fleet = fleet, .index = i, .limiter = fleet->limiter, .walk = FLEET_WALK_START};
        if (fleet_loop_open(&fleet->loops[i], err) != 0) {
            return -1;
        }
    }
    for (unsigned i = 0; i < fleet->options->loops; i++) {
        if (pthread_create(&fleet->loops[i].thread, NULL, fleet_loop_thread, &fleet->loops[i]) != 0) {
            return err_set(err, ERR_INTERNAL, "cannot start a thread");
        }
        fleet->loops[i].started = true;
    }
    return pthread_create(writer, NULL, fleet_writer_thread, fleet) == 0
               ? 0
               : err_set(err, ERR_INTERNAL, "cannot start a thread");
}

static void copy_progress(struct fleet *fleet, int64_t began_ms, struct fleet_progress *progress)
{
    pthread_mutex_lock(&fleet->lock);
    *progress = fleet->progress;
    pthread_mutex_unlock(&fleet->lock);
    /* A run that goes on finds more. */
    uint64_t taken = progress->done + progress->in_flight;
    progress->total = progress->total > taken ? progress->total : taken;
    progress->seconds = (double)(clock_monotonic_ms() - began_ms) / 1000;
    progress->stopping = atomic_load(&fleet->stopping) && !atomic_load(&fleet->ended);
}

static void watch_progress(struct fleet *fleet, struct fleet_progress *progress)
{
    int64_t began_ms = clock_monotonic_ms();
    while (!atomic_load(&fleet->ended)) {
        const struct timespec pause = {.tv_nsec = PROGRESS_MS * 1000000L};
        nanosleep(&pause, NULL);
        if (interrupts > 0) {
            atomic_store(&fleet->stopping, true);
        }
        copy_progress(fleet, began_ms, progress);
        if (fleet->options->on_progress != NULL) {
            fleet->options->on_progress(fleet->options->context, progress);
        }
    }
    copy_progress(fleet, began_ms, progress);
}

static void release(struct fleet *fleet)
{
    atomic_store(&fleet->ended, true);
    for (unsigned i = 0; fleet->loops != NULL && i < fleet->options->loops; i++) {
        struct fleet_loop *loop = &fleet->loops[i];
        if (loop->fleet != NULL) {
            fleet_loop_close(loop);
        }
        while (loop->inbox != NULL) {
            struct fleet_zone *zone = loop->inbox;
            loop->inbox = zone->next;
            fleet_zone_free(zone);
        }
    }
    while (fleet->finished != NULL) {
        struct fleet_zone *zone = fleet->finished;
        fleet->finished = zone->next;
        fleet_zone_free(zone);
    }
    free(fleet->loops);
    limiter_free(fleet->limiter);
    while (fleet->opt_out != NULL) {
        struct opt_out_holder *holder = fleet->opt_out;
        fleet->opt_out = holder->older;
        opt_out_free(holder->list);
        free(holder);
    }
    fleet_queue_release(fleet);
    store_close(fleet->store);
    pthread_mutex_destroy(&fleet->lock);
    pthread_mutex_destroy(&fleet->opt_out_lock);
    pthread_cond_destroy(&fleet->handed_back);
}

/* Waiting is by the clock that nobody puts forward or back. */
static void init_locks(struct fleet *fleet)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&fleet->lock, NULL);
    pthread_mutex_init(&fleet->opt_out_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&fleet->handed_back, &attributes);
    pthread_condattr_destroy(&attributes);
}

int fleet_run(const struct fleet_options *options, struct fleet_progress *progress, struct err *err)
{
    struct fleet fleet = {.options = options, .parts = 1};
    pthread_t writer;
    int result = -1;
    mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY_BYTES);
    init_locks(&fleet);
    *progress = (struct fleet_progress){0};
    if (open_store(&fleet, err) != 0) {
        if (interrupts > 0) {
            err->kind = ERR_INTERRUPTED; /* nothing was in flight yet */
        }
    } else if (start_threads(&fleet, &writer, err) == 0) {
        watch_progress(&fleet, progress);
        pthread_join(writer, NULL);
        result = fleet.writer_failed ? -1 : 0;
        if (result != 0) {
            *err = fleet.writer_err;
        }
    }
    release(&fleet);
    return result;
}
