/* The event loop: order of timers, watchers that come and go within callbacks, and how it ends. */
#include "crawler/loop.h"

#include "base/rng.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct loop *new_loop(void)
{
    struct err err = ERR_INIT;
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    return loop;
}

struct ring {
    struct loop *loop;
    struct loop_timer timer;
    struct ring *other;
    unsigned *sequence;
    unsigned rung_as; /* 0: not yet */
    unsigned times;
};

static void note_ring(void *context)
{
    struct ring *ring = context;
    ring->rung_as = ++*ring->sequence;
    ring->times++;
}

static void test_timers_ring_in_order(void **state)
{
    (void)state;
    static const int64_t delays[] = {30, 0, 10, 10, 20, 0, 5, 30};
    static const unsigned order[] = {7, 1, 4, 5, 6, 2, 3, 8};
    struct loop *loop = new_loop();
    struct ring rings[8] = {0};
    unsigned sequence = 0;
    for (size_t i = 0; i < 8; i++) {
        rings[i] =
            (struct ring){.loop = loop, .timer = {.callback = note_ring, .context = &rings[i]}, .sequence = &sequence};
        assert_int_equal(loop_timer_set(loop, &rings[i].timer, delays[i], NULL), 0);
    }
    assert_int_equal(loop_run(loop, NULL), 0); /* ends by itself: nothing is left */
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(rings[i].rung_as, order[i]);
        assert_false(loop_timer_is_set(&rings[i].timer));
    }
    loop_free(loop);
}

static void test_thousands_of_timers_set_and_cleared(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static struct ring rings[COUNT];
    struct loop *loop = new_loop();
    struct rng rng;
    unsigned sequence = 0, left = 0;
    rng_init(&rng, 1);
    for (size_t i = 0; i < COUNT; i++) {
        rings[i] = (struct ring){.timer = {.callback = note_ring, .context = &rings[i]}, .sequence = &sequence};
        loop_timer_set(loop, &rings[i].timer, (int64_t)rng_below(&rng, 40), NULL);
    }
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t what = rng_below(&rng, 3);
        if (what == 0) {
            loop_timer_clear(loop, &rings[i].timer);
            loop_timer_clear(loop, &rings[i].timer);
        } else if (what == 1) {
            loop_timer_set(loop, &rings[i].timer, (int64_t)rng_below(&rng, 40), NULL);
        }
        left += what != 0;
    }
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_int_equal(sequence, left);
    for (size_t i = 1; i < COUNT; i++) { /* earlier due means earlier rung */
        const struct ring *a = &rings[i - 1], *b = &rings[i];
        if (a->rung_as != 0 && b->rung_as != 0 && a->timer.due_ms != b->timer.due_ms) {
            assert_int_equal(a->timer.due_ms < b->timer.due_ms, a->rung_as < b->rung_as);
        }
    }
    loop_free(loop);
}

static void clear_other(void *context)
{
    struct ring *ring = context;
    note_ring(ring);
    loop_timer_clear(ring->loop, &ring->other->timer);
}

static void test_timer_that_clears_another_due_with_it(void **state)
{
    (void)state;
    struct loop *loop = new_loop();
    unsigned sequence = 0;
    struct ring second = {.loop = loop, .sequence = &sequence, .timer = {.callback = note_ring, .context = &second}};
    struct ring first = {
        .loop = loop, .sequence = &sequence, .other = &second, .timer = {.callback = clear_other, .context = &first}};
    loop_timer_set(loop, &first.timer, 0, NULL);
    loop_timer_set(loop, &second.timer, 0, NULL);
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_int_equal(first.times, 1);
    assert_int_equal(second.times, 0);
    loop_free(loop);
}

/* ---- Descriptors ---- */

struct end {
    struct loop *loop;
    int fd;
    struct end *other;
    unsigned calls;
    unsigned events;
    struct ring *greedy;
};

static void again_at_once(void *context)
{
    struct ring *ring = context;
    ring->times++;
    loop_timer_set(ring->loop, &ring->timer, 0, NULL);
}

static void read_and_stop(void *context, int fd, unsigned events)
{
    struct end *end = context;
    char bytes[16];
    (void)!read(fd, bytes, sizeof bytes);
    end->calls++;
    end->events |= events;
    loop_unwatch(end->loop, fd);
    if (end->greedy != NULL) {
        loop_timer_clear(end->loop, &end->greedy->timer);
    }
}

static void test_timer_without_delay_starves_nobody(void **state)
{
    (void)state;
    struct loop *loop = new_loop();
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    struct ring greedy = {.loop = loop, .timer = {.callback = again_at_once, .context = &greedy}};
    struct end end = {.loop = loop, .fd = pair[0], .greedy = &greedy};
    loop_timer_set(loop, &greedy.timer, 0, NULL);
    loop_watch(loop, pair[0], LOOP_READ, read_and_stop, &end, NULL);
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_int_equal(end.calls, 1);
    assert_int_equal(end.events, LOOP_READ);
    close(pair[0]);
    close(pair[1]);
    loop_free(loop);
}

static void unwatch_both(void *context, int fd, unsigned events)
{
    struct end *end = context;
    (void)events;
    end->calls++;
    loop_unwatch(end->loop, fd);
    loop_unwatch(end->loop, end->other->fd);
}

/* Two descriptors that are ready in the same round, each of whose watchers takes the other away: one of them runs. It
 * is returned which one did not. */
static struct end *run_two(loop_fd_callback *watcher, struct end ends[2])
{
    struct loop *loop = new_loop();
    int a[2], b[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
    ends[0] = (struct end){.loop = loop, .fd = a[0], .other = &ends[1]};
    ends[1] = (struct end){.loop = loop, .fd = b[0], .other = &ends[0]};
    loop_watch(loop, a[0], LOOP_READ, watcher, &ends[0], NULL);
    loop_watch(loop, b[0], LOOP_READ, watcher, &ends[1], NULL);
    assert_int_equal(write(a[1], "x", 1), 1);
    assert_int_equal(write(b[1], "x", 1), 1);
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_int_equal(ends[0].calls + ends[1].calls, 1);
    close(a[0]), close(a[1]), close(b[0]), close(b[1]);
    loop_free(loop);
    return ends[0].calls == 1 ? &ends[1] : &ends[0];
}

static void test_watcher_that_removes_another_with_an_event(void **state)
{
    (void)state;
    struct end ends[2];
    run_two(unwatch_both, ends);
}

/* Closes the other's descriptor and watches a new one that gets the same number: the event that was already fetched for
 * the old one must not reach the new. */
static void replace_other(void *context, int fd, unsigned events)
{
    struct end *end = context;
    (void)events;
    end->calls++;
    loop_unwatch(end->loop, fd);
    loop_unwatch(end->loop, end->other->fd);
    close(end->other->fd);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pair[0], end->other->fd);
    end->other->events = (unsigned)pair[1];
    assert_int_equal(loop_watch(end->loop, pair[0], LOOP_READ, replace_other, end->other, NULL), 0);
    loop_stop(end->loop);
}

static void test_event_of_a_descriptor_that_is_another_now(void **state)
{
    (void)state;
    struct end ends[2];
    close((int)run_two(replace_other, ends)->events);
}

static void test_hang_up_is_reported(void **state)
{
    (void)state;
    struct loop *loop = new_loop();
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct end end = {.loop = loop, .fd = pair[0]};
    close(pair[1]);
    loop_watch(loop, pair[0], LOOP_WRITE, read_and_stop, &end, NULL);
    loop_watch(loop, pair[0], 0, read_and_stop, &end, NULL);
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_true((end.events & LOOP_ERROR) != 0);
    loop_unwatch(loop, pair[0]);
    loop_unwatch(loop, 100000);
    loop_unwatch(loop, -1);
    close(pair[0]);
    struct err err = ERR_INIT;
    assert_int_equal(loop_watch(loop, -1, LOOP_READ, read_and_stop, &end, &err), -1);
    assert_int_equal(loop_watch(loop, pair[0], LOOP_READ, read_and_stop, &end, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    loop_free(loop);
}

static void test_paused_watcher(void **state)
{
    (void)state;
    struct loop *loop = new_loop();
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    struct end end = {.loop = loop, .fd = pair[0]};
    unsigned sequence = 0;
    struct ring soon = {.sequence = &sequence, .timer = {.callback = note_ring, .context = &soon}};
    loop_watch(loop, pair[0], LOOP_READ, read_and_stop, &end, NULL);
    loop_pause(loop, pair[0]);
    loop_pause(loop, pair[0]);
    assert_int_equal(write(pair[1], "x", 1), 1);
    loop_timer_set(loop, &soon.timer, 20, NULL);
    assert_int_equal(loop_run(loop, NULL), 0); /* a paused one keeps no loop running */
    assert_int_equal(end.calls, 0);
    assert_int_equal(soon.times, 1);
    loop_watch(loop, pair[0], LOOP_READ, read_and_stop, &end, NULL); /* after the kernel was told to forget it */
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_int_equal(end.calls, 1);
    loop_watch(loop, pair[0], LOOP_READ, read_and_stop, &end, NULL);
    loop_pause(loop, pair[0]);
    loop_watch(loop, pair[0], LOOP_READ, read_and_stop, &end, NULL); /* and before */
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_int_equal(end.calls, 2);
    loop_pause(loop, 100000);
    close(pair[0]);
    close(pair[1]);
    loop_free(loop);
}

/* ---- The end ---- */

static struct loop *signalled;

static void stop_by_signal(int number)
{
    (void)number;
    loop_stop(signalled);
}

static void raise_signal(void *context)
{
    (void)context;
    raise(SIGUSR1);
}

static void *stop_from_thread(void *context)
{
    usleep(10000);
    loop_stop(context);
    return NULL;
}

static void test_stopped_by_signal_and_by_thread(void **state)
{
    (void)state;
    struct loop *loop = signalled = new_loop();
    struct loop_timer far = {.callback = note_ring}, soon = {.callback = raise_signal};
    signal(SIGUSR1, stop_by_signal);
    loop_timer_set(loop, &far, 3600000, NULL);
    loop_timer_set(loop, &soon, 0, NULL);
    assert_int_equal(loop_run(loop, NULL), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_from_thread, loop), 0);
    assert_int_equal(loop_run(loop, NULL), 0);
    pthread_join(thread, NULL);
    loop_stop(loop); /* before it runs: it sticks */
    assert_int_equal(loop_run(loop, NULL), 0);
    assert_true(loop_timer_is_set(&far));
    signal(SIGUSR1, SIG_DFL);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_ring_in_order),
        cmocka_unit_test(test_thousands_of_timers_set_and_cleared),
        cmocka_unit_test(test_timer_that_clears_another_due_with_it),
        cmocka_unit_test(test_timer_without_delay_starves_nobody),
        cmocka_unit_test(test_watcher_that_removes_another_with_an_event),
        cmocka_unit_test(test_event_of_a_descriptor_that_is_another_now),
        cmocka_unit_test(test_hang_up_is_reported),
        cmocka_unit_test(test_paused_watcher),
        cmocka_unit_test(test_stopped_by_signal_and_by_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
