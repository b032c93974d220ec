/* CPU of the client per GET of 20 kB over kept connections, a hundred at once: the fetcher against a bare libcurl multi
 * loop on epoll, with the same request, in turns in the same run.
 */
#include "crawler/fetch.h"
#include "tests/bench/figure.h"
#include "tests/bench/serving_child.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { AT_ONCE = 100, GETS = 2000, ROUNDS = 15, BODY_BYTES = 20000 };

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "bench_get: %s\n", what);
        exit(1);
    }
}

/* ---- The bare loop ---- */

struct bare {
    CURLM *multi;
    CURL *handles[AT_ONCE];
    struct curl_slist *headers;
    int epoll_fd;
    long timeout_ms;
    unsigned started, finished;
    size_t bytes;
};

static size_t count_bytes(char *bytes, size_t one, size_t len, void *context)
{
    (void)bytes, (void)one;
    *(size_t *)context += len;
    return len;
}

static int watch(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    (void)easy;
    struct bare *bare = context;
    struct epoll_event event = {.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) |
                                          ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u),
                                .data.fd = fd};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(bare->epoll_fd, EPOLL_CTL_DEL, fd, &event);
    } else {
        epoll_ctl(bare->epoll_fd, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
        curl_multi_assign(bare->multi, fd, bare);
    }
    return 0;
}

static int keep_timeout(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    ((struct bare *)context)->timeout_ms = timeout_ms;
    return 0;
}

static void bare_init(struct bare *bare, uint16_t port, bool https)
{
    char url[64];
    *bare = (struct bare){.multi = curl_multi_init(), .epoll_fd = epoll_create1(EPOLL_CLOEXEC), .timeout_ms = -1};
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/", https ? "https" : "http", port);
    bare->headers = curl_slist_append(NULL, "Host: site.test");
    bare->headers = curl_slist_append(bare->headers, https ? "X-Forwarded-Proto: https" : "X-Forwarded-Proto: http");
    bare->headers = curl_slist_append(bare->headers, "CF-Visitor: {\"scheme\":\"https\"}");
    curl_multi_setopt(bare->multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(bare->multi, CURLMOPT_SOCKETDATA, bare);
    curl_multi_setopt(bare->multi, CURLMOPT_TIMERFUNCTION, keep_timeout);
    curl_multi_setopt(bare->multi, CURLMOPT_TIMERDATA, bare);
    for (int i = 0; i < AT_ONCE; i++) {
        CURL *easy = bare->handles[i] = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, bare->headers);
        curl_easy_setopt(easy, CURLOPT_USERAGENT, FETCH_USER_AGENT);
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "br, gzip");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_bytes);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bare->bytes);
    }
}

static void bare_release(struct bare *bare)
{
    for (int i = 0; i < AT_ONCE; i++) {
        curl_easy_cleanup(bare->handles[i]);
    }
    curl_multi_cleanup(bare->multi);
    curl_slist_free_all(bare->headers);
    close(bare->epoll_fd);
}

static void bare_take_messages(struct bare *bare)
{
    CURLMsg *message = NULL;
    int left = 0;
    while ((message = curl_multi_info_read(bare->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        must(message->data.result == CURLE_OK, "a bare GET failed");
        curl_multi_remove_handle(bare->multi, easy);
        bare->finished++;
        if (bare->started < GETS) {
            bare->started++;
            curl_multi_add_handle(bare->multi, easy);
        }
    }
}

static void bare_run(struct bare *bare)
{
    int running = 0;
    bare->finished = 0;
    bare->bytes = 0;
    for (bare->started = 0; bare->started < AT_ONCE; bare->started++) {
        curl_multi_add_handle(bare->multi, bare->handles[bare->started]);
    }
    while (bare->finished < GETS) {
        struct epoll_event events[128];
        int count = epoll_wait(bare->epoll_fd, events, 128, (int)bare->timeout_ms);
        if (count == 0) {
            curl_multi_socket_action(bare->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        for (int i = 0; i < count; i++) {
            int ready = ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                        ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
            curl_multi_socket_action(bare->multi, events[i].data.fd, ready, &running);
        }
        bare_take_messages(bare);
    }
    must(bare->bytes == (size_t)GETS * BODY_BYTES, "a bare GET came short");
}

/* ---- The fetcher ---- */

struct ours {
    struct loop *loop;
    struct fetcher *fetcher;
    struct fetch_request request;
    unsigned started, finished;
    bool done;
};

static void take(void *context, struct fetch_response *response);

static void start_one(struct ours *ours)
{
    ours->started++;
    must(fetch_start(ours->fetcher, &ours->request, NULL, take, ours, NULL) != NULL, "a GET could not start");
}

static void take(void *context, struct fetch_response *response)
{
    struct ours *ours = context;
    must(response->outcome == FETCH_ANSWERED && response->body.len == BODY_BYTES, "a GET failed");
    ours->done = ++ours->finished == GETS;
    if (ours->started < GETS) {
        start_one(ours);
    }
}

static void ours_init(struct ours *ours, uint16_t port, bool https)
{
    struct err err = ERR_INIT;
    *ours = (struct ours){.loop = loop_new(&err)};
    ours->fetcher = fetcher_new(ours->loop, NULL, &err);
    must(ours->fetcher != NULL, err.message);
    ours->request = (struct fetch_request){.port = port,
                                           .https = https,
                                           .visitor_https = true,
                                           .hostname = "site.test",
                                           .path_query = "/",
                                           .bounds = {.connections = AT_ONCE}};
    address_parse(SLICE("127.0.0.1"), &ours->request.address);
}

static void ours_run(struct ours *ours)
{
    ours->started = ours->finished = 0;
    ours->done = false;
    while (ours->started < AT_ONCE) {
        start_one(ours);
    }
    must(loop_run_until(ours->loop, &ours->done, NULL) == 0, "the loop failed");
}

/* ---- ---- */

static bool measure(const char *scheme, const struct scripted_tls *tls)
{
    double bare_us[ROUNDS], ours_us[ROUNDS], ratios[ROUNDS];
    struct serving_child child = serving_child_start(tls, BODY_BYTES);
    struct bare bare;
    struct ours ours;
    char name[64];
    bare_init(&bare, child.port, tls != NULL);
    ours_init(&ours, child.port, tls != NULL);
    bare_run(&bare); /* opens the connections */
    ours_run(&ours);
    for (int i = 0; i < ROUNDS; i++) {
        double begun_s = figure_thread_cpu_s();
        bare_run(&bare);
        double between_s = figure_thread_cpu_s();
        ours_run(&ours);
        bare_us[i] = (between_s - begun_s) / GETS * 1e6;
        ours_us[i] = (figure_thread_cpu_s() - between_s) / GETS * 1e6;
        ratios[i] = bare_us[i] / ours_us[i];
    }
    fetcher_free(ours.fetcher);
    loop_free(ours.loop);
    bare_release(&bare);
    serving_child_stop(&child);
    snprintf(name, sizeof name, "%s, bare libcurl", scheme);
    figure_for_information("get", name, figure_median(bare_us, ROUNDS), "us CPU per GET of 20 kB");
    snprintf(name, sizeof name, "%s, fetcher", scheme);
    figure_for_information("get", name, figure_median(ours_us, ROUNDS), "us CPU per GET of 20 kB");
    snprintf(name, sizeof name, "%s, fetcher against bare libcurl", scheme);
    return figure_at_least("get", name, figure_median(ratios, ROUNDS), "ratio", 0.8);
}

int main(void)
{
    const struct scripted_tls tls = {0};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    bool plain = measure("http", NULL), secure = measure("https", &tls);
    curl_global_cleanup();
    return plain && secure ? 0 : 1;
}
