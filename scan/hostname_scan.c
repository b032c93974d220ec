#include "scan/zone_state.h"

#include "compare/compare.h"
#include "crawler/hostname.h"
#include "crawler/links.h"
#include "scan/opt_out.h"

#include <string.h>

/* Pages read for links before pairs are taken: one for every few pairs, within these bounds. Each pair's page is read as
 * well while URLs are short. */
#define CRAWL_PAIRS_A_PAGE  5
#define CRAWL_PAGES_LEAST   4
#define CRAWL_PAGES_MOST    12
#define CRAWL_PAGES_AT_ONCE 3
#define HOME_ATTEMPTS       3
#define FOUND_HOSTNAMES_MAX 100

enum mode hostname_mode(const struct scan_hostname *host)
{
    return host->inventory->mode;
}

enum mode hostname_ceiling(const struct scan_hostname *host)
{
    return host->inventory->ceiling;
}

/* ---- addresses */

static bool is_edge(const struct scan_options *options, const struct address *address)
{
    for (size_t i = 0; i < options->edge_range_count; i++) {
        if (address_in_range(address, &options->edge_ranges[i])) {
            return true;
        }
    }
    return false;
}

static bool family_fits(enum address_family_choice choice, const struct address *address)
{
    return choice == FAMILY_ANY || (choice == FAMILY_4) == (address->family == 4);
}

static bool has_origin(const struct scan_hostname *host, const struct address *address, uint16_t http_port,
                       uint16_t https_port)
{
    for (size_t i = 0; i < host->origin_count; i++) {
        const struct scan_origin *other = &host->origins[i];
        if (address_equal(&other->address, address) && other->http_port == http_port &&
            other->https_port == https_port) {
            return true;
        }
    }
    return false;
}

static void add_origin(struct scan_hostname *host, const struct inventory_origin *from, const struct address *address)
{
    struct zone_scan *scan = host->scan;
    const struct scan_options *options = scan->options;
    if (host->origin_count == LIMIT_HOSTNAME_ORIGINS || !family_fits(options->family, address) ||
        is_edge(options, address) || has_origin(host, address, from->http_port, from->https_port)) {
        return;
    }
    char text[ADDRESS_TEXT_BYTES];
    struct scan_origin *origin = &host->origins[host->origin_count++];
    *origin = (struct scan_origin){
        .host = host,
        .address = *address,
        .address_text = arena_text(&scan->arena, address_format(address, text)),
        .http_port = from->http_port,
        .https_port = from->https_port,
        .source = from->source,
        .confirm_at = 3,
    };
    noise_memory_init(&origin->noise);
    origin->opted_out = opt_out_match_address(options->opt_out, address, scan->started_s, NULL);
}

/* An awaited name of an origin. */
struct resolving {
    struct scan_hostname *host;
    const struct inventory_origin *origin;
};

static void begin_with_addresses(struct scan_hostname *host);

static void on_resolved(void *context, const struct resolve_result *result)
{
    struct resolving *resolving = context;
    struct scan_hostname *host = resolving->host;
    for (size_t i = 0; i < result->count; i++) {
        add_origin(host, resolving->origin, &result->addresses[i]);
    }
    if (result->outcome != RESOLVE_FOUND && host->stopped_detail == NULL) {
        host->stopped_detail = arena_printf(&host->scan->arena, "the origin name %s was not resolved: %s",
                                            resolving->origin->address, resolve_outcome_name(result->outcome));
    }
    if (--host->resolving == 0) {
        begin_with_addresses(host);
    }
}

static void resolve_name(struct scan_hostname *host, const struct inventory_origin *origin)
{
    struct zone_scan *scan = host->scan;
    struct resolving *resolving = arena_alloc(&scan->arena, sizeof *resolving);
    if (resolving == NULL) {
        scan->out_of_memory = true;
        return;
    }
    *resolving = (struct resolving){host, origin};
    if (wishes_resolve(scan->wishes, origin->address, on_resolved, resolving) != 0) {
        scan->out_of_memory = true;
        return;
    }
    host->resolving++;
}

void hostname_start(struct scan_hostname *host)
{
    struct zone_scan *scan = host->scan;
    host->phase = HOSTNAME_RESOLVING;
    if (opt_out_match_name(scan->options->opt_out, slice_of(host->inventory->hostname), scan->started_s, NULL)) {
        host->opted_out = true;
        host->phase = HOSTNAME_DONE;
        return;
    }
    host->origins = arena_alloc(&scan->arena, LIMIT_HOSTNAME_ORIGINS * sizeof *host->origins);
    if (host->origins == NULL) {
        scan->out_of_memory = true;
        host->phase = HOSTNAME_DONE;
        return;
    }
    for (size_t i = 0; i < host->inventory->origin_count; i++) {
        const struct inventory_origin *origin = &host->inventory->origins[i];
        struct address address;
        if (origin->is_name) {
            resolve_name(host, origin);
        } else if (address_parse(slice_of(origin->address), &address) == 0) {
            add_origin(host, origin, &address);
        }
    }
    if (host->resolving == 0) {
        begin_with_addresses(host);
    }
}

/* ---- robots.txt */

static void read_robots(struct scan_hostname *host);

/* One origin that may not be asked leaves the hostname without a verdict: nothing is asked of the others either. */
static void opt_out_whole(struct scan_hostname *host)
{
    host->opted_out = true;
    for (size_t i = 0; i < host->origin_count; i++) {
        host->origins[i].opted_out = true;
    }
    scan_forget(host);
    hostname_stop(host, CODE_NONE, NULL);
}

static void begin_with_addresses(struct scan_hostname *host)
{
    size_t usable = 0;
    for (size_t i = 0; i < host->origin_count; i++) {
        usable += !host->origins[i].opted_out;
    }
    if (usable < host->origin_count) {
        opt_out_whole(host);
        return;
    }
    if (usable == 0) {
        scan_forget(host);
        hostname_stop(host, CODE_UNREACHABLE,
                      host->stopped_detail != NULL ? host->stopped_detail : "no usable address of an origin is known");
        return;
    }
    host->phase = HOSTNAME_ROBOTS;
    host->lead = &host->origins[0];
    read_robots(host);
}

static void begin_probing(struct scan_hostname *host)
{
    struct zone_scan *scan = host->scan;
    if (robots_forbids_everything(host->robots)) {
        hostname_stop(host, CODE_BLOCKED, "robots.txt names our user agent and forbids everything");
        return;
    }
    host->frontier = frontier_new(scan->options->seed, host->robots, NULL);
    if (host->frontier == NULL) {
        scan->out_of_memory = true;
        hostname_stop(host, CODE_INTERRUPTED, NULL);
        return;
    }
    host->phase = HOSTNAME_PROBING;
    for (size_t i = 0; i < host->origin_count && host->phase == HOSTNAME_PROBING; i++) {
        origin_probe(&host->origins[i]);
    }
}

static void on_robots(void *context, const struct journey *journey, const struct exchange_set *set)
{
    struct scan_hostname *host = context;
    struct exchange *exchange = journey->fact != NULL ? exchange_set_find(set, &journey->last) : NULL;
    bool answered = exchange != NULL && exchange->fact.status != 0;
    if (journey->end == JOURNEY_PAGE && exchange != NULL) {
        host->robots = robots_parse(buf_slice(&exchange->response.body), SLICE(FETCH_USER_AGENT));
    }
    /* Nobody there, or a loop: another way may lead to the file. */
    if (!answered && ++host->robots_origin < 2 * host->origin_count && !host->scan->interrupted) {
        read_robots(host);
        return;
    }
    if (answered) {
        host->lead = &host->origins[host->robots_origin / 2];
    }
    begin_probing(host);
}

/* Each origin in turn: under today's mode, then over https as a stronger mode would. */
static void read_robots(struct scan_hostname *host)
{
    struct scan_origin *origin = &host->origins[host->robots_origin / 2];
    bool as_today = host->robots_origin % 2 == 0;
    enum mode mode = as_today ? hostname_mode(host) : mode_set_strongest(host->candidates);
    if (mode == MODE_NONE) {
        mode = hostname_mode(host);
    }
    if (walk_start(origin, mode, SCHEME_HTTPS, "/robots.txt", on_robots, host) != 0) {
        begin_probing(host);
    }
}

/* ---- the crawl */

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

static bool is_html(const struct exchange *exchange)
{
    struct slice type = slice_of(exchange->response.content_type);
    if (type.len == 0) {
        type = compare_sniff_type(buf_slice(&exchange->response.body));
    }
    return slice_starts_with_nocase(type, SLICE("text/html")) ||
           slice_starts_with_nocase(type, SLICE("application/xhtml"));
}

static void read_links(struct scan_hostname *host, const struct exchange *exchange)
{
    struct url document = {0};
    struct document_links links = {0};
    enum url_scheme scheme = kind_visitor(exchange->key.kind) == SCHEME_HTTPS ? URL_HTTPS : URL_HTTP;
    if (url_make(scheme, slice_of(exchange->key.hostname), url_scheme_port(scheme), slice_of(exchange->key.path),
                 &document) == URL_OK &&
        links_of_document(buf_slice(&exchange->response.body), &document, slice_of(exchange->response.content_type),
                          &links, NULL) == 0) {
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
    if (frontier_mark_crawled(host->frontier, slice_of(exchange->key.path)) && is_html(exchange)) {
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

static void crawl_more(struct scan_hostname *host);

static void on_page(void *context, const struct journey *journey, const struct exchange_set *set)
{
    struct scan_hostname *host = context;
    host->crawl_tasks--;
    struct exchange *exchange = journey->end == JOURNEY_PAGE ? exchange_set_find(set, &journey->last) : NULL;
    if (exchange != NULL && strcmp(exchange->key.hostname, host->inventory->hostname) == 0 && is_html(exchange)) {
        frontier_mark_crawled(host->frontier, slice_of(exchange->key.path));
        read_links(host, exchange);
    }
    crawl_more(host);
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

static void crawl_more(struct scan_hostname *host)
{
    while (host->crawl_tasks < CRAWL_PAGES_AT_ONCE && crawl_goes_on(host)) {
        const struct frontier_url *page = frontier_next_page_to_crawl(host->frontier);
        if (page == NULL) {
            break;
        }
        host->crawl_pages++;
        if (walk_start(host->lead, crawl_mode(host), crawl_visitor(host), page->path_query, on_page, host) != 0) {
            break;
        }
        host->crawl_tasks++;
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
        crawl_more(host);
        return;
    }
    struct scan_hostname *other = scan_find_hostname(host->scan, exchange->key.hostname);
    if (other != NULL && other != host) {
        host->borrows = other->borrows == NULL ? other : NULL;
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
    crawl_more(host);
}

static void crawl_home(struct scan_hostname *host)
{
    if (walk_start(host->lead, crawl_mode(host), crawl_visitor(host), "/", on_home, host) == 0) {
        host->crawl_tasks++;
        return;
    }
    begin_comparing(host);
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

static void begin_crawl(struct scan_hostname *host)
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

/* ---- the sample */

static int append_sample(struct scan_hostname *host, const char *path, enum link_kind kind, double weight,
                         bool first_of_stratum)
{
    if (scan_grow(host->scan, &host->sample, &host->sample_capacity, host->sample_count, sizeof *host->sample) != 0) {
        return -1;
    }
    host->sample[host->sample_count++] = (struct sampled_url){path, kind, weight, first_of_stratum};
    return 0;
}

static void draw(struct scan_hostname *host)
{
    const struct frontier_url *url = frontier_next(host->frontier);
    if (url != NULL) {
        bool first = hash_set_add(&host->strata_seen, (uint64_t)url->stratum + 1) == 1;
        append_sample(host, url->path_query, url->kind, url->weight, first);
        return;
    }
    if (host->borrows == NULL || host->borrows->phase < HOSTNAME_COMPARING) {
        return;
    }
    const struct sampled_url *other = hostname_sample(host->borrows, host->borrowed);
    if (other == NULL) {
        return;
    }
    host->borrowed++;
    if (strcmp(other->path, "/") != 0) {
        append_sample(host, other->path, other->kind, 0, other->first_of_stratum);
    }
}

const struct sampled_url *hostname_sample(struct scan_hostname *host, size_t index)
{
    if (host->frontier == NULL || index >= host->scan->options->pairs) {
        return NULL;
    }
    for (size_t tries = 0; index >= host->sample_count && tries < 2; tries++) {
        draw(host);
    }
    return index < host->sample_count ? &host->sample[index] : NULL;
}

bool hostname_sample_ended(const struct scan_hostname *host)
{
    if (host->phase == HOSTNAME_DONE || host->frontier == NULL) {
        return true;
    }
    if (host->phase != HOSTNAME_COMPARING || host->crawl_tasks > 0) {
        return false;
    }
    for (size_t i = 0; i < host->origin_count; i++) {
        if (host->origins[i].tasks > 0 && host->sample_count < host->scan->options->pairs) {
            return false; /* its page may hold further links */
        }
    }
    return host->borrows == NULL || hostname_sample_ended(host->borrows);
}

/* ---- going on */

static void finish_if_done(struct scan_hostname *host)
{
    for (size_t i = 0; i < host->origin_count; i++) {
        if (host->origins[i].phase != ORIGIN_DONE) {
            return;
        }
    }
    host->phase = HOSTNAME_DONE;
    scan_hostname_done(host->scan);
}

static bool all_probed(const struct scan_hostname *host)
{
    for (size_t i = 0; i < host->origin_count; i++) {
        if (host->origins[i].phase != ORIGIN_READY) {
            return false;
        }
    }
    return true;
}

void hostname_continue(struct scan_hostname *host)
{
    if (host->phase == HOSTNAME_PROBING && all_probed(host)) {
        begin_crawl(host);
        return;
    }
    if (host->phase != HOSTNAME_COMPARING) {
        return;
    }
    for (size_t i = 0; i < host->origin_count; i++) {
        origin_continue(&host->origins[i]);
    }
    if (host->phase == HOSTNAME_COMPARING) {
        finish_if_done(host);
    }
}

void hostname_stop(struct scan_hostname *host, enum code why, const char *detail)
{
    host->stopped = why;
    host->stopped_detail = detail;
    for (size_t i = 0; i < host->origin_count; i++) {
        struct scan_origin *origin = &host->origins[i];
        if (why != CODE_NONE && origin->stopped == CODE_NONE) {
            origin->stopped = why;
            origin->stopped_detail = detail;
        }
        origin->phase = ORIGIN_DONE;
    }
    host->phase = HOSTNAME_DONE;
    scan_hostname_done(host->scan);
}
