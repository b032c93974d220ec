#include "scan/opt_out.h"
#include "scan/rests.h"
#include "scan/zone_state.h"

enum mode hostname_mode(const struct scan_hostname *host)
{
    return host->inventory->mode;
}

enum mode hostname_ceiling(const struct scan_hostname *host)
{
    return host->inventory->ceiling;
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

/* For longer than a scan waits. */
static bool wants_rest(const struct scan_hostname *host)
{
    const struct zone_scan *scan = host->scan;
    for (size_t i = 0; i < host->origin_count; i++) {
        int64_t until_s = rests_until(scan->options->rests, &host->origins[i].address);
        if (until_s > scan->started_s + LIMIT_RETRY_AFTER_SECONDS) {
            return true;
        }
    }
    return false;
}

void hostname_addresses_known(struct scan_hostname *host)
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
                      host->stopped_detail != NULL
                          ? host->stopped_detail
                          : "no address is left that may be asked: they are of another family, or the edge's own");
        return;
    }
    if (wants_rest(host)) {
        scan_forget(host);
        hostname_stop(host, CODE_BLOCKED, "an address has asked to be left alone for longer (Retry-After)");
        return;
    }
    host->phase = HOSTNAME_WAITING;
    scan_hostname_done(host->scan);
}

void hostname_begin(struct scan_hostname *host)
{
    if (host->phase != HOSTNAME_WAITING || host->scan->interrupted) {
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

/* ---- beginning and going on */

void hostname_start(struct scan_hostname *host)
{
    struct zone_scan *scan = host->scan;
    host->phase = HOSTNAME_RESOLVING;
    if (opt_out_match_name(scan->options->opt_out, slice_of(host->inventory->hostname), scan->started_s, NULL)) {
        host->opted_out = true;
        host->phase = HOSTNAME_DONE;
        return;
    }
    if (hostname_find_addresses(host) != 0) {
        host->phase = HOSTNAME_DONE;
        return;
    }
    if (host->resolving == 0) {
        hostname_addresses_known(host);
    }
}

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
        hostname_crawl(host);
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
