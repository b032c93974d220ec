#include "tests/bench/serving_child.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Server and client on cores of their own, where there are two: a core that both share would make every figure a matter
 * of chance. On a machine with one, nothing happens. */
static void stay_on_cpu(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
        sched_setaffinity(0, sizeof one, &one);
    }
}

struct answer {
    char *bytes;
    size_t len;
};

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        abort();
    }
}

static struct answer make_answer(size_t body_bytes)
{
    char head[128];
    int head_len = snprintf(
        head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: bench\r\nContent-Length: %zu\r\n\r\n",
        body_bytes);
    struct answer answer = {malloc((size_t)head_len + body_bytes), (size_t)head_len + body_bytes};
    must(answer.bytes != NULL, "memory");
    memcpy(answer.bytes, head, (size_t)head_len);
    memset(answer.bytes + head_len, 'x', body_bytes);
    return answer;
}

static void serve(struct scripted_connection *connection, void *context)
{
    const struct answer *answer = context;
    char request[8192];
    while (scripted_read_request(connection, request, sizeof request) &&
           scripted_write(connection, answer->bytes, answer->len)) {
    }
}

static void run_child(const struct scripted_tls *tls, size_t body_bytes, int report, int life)
{
    struct answer answer = make_answer(body_bytes);
    struct scripted_options options = {.serve = serve, .context = &answer, .tls = tls};
    uint16_t port = scripted_server_port(scripted_server_start(&options));
    must(write(report, &port, sizeof port) == sizeof port, "reporting the port");
    char unused;
    (void)!read(life, &unused, 1);
    _exit(0);
}

struct serving_child serving_child_start(const struct scripted_tls *tls, size_t body_bytes)
{
    struct serving_child child = {0};
    int report[2], life[2];
    must(pipe(report) == 0 && pipe(life) == 0, "pipe");
    child.pid = fork();
    must(child.pid >= 0, "fork");
    if (child.pid == 0) {
        stay_on_cpu(1);
        close(report[0]);
        close(life[1]);
        run_child(tls, body_bytes, report[1], life[0]);
    }
    stay_on_cpu(0);
    close(report[1]);
    close(life[0]);
    child.life = life[1];
    must(read(report[0], &child.port, sizeof child.port) == sizeof child.port, "reading the port");
    close(report[0]);
    return child;
}

void serving_child_stop(struct serving_child *child)
{
    close(child->life);
    waitpid(child->pid, NULL, 0);
}
