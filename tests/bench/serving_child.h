/* A web server in a process of its own, so that its CPU is nobody else's: answers every GET with so many bytes. */
#ifndef ORIGINTLS_TESTS_BENCH_SERVING_CHILD_H
#define ORIGINTLS_TESTS_BENCH_SERVING_CHILD_H

#include "tests/support/scripted_server.h"

#include <stddef.h>
#include <sys/types.h>

struct serving_child {
    pid_t pid;
    int life; /* closing it ends the child */
    uint16_t port;
};

/* `tls` may be NULL. To be called before any thread is started. Aborts where the machine does not let it. */
struct serving_child serving_child_start(const struct scripted_tls *tls, size_t body_bytes);
void serving_child_stop(struct serving_child *child);

#endif
