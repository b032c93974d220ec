#include "crawler/fetch.h"

#include "base/hash.h"
#include "base/limits.h"
#include "crawler/fetch_queue.h"
#include "crawler/fetch_transfer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_DEFAULT_MS = 19000, IDLE_CONNECTION_DEFAULT_MS = 10000 };

enum fetch_state { FETCH_WAITING, FETCH_UNDER_WAY, FETCH_GIVEN_UP };

struct fetch {
    struct queue_entry entry;
    struct fetcher *fetcher;
    enum fetch_state state;
    fetch_done *done;
    void *context;
    struct fetch *previous; /* among all of the fetcher */
    struct fetch *next;
    struct fetch_transfer transfer;
};

struct fetcher {
    struct loop *loop;
    struct limiter *limiter;
    struct limiter *own_limiter; /* NULL where it was given */
    struct fetch_queue queue;
    struct fetch_connections connections;
    CURLM *multi;
    CURL *spare[LIMIT_TRANSFERS_PER_LOOP]; /* easy handles for the next transfers */
    size_t spare_count;
    unsigned transfers, connections_max;
    int64_t connect_timeout_ms;
    int64_t idle_connection_ms;
    struct loop_timer curl_timer;
    struct loop_timer dispatch_timer;
    struct loop_timer reap_timer;
    struct fetch *fetches;
    size_t active;
    size_t given_up; /* cancelled from within a callback of libcurl, which does not let go of them there */
    bool in_libcurl;
    struct hash_set http2_alone; /* marks of servers that refused HTTP/1.1, not to be asked in vain again */
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool library_ready;

static void start_library(void)
{
    library_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* ---- The end of a fetch ---- */

static void unlink_fetch(struct fetch *fetch)
{
    *(fetch->previous != NULL ? &fetch->previous->next : &fetch->fetcher->fetches) = fetch->next;
    if (fetch->next != NULL) {
        fetch->next->previous = fetch->previous;
    }
}

static void free_fetch(struct fetch *fetch)
{
    unlink_fetch(fetch);
    fetch_transfer_release(&fetch->transfer);
    free(fetch);
}

static void keep_spare(struct fetcher *fetcher, CURL *easy)
{
    if (easy == NULL) {
        return;
    }
    if (fetcher->spare_count < LIMIT_TRANSFERS_PER_LOOP) {
        fetcher->spare[fetcher->spare_count++] = easy;
    } else {
        curl_easy_cleanup(easy);
    }
}

/* Kept connections that others wait for. */
static void give_back(void *context, int fd, unsigned events)
{
    struct fetcher *fetcher = context;
    uint64_t count;
    (void)events;
    (void)!read(fd, &count, sizeof count);
    fetch_connections_give_back(&fetcher->connections);
}

/* The place of a request that is over: its connection keeps it, or it is free. */
static void give_back_place(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    limiter_spend(fetcher->limiter, fetch->transfer.response.cost.bytes);
    if (!fetch_connections_idle(&fetcher->connections, fetch->transfer.socket, &fetch->transfer,
                                loop_now_ms(fetcher->loop))) {
        limiter_release(fetcher->limiter, &fetch->transfer.request.address);
    } else if (!loop_timer_is_set(&fetcher->reap_timer)) {
        loop_timer_set(fetcher->loop, &fetcher->reap_timer, fetcher->idle_connection_ms, NULL);
        loop_watch(fetcher->loop, fetcher->connections.keeper.wake_fd, LOOP_READ, give_back, fetcher, NULL);
    }
}

/* An answer that comes at once does so before libcurl tells which socket it watches. */
static void find_socket(struct fetch *fetch)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (fetch->transfer.socket < 0 && fetch->transfer.on_kept &&
        curl_easy_getinfo(fetch->transfer.easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD) {
        fetch->transfer.socket = fd;
        fetch_connections_busy(&fetch->fetcher->connections, fd, &fetch->transfer);
    }
}

/* A request that was given up before it used the connection that was reserved for it. */
static void forget_reservation(struct fetch *fetch)
{
    if (fetch->transfer.on_kept && fetch->transfer.socket < 0) {
        fetch_connections_replace_reserved(&fetch->fetcher->connections, &fetch->transfer.request.address,
                                           fetch_transfer_connection_kind(&fetch->transfer));
    }
}

/* Gives back all that a fetch under way holds: handle, connection, its place with the limiter. */
static void leave_wire(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    const struct fetch_request *request = &fetch->transfer.request;
    if (fetch->transfer.easy != NULL) {
        find_socket(fetch);
        curl_multi_remove_handle(fetcher->multi, fetch->transfer.easy);
        keep_spare(fetcher, fetch_transfer_untie(&fetch->transfer));
    }
    if (request->cost != NULL) {
        fetch_cost_add(request->cost, &fetch->transfer.response.cost);
    }
    forget_reservation(fetch);
    give_back_place(fetch);
    fetch_queue_wake(&fetcher->queue, &request->address);
    fetcher->active--;
}

static void finish(struct fetch *fetch, CURLcode code)
{
    fetch_transfer_conclude(&fetch->transfer, (int)code);
    leave_wire(fetch);
    struct fetch_response response = fetch_response_take(&fetch->transfer.response);
    fetch_done *done = fetch->done;
    void *context = fetch->context;
    free_fetch(fetch);
    done(context, &response);
    fetch_response_release(&response);
}

static void abandon(struct fetch *fetch)
{
    fetch_transfer_count(&fetch->transfer);
    leave_wire(fetch);
    free_fetch(fetch);
}

static void drop_given_up(struct fetcher *fetcher)
{
    for (struct fetch *fetch = fetcher->fetches, *next = NULL; fetcher->given_up > 0 && fetch != NULL; fetch = next) {
        next = fetch->next;
        if (fetch->state == FETCH_GIVEN_UP) {
            fetcher->given_up--;
            abandon(fetch);
        }
    }
}

/* ---- The start ---- */

static uint64_t server_of(const struct fetch_request *request)
{
    uint64_t address = hash_bytes(request->address.bytes, sizeof request->address.bytes);
    return hash_mix(hash_mix(address, request->port), hash_slice(slice_of(request->sni)));
}

static void put_on_wire(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    CURL *easy = fetcher->spare_count > 0 ? fetcher->spare[--fetcher->spare_count]
                                          : fetch_transfer_easy_new(&fetcher->connections);
    fetch->state = FETCH_UNDER_WAY;
    fetch->transfer.on_kept = fetch->entry.on_kept;
    fetch->transfer.connect_timeout_ms = fetcher->connect_timeout_ms;
    fetcher->active++;
    if (fetch->transfer.request.https && hash_set_has(&fetcher->http2_alone, server_of(&fetch->transfer.request))) {
        fetch->transfer.request.offer_http2 = true;
    }
    if (easy == NULL || fetch_transfer_prepare(&fetch->transfer, easy) != 0 ||
        curl_multi_add_handle(fetcher->multi, easy) != CURLM_OK) {
        fetch->transfer.local_fault = fetch->transfer.response.starved = true;
        finish(fetch, CURLE_OUT_OF_MEMORY);
    }
}

static void dispatch(struct fetcher *fetcher)
{
    struct queue_entry *entry = NULL;
    while (fetcher->active < fetcher->transfers && (entry = fetch_queue_next(&fetcher->queue)) != NULL) {
        /* The entry is the first member of its fetch. */
        put_on_wire((struct fetch *)entry);
    }
    loop_timer_clear(fetcher->loop, &fetcher->dispatch_timer); /* nothing is left that could go now */
}

static void dispatch_later(void *context)
{
    struct fetcher *fetcher = context;
    if (!loop_timer_is_set(&fetcher->dispatch_timer)) {
        loop_timer_set(fetcher->loop, &fetcher->dispatch_timer, 0, NULL);
    }
}

static void dispatch_now(void *context)
{
    dispatch(context);
}

/* ---- libcurl and the loop ---- */

static void repeat_or_finish(struct fetch *fetch, CURLcode code)
{
    struct fetcher *fetcher = fetch->fetcher;
    enum transfer_repeat how = fetch_transfer_may_repeat(&fetch->transfer, (int)code);
    if (how == TRANSFER_IS_OVER) {
        finish(fetch, code);
        return;
    }
    if (how == TRANSFER_OVER_HTTP2) {
        hash_set_add(&fetcher->http2_alone, server_of(&fetch->transfer.request));
    }
    curl_multi_remove_handle(fetcher->multi, fetch->transfer.easy);
    fetch_transfer_repeat(&fetch->transfer, how);
    if (curl_multi_add_handle(fetcher->multi, fetch->transfer.easy) != CURLM_OK) {
        finish(fetch, CURLE_OUT_OF_MEMORY);
    }
}

static void take_messages(struct fetcher *fetcher)
{
    CURLMsg *message = NULL;
    int left = 0;
    while ((message = curl_multi_info_read(fetcher->multi, &left)) != NULL) {
        char *transfer = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) != CURLE_OK || transfer == NULL) {
            continue;
        }
        struct fetch *fetch = (struct fetch *)(void *)(transfer - offsetof(struct fetch, transfer));
        if (fetch->state == FETCH_UNDER_WAY) {
            repeat_or_finish(fetch, code);
        }
    }
}

static void act(struct fetcher *fetcher, curl_socket_t fd, int events)
{
    int running = 0;
    fetcher->in_libcurl = true;
    curl_multi_socket_action(fetcher->multi, fd, events, &running);
    fetcher->in_libcurl = false;
    drop_given_up(fetcher);
    take_messages(fetcher);
    dispatch(fetcher);
}

static void socket_is_ready(void *context, int fd, unsigned events)
{
    int ready = ((events & LOOP_READ) != 0 ? CURL_CSELECT_IN : 0) |
                ((events & LOOP_WRITE) != 0 ? CURL_CSELECT_OUT : 0) |
                ((events & LOOP_ERROR) != 0 ? CURL_CSELECT_ERR : 0);
    act(context, fd, ready);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    (void)unused;
    struct fetcher *fetcher = context;
    if (what == CURL_POLL_REMOVE) {
        loop_pause(fetcher->loop, fd); /* a kept connection is watched again for the next request */
        return 0;
    }
    char *transfer = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer) == CURLE_OK && transfer != NULL) {
        ((struct fetch_transfer *)(void *)transfer)->socket = fd;
        fetch_connections_busy(&fetcher->connections, fd, transfer);
    }
    unsigned events = ((what & CURL_POLL_IN) != 0 ? LOOP_READ : 0u) | ((what & CURL_POLL_OUT) != 0 ? LOOP_WRITE : 0u);
    return loop_watch(fetcher->loop, fd, events, socket_is_ready, fetcher, NULL);
}

static int set_curl_timer(CURLM *multi, long delay_ms, void *context)
{
    (void)multi;
    struct fetcher *fetcher = context;
    if (delay_ms < 0) {
        loop_timer_clear(fetcher->loop, &fetcher->curl_timer);
        return 0;
    }
    return loop_timer_set(fetcher->loop, &fetcher->curl_timer, delay_ms, NULL);
}

static void curl_time_has_come(void *context)
{
    act(context, CURL_SOCKET_TIMEOUT, 0);
}

static void reap(void *context)
{
    struct fetcher *fetcher = context;
    int64_t now_ms = loop_now_ms(fetcher->loop);
    int64_t oldest_ms = fetch_connections_reap(&fetcher->connections, now_ms - fetcher->idle_connection_ms);
    if (oldest_ms >= 0) {
        loop_timer_set(fetcher->loop, &fetcher->reap_timer, oldest_ms + fetcher->idle_connection_ms - now_ms, NULL);
    } else {
        loop_pause(fetcher->loop, fetcher->connections.keeper.wake_fd); /* there is nothing to give back */
    }
}

static int become_keeper(struct fetcher *fetcher, struct err *err)
{
    fetcher->connections.keeper.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fetcher->connections.keeper.wake_fd < 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot make an event descriptor");
    }
    limiter_add_keeper(fetcher->limiter, &fetcher->connections.keeper);
    return 0;
}

static void end_keeping(struct fetcher *fetcher)
{
    if (fetcher->connections.keeper.wake_fd >= 0) {
        loop_unwatch(fetcher->loop, fetcher->connections.keeper.wake_fd);
        limiter_remove_keeper(fetcher->limiter, &fetcher->connections.keeper);
        close(fetcher->connections.keeper.wake_fd);
    }
}

/* ---- The fetcher ---- */

static void apply_options(struct fetcher *fetcher, const struct fetcher_options *options)
{
    static const struct fetcher_options none = {0};
    options = options != NULL ? options : &none;
    const unsigned most = LIMIT_TRANSFERS_PER_LOOP;
    fetcher->limiter = options->limiter;
    fetcher->transfers = options->transfers == 0 || options->transfers > most ? most : options->transfers;
    const unsigned open = LIMIT_CONNECTIONS_PER_LOOP;
    fetcher->connections_max = options->connections == 0 || options->connections > open ? open : options->connections;
    fetcher->connect_timeout_ms =
        options->connect_timeout_ms > 0 ? options->connect_timeout_ms : CONNECT_TIMEOUT_DEFAULT_MS;
    fetcher->idle_connection_ms =
        options->idle_connection_ms > 0 ? options->idle_connection_ms : IDLE_CONNECTION_DEFAULT_MS;
}

static int make_multi(struct fetcher *fetcher, struct err *err)
{
    pthread_once(&library_once, start_library);
    fetcher->multi = library_ready ? curl_multi_init() : NULL;
    if (fetcher->multi == NULL) {
        return err_set(err, ERR_INTERNAL, "cannot start libcurl");
    }
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, set_curl_timer);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)fetcher->connections_max);
    return 0;
}

struct fetcher *fetcher_new(struct loop *loop, const struct fetcher_options *options, struct err *err)
{
    struct fetcher *fetcher = calloc(1, sizeof *fetcher);
    if (fetcher == NULL) {
        err_memory(err);
        return NULL;
    }
    fetcher->loop = fetcher->connections.loop = loop;
    fetcher->connections.keeper.wake_fd = -1;
    apply_options(fetcher, options);
    hash_set_init(&fetcher->http2_alone, LIMIT_HTTP2_ALONE_SERVERS);
    if (fetcher->limiter == NULL) {
        fetcher->limiter = fetcher->own_limiter = limiter_new(err);
    }
    fetcher->connections.limiter = fetcher->limiter;
    fetch_queue_init(&fetcher->queue, loop, fetcher->limiter, &fetcher->connections, dispatch_later, fetcher);
    fetcher->curl_timer = (struct loop_timer){.callback = curl_time_has_come, .context = fetcher};
    fetcher->dispatch_timer = (struct loop_timer){.callback = dispatch_now, .context = fetcher};
    fetcher->reap_timer = (struct loop_timer){.callback = reap, .context = fetcher};
    if (fetcher->limiter == NULL || make_multi(fetcher, err) != 0 || become_keeper(fetcher, err) != 0) {
        fetcher_free(fetcher);
        return NULL;
    }
    return fetcher;
}

struct limiter *fetcher_limiter(struct fetcher *fetcher)
{
    return fetcher->limiter;
}

void fetcher_free(struct fetcher *fetcher)
{
    if (fetcher == NULL) {
        return;
    }
    for (struct fetch *fetch = fetcher->fetches, *next = NULL; fetch != NULL; fetch = next) {
        next = fetch->next;
        fetch_cancel(fetch);
    }
    for (size_t i = 0; i < fetcher->spare_count; i++) {
        curl_easy_cleanup(fetcher->spare[i]);
    }
    curl_multi_cleanup(fetcher->multi);
    loop_timer_clear(fetcher->loop, &fetcher->curl_timer);
    loop_timer_clear(fetcher->loop, &fetcher->dispatch_timer);
    loop_timer_clear(fetcher->loop, &fetcher->reap_timer);
    end_keeping(fetcher);
    fetch_queue_release(&fetcher->queue);
    fetch_connections_release(&fetcher->connections);
    limiter_free(fetcher->own_limiter);
    hash_set_release(&fetcher->http2_alone);
    free(fetcher);
}

struct fetch *fetch_start(struct fetcher *fetcher, const struct fetch_request *request, fetch_body_sink *on_body,
                          fetch_done *done, void *context, struct err *err)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (fetch == NULL) {
        err_memory(err);
        return NULL;
    }
    if (fetch_transfer_init(&fetch->transfer, request, &fetcher->connections, err) != 0 ||
        fetch_queue_push(&fetcher->queue, &fetch->entry, &request->address,
                         fetch_transfer_connection_kind(&fetch->transfer), request->owner, &request->bounds,
                         err) != 0) {
        fetch_transfer_release(&fetch->transfer);
        free(fetch);
        return NULL;
    }
    fetch->fetcher = fetcher;
    fetch->done = done;
    fetch->context = context;
    fetch->transfer.on_body = on_body;
    fetch->transfer.context = context;
    fetch->next = fetcher->fetches;
    if (fetch->next != NULL) {
        fetch->next->previous = fetch;
    }
    fetcher->fetches = fetch;
    dispatch_later(fetcher);
    return fetch;
}

void fetch_cancel(struct fetch *fetch)
{
    if (fetch == NULL || fetch->state == FETCH_GIVEN_UP) {
        return;
    }
    struct fetcher *fetcher = fetch->fetcher;
    if (fetch->state == FETCH_WAITING) {
        fetch_queue_remove(&fetcher->queue, &fetch->entry);
        free_fetch(fetch);
    } else if (fetcher->in_libcurl) {
        fetch->state = FETCH_GIVEN_UP;
        fetch->transfer.on_body = NULL;
        fetcher->given_up++;
    } else {
        abandon(fetch);
        dispatch_later(fetcher);
    }
}

void fetcher_back_off(struct fetcher *fetcher, const struct address *address, int64_t seconds)
{
    int64_t now_ms = loop_now_ms(fetcher->loop);
    limiter_back_off(fetcher->limiter, address, now_ms + seconds * 1000, now_ms);
}

void fetcher_close_idle(struct fetcher *fetcher, const struct address *address)
{
    fetch_connections_close_idle(&fetcher->connections, address);
}

size_t fetcher_queued(const struct fetcher *fetcher)
{
    return fetcher->queue.count;
}

size_t fetcher_active(const struct fetcher *fetcher)
{
    return fetcher->active;
}
