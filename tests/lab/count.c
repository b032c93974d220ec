#include "tests/lab/world.h"

#include <string.h>

void count_connection(struct origin *origin)
{
    origin->stats->connections++;
    origin->stats->concurrent++;
}

void count_connection_end(struct origin *origin)
{
    origin->stats->concurrent--;
}

static void seen_add(struct lab_seen *seen, struct slice text)
{
    if (text.len > LAB_SEEN_BYTES - 1)
        text.len = LAB_SEEN_BYTES - 1;
    for (uint32_t i = 0; i < seen->count; i++) {
        if (slice_equal(slice_of(seen->text[i]), text))
            return;
    }
    if (seen->count == LAB_SEEN_MAX)
        return;
    if (text.len > 0)
        memcpy(seen->text[seen->count], text.ptr, text.len);
    seen->text[seen->count][text.len] = '\0';
    /* The parent may be reading: the text is whole before it counts. */
    __atomic_store_n(&seen->count, seen->count + 1, __ATOMIC_RELEASE);
}

void count_handshake(struct origin *origin, bool resumed, const char *server_name)
{
    origin->stats->handshakes++;
    if (resumed)
        origin->stats->resumed++;
    seen_add(&origin->stats->server_names, slice_of(server_name));
}

/* Requests in the 1,000 ms that end with this one. */
static uint32_t window_add(struct rate_window *window, int64_t now_ms)
{
    for (int64_t ms = window->last_ms + 1; ms <= now_ms && ms <= window->last_ms + 1000; ms++) {
        window->sum -= window->count[ms % 1000];
        window->count[ms % 1000] = 0;
    }
    window->last_ms = now_ms;
    window->count[now_ms % 1000]++;
    return ++window->sum;
}

void count_request(struct origin *origin, struct request *request, int64_t now_ms)
{
    struct lab_stats *stats = origin->stats;
    request->serial = ++stats->requests;
    if (request->https)
        request->https_serial = ++stats->https_requests;
    else
        stats->http_requests++;
    if (!slice_equal(request->method, SLICE("GET")))
        stats->not_get++;
    if (content_changes_state(request->path))
        stats->state_changing++;
    if (slice_equal(request->path, SLICE("/robots.txt")))
        stats->robots++;
    uint32_t rate = window_add(&origin->window, now_ms);
    if (rate > stats->max_requests_in_one_second)
        stats->max_requests_in_one_second = rate;
    seen_add(&stats->methods, request->method);
    seen_add(&stats->user_agents, request->user_agent);
    seen_add(&stats->hosts, request->host);
}
