/* An event loop: file descriptors and one-shot timers on one epoll instance. One loop belongs to one thread.
 *
 * Every function here is called from the loop's own thread, before `loop_run` or from a callback, except `loop_stop`,
 * which any thread and any signal handler may call. Callbacks may add, change and remove any watcher or timer, their
 * own included; no callback runs after its watcher was removed or its timer cleared.
 */
#ifndef ORIGINTLS_CRAWLER_LOOP_H
#define ORIGINTLS_CRAWLER_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* What a descriptor is ready for, as a set of bits. */
enum loop_event {
    LOOP_READ = 1,
    LOOP_WRITE = 2,
    LOOP_ERROR = 4 /* the descriptor failed or was hung up; always reported, never asked for */
};

typedef void loop_fd_callback(void *context, int fd, unsigned events);
typedef void loop_timer_callback(void *context);

/* A timer lies in its owner's memory. Zeroed but for `callback` and `context` it is a valid timer that is not set. The
 * memory must stay where it is while the timer is set. */
struct loop_timer {
    loop_timer_callback *callback;
    void *context;
    int64_t due_ms;  /* of the monotonic clock */
    uint64_t serial; /* timers that are due together ring in the order in which they were set */
    size_t place;    /* one more than its index in the loop's heap; 0 while it is not set */
};

/* The loop and everything that it owns; NULL with `err` set. Close-on-exec. */
struct loop *loop_new(struct err *err);
/* Descriptors that are still watched stay open: they are their owners'. */
void loop_free(struct loop *loop);

/* Milliseconds of the monotonic clock, read once a turn of the loop: the same for all callbacks of one turn. */
int64_t loop_now_ms(const struct loop *loop);

/* Watches `fd` for a set of LOOP_READ and LOOP_WRITE, level-triggered, or replaces what it was watched for. 0, or -1
 * with `err` set. */
int loop_watch(struct loop *loop, int fd, unsigned events, loop_fd_callback *callback, void *context, struct err *err);
/* Before the descriptor is closed. One that is not watched is fine. */
void loop_unwatch(struct loop *loop, int fd);
/* No callback until it is watched again, which costs no system call where it is for the same events. For descriptors
 * that are soon needed again; `loop_unwatch` is still due before it is closed. */
void loop_pause(struct loop *loop, int fd);

/* (Re)sets a timer to ring once, `delay_ms` (0 or more) after now. A delay of 0 rings in the next turn, never at once.
 * 0, or -1 with `err` set (memory). */
int loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms, struct err *err);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);
bool loop_timer_is_set(const struct loop_timer *timer);

/* Runs until `loop_stop`, or until nothing is watched and no timer is set. 0, or -1 with `err` set. */
int loop_run(struct loop *loop, struct err *err);
/* Runs until *done is true (looked at after every turn), or as above. */
int loop_run_until(struct loop *loop, const bool *done, struct err *err);
/* Ends `loop_run` after the turn that is under way. Sticks: a loop that is stopped before it runs returns at once. One
 * call ends one run. */
void loop_stop(struct loop *loop);

#endif
