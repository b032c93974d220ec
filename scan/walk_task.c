#include "scan/zone_state.h"

#include <stdlib.h>

struct walk_task {
    struct scan_origin *origin, *asked_of;
    enum mode mode;
    enum scheme visitor;
    char *path;
    struct exchange_set set;
    struct exchange_key asked; /* texts are the set's, the origin's or `path` */
    struct html_links *links;  /* of the page that is arriving */
    walk_done *done;
    void *context;
};

static void walk_free(struct walk_task *task)
{
    exchange_set_release(&task->set);
    html_links_free(task->links);
    free(task->path);
    free(task);
}

/* The hostname under `mode`, every other one of the zone under its own of today. */
static void walk_journey(struct walk_task *task, struct journey *journey)
{
    const struct scan_hostname *host = task->origin->host;
    struct zone_scan *scan = host->scan;
    struct journey_hostname *entry = NULL;
    for (size_t i = 0; i < scan->today_count && entry == NULL; i++) {
        if (scan->today[i].hostname == host->inventory->hostname) {
            entry = &scan->today[i];
        }
    }
    enum mode today = entry != NULL ? entry->mode : MODE_NONE;
    if (entry != NULL) {
        entry->mode = task->mode;
    }
    journey_walk(scan->today, scan->today_count, task->visitor, host->inventory->hostname, task->path,
                 exchange_set_lookup, &task->set, journey);
    if (entry != NULL) {
        entry->mode = today;
    }
}

static void walk_on(void *context);

static bool is_html_page(const struct fetch_response *head)
{
    struct slice type = slice_of(head->content_type);
    return head->status >= 200 && head->status <= 299 &&
           (slice_starts_with_nocase(type, SLICE("text/html")) ||
            slice_starts_with_nocase(type, SLICE("application/xhtml")));
}

/* Pages are read for links while they arrive. */
static bool on_body(void *context, const struct fetch_response *head, struct slice bytes)
{
    struct walk_task *task = context;
    bool begins = head->body.len <= bytes.len;
    if (begins) {
        html_links_free(task->links);
        task->links = is_html_page(head) ? html_links_new(slice_of(head->content_type), NULL) : NULL;
    }
    if (task->links != NULL) {
        html_links_feed(task->links, bytes);
    }
    return true;
}

static void on_exchange(void *context, struct fetch_response *response)
{
    struct walk_task *task = context;
    bool whole = response->outcome == FETCH_ANSWERED;
    origin_note(task->asked_of, kind_origin(task->asked.kind), response);
    struct exchange *exchange = exchange_set_add(&task->set, &task->asked, response);
    if (exchange != NULL && whole && task->links != NULL && html_links_finish(task->links, NULL) == 0) {
        exchange->links = task->links;
        task->links = NULL;
    }
    html_links_free(task->links);
    task->links = NULL;
    walk_on(task);
}

static void walk_on(void *context)
{
    struct walk_task *task = context;
    struct journey journey;
    walk_journey(task, &journey);
    if (journey.end == JOURNEY_NEEDS && task->set.count < EXCHANGE_SET_MAX && !task->origin->host->scan->interrupted) {
        task->asked = journey.needed;
        task->asked_of = scan_origin_for(task->origin, journey.needed.hostname);
        if (task->asked_of != NULL &&
            origin_fetch(task->asked_of, &task->asked, exchange_set_jar(&task->set, task->asked.cookies), on_body,
                         on_exchange, task) == 0) {
            return;
        }
    }
    task->done(task->context, &journey, &task->set);
    walk_free(task);
}

int walk_start(struct scan_origin *origin, enum mode mode, enum scheme visitor, const char *path, walk_done *done,
               void *context)
{
    struct walk_task *task = calloc(1, sizeof *task);
    if (task == NULL) {
        origin->host->scan->out_of_memory = true;
        return -1;
    }
    *task = (struct walk_task){.origin = origin, .mode = mode, .visitor = visitor, .done = done, .context = context};
    task->path = slice_dup(slice_of(path));
    if (task->path == NULL || wishes_timer(origin->host->scan->wishes, 0, walk_on, task) != 0) {
        origin->host->scan->out_of_memory = true;
        walk_free(task);
        return -1;
    }
    return 0;
}
