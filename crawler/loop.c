#include "crawler/loop.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 128 };

struct watcher {
    loop_fd_callback *callback; /* NULL: not watched, or paused */
    void *context;
    uint32_t generation; /* tells an event of an earlier watcher of this descriptor from one of this */
    bool registered;     /* with the kernel; a paused one still is, until an event comes that nobody wants */
    unsigned events;     /* that it is registered for */
};

struct loop {
    int epoll_fd;
    int wake_fd;
    int64_t now_ms;
    atomic_bool stopped;
    struct watcher *watchers; /* by descriptor */
    size_t watcher_capacity;
    size_t watcher_count;
    uint32_t generation;
    struct loop_timer **heap; /* the one that is due first on top */
    uint64_t timer_serial;
    size_t heap_count;
    size_t heap_capacity;
};

static void close_loop(struct loop *loop)
{
    if (loop->wake_fd >= 0) {
        close(loop->wake_fd);
    }
    if (loop->epoll_fd >= 0) {
        close(loop->epoll_fd);
    }
    free(loop->watchers);
    free(loop->heap);
    free(loop);
}

struct loop *loop_new(struct err *err)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        err_memory(err);
        return NULL;
    }
    loop->wake_fd = -1;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd >= 0) {
        loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
    if (loop->wake_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) != 0) {
        err_set_errno(err, ERR_INTERNAL, "cannot make an event loop");
        close_loop(loop);
        return NULL;
    }
    loop->now_ms = clock_monotonic_ms();
    return loop;
}

void loop_free(struct loop *loop)
{
    if (loop != NULL) {
        close_loop(loop);
    }
}

int64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

static int grow_watchers(struct loop *loop, size_t least, struct err *err)
{
    size_t capacity = loop->watcher_capacity == 0 ? 64 : loop->watcher_capacity;
    while (capacity < least) {
        capacity *= 2;
    }
    struct watcher *grown = realloc(loop->watchers, capacity * sizeof *grown);
    if (grown == NULL) {
        return err_memory(err);
    }
    memset(grown + loop->watcher_capacity, 0, (capacity - loop->watcher_capacity) * sizeof *grown);
    loop->watchers = grown;
    loop->watcher_capacity = capacity;
    return 0;
}

static int register_events(struct loop *loop, int fd, struct watcher *watcher, unsigned events)
{
    if (watcher->registered && watcher->events == events) {
        return 0;
    }
    uint32_t generation = watcher->registered ? watcher->generation : ++loop->generation;
    struct epoll_event event = {
        .events = ((events & LOOP_READ) != 0 ? EPOLLIN : 0u) | ((events & LOOP_WRITE) != 0 ? EPOLLOUT : 0u),
        .data.u64 = (uint64_t)generation << 32 | (uint32_t)fd,
    };
    if (epoll_ctl(loop->epoll_fd, watcher->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0) {
        return -1;
    }
    watcher->generation = generation;
    watcher->registered = true;
    watcher->events = events;
    return 0;
}

int loop_watch(struct loop *loop, int fd, unsigned events, loop_fd_callback *callback, void *context, struct err *err)
{
    if (fd < 0 || callback == NULL) {
        return err_set(err, ERR_INTERNAL, "nothing to watch");
    }
    if ((size_t)fd >= loop->watcher_capacity && grow_watchers(loop, (size_t)fd + 1, err) != 0) {
        return -1;
    }
    struct watcher *watcher = &loop->watchers[fd];
    if (register_events(loop, fd, watcher, events & (LOOP_READ | LOOP_WRITE)) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot watch a descriptor");
    }
    loop->watcher_count += watcher->callback == NULL;
    watcher->callback = callback;
    watcher->context = context;
    return 0;
}

static struct watcher *watcher_of(struct loop *loop, int fd)
{
    return fd >= 0 && (size_t)fd < loop->watcher_capacity ? &loop->watchers[fd] : NULL;
}

void loop_pause(struct loop *loop, int fd)
{
    struct watcher *watcher = watcher_of(loop, fd);
    if (watcher != NULL && watcher->callback != NULL) {
        watcher->callback = NULL;
        loop->watcher_count--;
    }
}

static void unregister(struct loop *loop, int fd, struct watcher *watcher)
{
    if (watcher->registered) {
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        watcher->registered = false;
    }
}

void loop_unwatch(struct loop *loop, int fd)
{
    struct watcher *watcher = watcher_of(loop, fd);
    if (watcher != NULL) {
        loop_pause(loop, fd);
        unregister(loop, fd, watcher);
    }
}

static void put(struct loop *loop, size_t at, struct loop_timer *timer)
{
    loop->heap[at] = timer;
    timer->place = at + 1;
}

static bool rings_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->serial < b->serial);
}

static void sift_up(struct loop *loop, size_t at)
{
    struct loop_timer *timer = loop->heap[at];
    while (at > 0 && rings_before(timer, loop->heap[(at - 1) / 2])) {
        put(loop, at, loop->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(loop, at, timer);
}

static void sift_down(struct loop *loop, size_t at)
{
    struct loop_timer *timer = loop->heap[at];
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= loop->heap_count) {
            break;
        }
        if (child + 1 < loop->heap_count && rings_before(loop->heap[child + 1], loop->heap[child])) {
            child++;
        }
        if (rings_before(timer, loop->heap[child])) {
            break;
        }
        put(loop, at, loop->heap[child]);
        at = child;
    }
    put(loop, at, timer);
}

static int grow_heap(struct loop *loop, struct err *err)
{
    size_t capacity = loop->heap_capacity == 0 ? 64 : loop->heap_capacity * 2;
    struct loop_timer **grown = realloc(loop->heap, capacity * sizeof(struct loop_timer *));
    if (grown == NULL) {
        return err_memory(err);
    }
    loop->heap = grown;
    loop->heap_capacity = capacity;
    return 0;
}

int loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms, struct err *err)
{
    if (timer->place == 0) {
        if (loop->heap_count == loop->heap_capacity && grow_heap(loop, err) != 0) {
            return -1;
        }
        put(loop, loop->heap_count++, timer);
    }
    timer->due_ms = clock_monotonic_ms() + (delay_ms > 0 ? delay_ms : 0);
    timer->serial = ++loop->timer_serial;
    sift_up(loop, timer->place - 1);
    sift_down(loop, timer->place - 1);
    return 0;
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
    if (timer->place == 0) {
        return;
    }
    size_t hole = timer->place - 1;
    struct loop_timer *last = loop->heap[--loop->heap_count];
    timer->place = 0;
    if (last != timer) {
        put(loop, hole, last);
        sift_up(loop, hole);
        sift_down(loop, last->place - 1);
    }
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
    return timer->place != 0;
}

static int wait_ms(const struct loop *loop)
{
    if (loop->heap_count == 0) {
        return -1;
    }
    int64_t wait = loop->heap[0]->due_ms - clock_monotonic_ms();
    return wait <= 0 ? 0 : wait > INT_MAX ? INT_MAX : (int)wait;
}

static unsigned events_of(uint32_t epoll_events)
{
    return ((epoll_events & EPOLLIN) != 0 ? LOOP_READ : 0u) | ((epoll_events & EPOLLOUT) != 0 ? LOOP_WRITE : 0u) |
           ((epoll_events & (EPOLLERR | EPOLLHUP)) != 0 ? LOOP_ERROR : 0u);
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
    if (event->data.u64 == UINT64_MAX) {
        uint64_t count;
        (void)!read(loop->wake_fd, &count, sizeof count);
        return;
    }
    int fd = (int)(uint32_t)event->data.u64;
    struct watcher *watcher = &loop->watchers[fd];
    if (watcher->generation != (uint32_t)(event->data.u64 >> 32)) {
        return;
    }
    if (watcher->callback != NULL) {
        watcher->callback(watcher->context, fd, events_of(event->events));
    } else {
        unregister(loop, fd, watcher); /* paused, and not worth being woken for again and again */
    }
}

/* Rings what was due when the turn began. What a callback sets now has a later serial and sorts behind all of that, so
 * it waits for the next turn: a timer that sets itself anew with no delay cannot starve the descriptors. */
static void ring_timers(struct loop *loop)
{
    const uint64_t last_serial = loop->timer_serial;
    while (loop->heap_count > 0 && loop->heap[0]->due_ms <= loop->now_ms && loop->heap[0]->serial <= last_serial) {
        struct loop_timer *timer = loop->heap[0];
        loop_timer_clear(loop, timer);
        timer->callback(timer->context);
    }
}

static int turn(struct loop *loop, struct err *err)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, wait_ms(loop));
    if (count < 0 && errno != EINTR) {
        return err_set_errno(err, ERR_INTERNAL, "cannot wait for events");
    }
    loop->now_ms = clock_monotonic_ms();
    for (int i = 0; i < count; i++) {
        dispatch(loop, &events[i]);
    }
    ring_timers(loop);
    return 0;
}

int loop_run_until(struct loop *loop, const bool *done, struct err *err)
{
    while (!*done && !atomic_exchange(&loop->stopped, false)) {
        if (loop->watcher_count == 0 && loop->heap_count == 0) {
            return 0;
        }
        if (turn(loop, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int loop_run(struct loop *loop, struct err *err)
{
    const bool never = false;
    return loop_run_until(loop, &never, err);
}

void loop_stop(struct loop *loop)
{
    const uint64_t one = 1;
    int saved = errno;
    atomic_store(&loop->stopped, true);
    (void)!write(loop->wake_fd, &one, sizeof one);
    errno = saved;
}
