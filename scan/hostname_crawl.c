#include "scan/zone_state.h"

#include "compare/compare.h"
#include "crawler/hostname.h"
#include "crawler/links.h"

#include <string.h>

/* Pages read for links before pairs are taken: one for every few pairs, within these bounds. Each pair's page is read
 * as well while URLs are short. */
#define CRAWL_PAIRS_A_PAGE  5
#define CRAWL_PAGES_LEAST   4
#define CRAWL_PAGES_MOST    12
#define CRAWL_PAGES_AT_ONCE 3
#define HOME_ATTEMPTS       3
#define FOUND_HOSTNAMES_MAX 100

static size_t crawl_pages_first(const struct scan_hostname *host)
{
    size_t pages = host->scan->options->pairs / CRAWL_PAIRS_A_PAGE;
    return pages < CRAWL_PAGES_LEAST ? CRAWL_PAGES_LEAST : pages > CRAWL_PAGES_MOST ? CRAWL_PAGES_MOST : pages;
}

static void crawl_home(struct scan_hostname *host);

static void note_found_hostname(struct scan_hostname *host, const char *hostname)
{
    struct zone_scan *scan = host->scan;
    for (size_t i = 0; i < host->found_hostname_count; i++) {
        if (strcmp(host->found_hostnames[i], hostname) == 0) {
            return;
        }
    }
    if (host->found_hostnames == NULL) {
        host->found_hostnames = arena_alloc(&scan->arena, FOUND_HOSTNAMES_MAX * sizeof *host->found_hostnames);
    }
    if (host->found_hostnames == NULL || host->found_hostname_count == FOUND_HOSTNAMES_MAX) {
        return;
    }
    host->found_hostnames[host->found_hostname_count++] = arena_text(&scan->arena, hostname);
}

static void learn_link(struct scan_hostname *host, const struct document_link *link)
{
    struct zone_scan *scan = host->scan;
    const char *own = host->inventory->hostname;
    if (!url_has_default_port(&link->url) ||
        !hostname_in_zone(slice_of(link->url.host), slice_of(scan->options->inventory->zone))) {
        return;
    }
    struct slice path = slice_of(link->url.path_query);
    enum link_kind kind = link_kind_refine(link->kind, path);
    if (strcmp(link->url.host, own) == 0) {
        frontier_add(host->frontier, path, kind, 0);
        return;
    }
    struct scan_hostname *other = scan_find_hostname(scan, link->url.host);
    if (other == NULL) {
        note_found_hostname(host, link->url.host);
    } else if (other->frontier != NULL) {
        frontier_add(other->frontier, path, kind, 0);
    }
}

static bool has_type(const struct exchange *exchange, struct slice wanted)
{
    struct slice type = slice_of(exchange->response.content_type);
    if (type.len == 0) {
        type = compare_sniff_type(buf_slice(&exchange->response.body));
    }
    return slice_starts_with_nocase(type, wanted);
}

static bool is_html(const struct exchange *exchange)
{
    return has_type(exchange, SLICE("text/html")) || has_type(exchange, SLICE("application/xhtml"));
}

/* By what was read while the body arrived, or else by reading it now. */
static int find_links(const struct exchange *exchange, const struct url *document, struct document_links *links)
{
    if (exchange->links == NULL) {
        return links_of_document(buf_slice(&exchange->response.body), document,
                                 slice_of(exchange->response.content_type), links, NULL);
    }
    size_t count;
    const struct link_reference *references = html_links_references(exchange->links, &count);
    return links_resolve(references, count, html_links_base(exchange->links), document, links, NULL);
}

static void read_links(struct scan_hostname *host, const struct exchange *exchange)
{
    struct url document = {0};
    struct document_links links = {0};
    enum url_scheme scheme = kind_visitor(exchange->key.kind) == SCHEME_HTTPS ? URL_HTTPS : URL_HTTP;
    if (url_make(scheme, slice_of(exchange->key.hostname), url_scheme_port(scheme), slice_of(exchange->key.path),
                 &document) == URL_OK &&
        find_links(exchange, &document, &links) == 0) {
        for (size_t i = 0; i < links.count; i++) {
            learn_link(host, &links.items[i]);
        }
    }
    document_links_release(&links);
    url_release(&document);
}

void hostname_learn(struct scan_hostname *host, const struct exchange *exchange)
{
    if (host->frontier == NULL || strcmp(exchange->key.hostname, host->inventory->hostname) != 0) {
        return;
    }
    struct frontier_counts counts;
    frontier_count(host->frontier, &counts);
    /* Enough is known to choose from: reading on would only cost time. */
    if (counts.pages_crawled >= crawl_pages_first(host) && counts.found >= 4 * host->scan->options->pairs) {
        return;
    }
    bool unread = frontier_mark_crawled(host->frontier, slice_of(exchange->key.path));
    if ((unread && is_html(exchange)) || has_type(exchange, SLICE("text/css"))) {
        read_links(host, exchange);
    }
}

static void begin_comparing(struct scan_hostname *host)
{
    if (host->phase != HOSTNAME_CRAWLING || host->crawl_tasks > 0) {
        return;
    }
    host->phase = HOSTNAME_COMPARING;
    for (size_t i = 0; i < host->origin_count; i++) {
        if (host->origins[i].phase == ORIGIN_READY) {
            origin_compare(&host->origins[i]);
        }
    }
    hostname_continue(host);
}

static bool crawl_goes_on(struct scan_hostname *host)
{
    struct frontier_counts counts;
    frontier_count(host->frontier, &counts);
    return !host->scan->interrupted && host->crawl_pages < crawl_pages_first(host) &&
           (counts.found < 4 * host->scan->options->pairs || host->crawl_pages < CRAWL_PAGES_LEAST);
}

/* The mode under which the home page was reached. */
static enum mode crawl_mode(const struct scan_hostname *host)
{
    enum mode strongest = mode_set_strongest(host->candidates);
    return host->home_attempt == 1 && strongest != MODE_NONE ? strongest : hostname_mode(host);
}

static enum scheme crawl_visitor(const struct scan_hostname *host)
{
    return host->home_attempt == 2 && !host->inventory->always_https ? SCHEME_HTTP : SCHEME_HTTPS;
}

bool hostname_crawl_page(struct scan_hostname *host, const char *path, walk_done *done)
{
    if (walk_start(host->lead, crawl_mode(host), crawl_visitor(host), path, done, host) != 0) {
        return false;
    }
    host->crawl_tasks++;
    return true;
}

static void on_page(void *context, const struct journey *journey, const struct exchange_set *set)
{
    struct scan_hostname *host = context;
    struct exchange *exchange = journey->end == JOURNEY_PAGE ? exchange_set_find(set, &journey->last) : NULL;
    if (exchange != NULL && strcmp(exchange->key.hostname, host->inventory->hostname) == 0 && is_html(exchange)) {
        frontier_mark_crawled(host->frontier, slice_of(exchange->key.path));
        read_links(host, exchange);
    }
    host->crawl_tasks--;
    hostname_crawl_on(host);
}

void hostname_crawl_on(struct scan_hostname *host)
{
    while (host->crawl_tasks < CRAWL_PAGES_AT_ONCE && crawl_goes_on(host)) {
        const struct frontier_url *page = frontier_next_page_to_crawl(host->frontier);
        if (page == NULL) {
            break;
        }
        host->crawl_pages++;
        if (!hostname_crawl_page(host, page->path_query, on_page)) {
            break;
        }
    }
    begin_comparing(host);
}

static void on_home(void *context, const struct journey *journey, const struct exchange_set *set)
{
    struct scan_hostname *host = context;
    host->crawl_tasks--;
    struct exchange *exchange = journey->end == JOURNEY_PAGE ? exchange_set_find(set, &journey->last) : NULL;
    bool dead_end = journey->end == JOURNEY_FAILURE || journey->end == JOURNEY_LOOP ||
                    journey->end == JOURNEY_TOO_LONG || journey->end == JOURNEY_NEEDS;
    if (dead_end && host->home_attempt + 1 < HOME_ATTEMPTS && !host->scan->interrupted) {
        host->home_attempt++;
        crawl_home(host);
        return;
    }
    if (exchange == NULL) {
        hostname_read_sitemaps(host); /* a home page that is missing does not make the others so */
        hostname_crawl_on(host);
        return;
    }
    struct scan_hostname *other = scan_find_hostname(host->scan, exchange->key.hostname);
    if (other != NULL && other != host) {
        host->borrows = other->borrows == NULL ? other : NULL;
        hostname_begin(other);
        begin_comparing(host);
        return;
    }
    if (other == host && is_html(exchange)) {
        frontier_add(host->frontier, slice_of(exchange->key.path), LINK_PAGE, 0);
        frontier_mark_crawled(host->frontier, slice_of(exchange->key.path));
        read_links(host, exchange);
    }
    /* "/" itself may have been a redirect to where we are now. */
    frontier_mark_crawled(host->frontier, SLICE("/"));
    host->crawl_pages++;
    hostname_read_sitemaps(host);
    hostname_crawl_on(host);
}

static void crawl_home(struct scan_hostname *host)
{
    if (!hostname_crawl_page(host, "/", on_home)) {
        begin_comparing(host);
    }
}

/* What visitors asked for lately fills up the sample and weights it. */
static void add_logged(struct scan_hostname *host)
{
    struct zone_scan *scan = host->scan;
    const struct access_log_host *logged =
        scan->log != NULL ? access_log_find(scan->log, slice_of(host->inventory->hostname)) : NULL;
    if (logged == NULL) {
        return;
    }
    host->requests_logged = (double)logged->requests;
    for (size_t i = 0; i < logged->count; i++) {
        struct slice path = slice_of(logged->urls[i].path_query);
        frontier_add(host->frontier, path, link_kind_refine(LINK_PAGE, path), logged->urls[i].requests);
    }
}

void hostname_crawl(struct scan_hostname *host)
{
    host->phase = HOSTNAME_CRAWLING;
    bool ready = false;
    for (size_t i = 0; i < host->origin_count; i++) {
        struct scan_origin *origin = &host->origins[i];
        bool answers = origin->http.state == PORT_ANSWERS || origin->https.state == PORT_ANSWERS;
        if (answers && (!ready || origin == host->lead)) {
            host->lead = origin;
            ready = true;
        }
    }
    add_logged(host);
    if (!ready) {
        begin_comparing(host);
        return;
    }
    crawl_home(host);
}
