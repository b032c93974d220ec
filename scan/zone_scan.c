#include "scan/zone_scan.h"

#include "scan/opt_out.h"
#include "scan/zone_state.h"

#include <stdlib.h>
#include <string.h>

int scan_grow(struct zone_scan *scan, void *array, size_t *capacity, size_t count, size_t item_bytes)
{
    if (count < *capacity) {
        return 0;
    }
    size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, wanted * item_bytes);
    if (grown == NULL) {
        scan->out_of_memory = true;
        return -1;
    }
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return 0;
}

struct scan_hostname *scan_find_hostname(struct zone_scan *scan, const char *hostname)
{
    for (size_t i = 0; i < scan->hostname_count; i++) {
        if (strcmp(scan->hostnames[i].inventory->hostname, hostname) == 0) {
            return &scan->hostnames[i];
        }
    }
    return NULL;
}

void scan_forget(const struct scan_hostname *host)
{
    struct zone_scan *scan = host->scan;
    for (size_t i = 0; i < scan->today_count; i++) {
        if (scan->today[i].hostname == host->inventory->hostname) {
            scan->today_count--;
            memmove(&scan->today[i], &scan->today[i + 1], (scan->today_count - i) * sizeof scan->today[0]);
            return;
        }
    }
}

/* Memory grows with the hostnames under way, not with those of the zone. */
static void begin_next_hostnames(struct zone_scan *scan)
{
    size_t under_way = 0;
    for (size_t i = 0; i < scan->hostname_count; i++) {
        /* A journey may lead to any hostname: every address is known first. */
        if (scan->hostnames[i].phase == HOSTNAME_RESOLVING) {
            return;
        }
        under_way += scan->hostnames[i].phase > HOSTNAME_WAITING && scan->hostnames[i].phase < HOSTNAME_DONE;
    }
    for (size_t i = 0; i < scan->hostname_count && under_way < LIMIT_HOSTNAMES_AT_ONCE; i++) {
        if (scan->hostnames[i].phase == HOSTNAME_WAITING) {
            hostname_begin(&scan->hostnames[i]);
            under_way++;
        }
    }
}

void scan_hostname_done(struct zone_scan *scan)
{
    /* Not before every hostname was looked at once: a journey may lead to any of them. */
    if (scan->started) {
        begin_next_hostnames(scan);
    }
    for (size_t i = 0; i < scan->hostname_count; i++) {
        if (scan->hostnames[i].borrows != NULL) {
            hostname_continue(&scan->hostnames[i]);
        }
    }
}

/* ---- making */

static int read_logs(struct zone_scan *scan, struct err *err)
{
    const struct scan_options *options = scan->options;
    if (options->access_log_count == 0) {
        return 0;
    }
    const char *zone = options->inventory->zone;
    const char *only = scan->hostname_count == 1 ? scan->hostnames[0].inventory->hostname : zone;
    scan->log = access_log_new(slice_of(zone), slice_of(only), options->seed, err);
    if (scan->log == NULL) {
        return -1;
    }
    for (size_t i = 0; i < options->access_log_count; i++) {
        if (access_log_read(scan->log, options->access_logs[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int read_headers(struct zone_scan *scan, struct err *err)
{
    const struct scan_options *options = scan->options;
    for (const char *at = options->user_agent; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            return err_set(err, ERR_USAGE, "--user-agent: it has control characters in it");
        }
    }
    if (options->header_count == 0) {
        return 0;
    }
    scan->headers = arena_alloc(&scan->arena, options->header_count * sizeof *scan->headers);
    if (scan->headers == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < options->header_count; i++) {
        if (fetch_header_parse(slice_of(options->headers[i]), &scan->headers[i], err) != 0) {
            return err_prefix(err, "--header");
        }
    }
    return 0;
}

static mode_set candidates_of(const struct inventory_hostname *hostname)
{
    return hostname->ceiling > hostname->mode ? mode_set_range((enum mode)(hostname->mode + 1), hostname->ceiling) : 0;
}

static int make_hostnames(struct zone_scan *scan, struct err *err)
{
    const struct inventory_zone *inventory = scan->options->inventory;
    size_t count = inventory->hostname_count;
    scan->hostnames = calloc(count > 0 ? count : 1, sizeof *scan->hostnames);
    scan->today = calloc(count > 0 ? count : 1, sizeof *scan->today);
    size_t pins = scan->options->pin_count;
    scan->pins = calloc(pins > 0 ? pins : 1, sizeof *scan->pins);
    if (scan->hostnames == NULL || scan->today == NULL || scan->pins == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct inventory_hostname *hostname = &inventory->hostnames[i];
        scan->hostnames[i] =
            (struct scan_hostname){.scan = scan, .inventory = hostname, .candidates = candidates_of(hostname)};
        hash_set_init(&scan->hostnames[i].strata_seen, LIMIT_STRATA_PER_HOST * 4);
        scan->hostname_count++;
    }
    return 0;
}

struct zone_scan *zone_scan_new(const struct scan_options *options, int64_t now_s, struct err *err)
{
    struct zone_scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        err_memory(err);
        return NULL;
    }
    scan->options = options;
    scan->started_s = now_s;
    scan->wishes = wishes_new();
    if (scan->wishes == NULL) {
        err_memory(err);
        goto fail;
    }
    if (make_hostnames(scan, err) != 0 || read_headers(scan, err) != 0 || read_logs(scan, err) != 0) {
        goto fail;
    }
    if (options->client_certificate_file != NULL) {
        scan->client_certificate =
            fetch_client_certificate_load(options->client_certificate_file, options->client_key_file, err);
        if (scan->client_certificate == NULL) {
            goto fail;
        }
    }
    return scan;
fail:
    zone_scan_free(scan);
    return NULL;
}

static void origin_release(struct scan_origin *origin)
{
    noise_memory_release(&origin->noise);
    certificate_result_release(&origin->certificate);
    free(origin->findings);
    free(origin->notices.items);
}

void zone_scan_free(struct zone_scan *scan)
{
    if (scan == NULL) {
        return;
    }
    for (size_t i = 0; i < scan->hostname_count; i++) {
        struct scan_hostname *host = &scan->hostnames[i];
        for (size_t j = 0; j < host->origin_count; j++) {
            origin_release(&host->origins[j]);
        }
        frontier_free(host->frontier);
        robots_free(host->robots);
        hash_set_release(&host->strata_seen);
        free(host->sample);
    }
    free(scan->hostnames);
    free(scan->today);
    free(scan->pins);
    access_log_free(scan->log);
    /* The certificate is ours, though requests see it as constant. */
    struct fetch_client_certificate *certificate;
    memcpy(&certificate, &scan->client_certificate, sizeof certificate);
    fetch_client_certificate_free(certificate);
    wishes_free(scan->wishes);
    arena_release(&scan->arena);
    free(scan);
}

/* ---- running */

void zone_scan_start(struct zone_scan *scan)
{
    const struct scan_options *options = scan->options;
    /* Who may not be asked is no stop on a journey either. */
    for (size_t i = 0; i < scan->hostname_count; i++) {
        const struct inventory_hostname *hostname = scan->hostnames[i].inventory;
        if (hostname->origin_count == 0 ||
            opt_out_match_name(options->opt_out, slice_of(hostname->hostname), scan->started_s, NULL)) {
            continue;
        }
        scan->today[scan->today_count++] =
            (struct journey_hostname){hostname->hostname, hostname->mode, hostname->always_https};
    }
    for (size_t i = 0; i < scan->hostname_count; i++) {
        hostname_start(&scan->hostnames[i]);
    }
    scan->started = true;
    scan_hostname_done(scan);
}

struct wishes *zone_scan_wishes(struct zone_scan *scan)
{
    return scan->wishes;
}

bool zone_scan_is_done(const struct zone_scan *scan)
{
    /* Also what is still under way has to be answered before anything is freed. */
    if (wishes_pending(scan->wishes) > 0 || wishes_pending_timers(scan->wishes) > 0) {
        return false;
    }
    for (size_t i = 0; i < scan->hostname_count; i++) {
        if (scan->hostnames[i].phase != HOSTNAME_DONE && !scan->interrupted && !scan->out_of_memory) {
            return false;
        }
    }
    return true;
}

int64_t zone_scan_time_limit_ms(const struct zone_scan *scan)
{
    return ((int64_t)LIMIT_SCAN_SECONDS + (int64_t)scan->hostname_count * LIMIT_SCAN_HOSTNAME_SECONDS) * 1000;
}

void zone_scan_interrupt(struct zone_scan *scan)
{
    scan->interrupted = true;
}

/* ---- progress */

static enum scan_phase phase_of(const struct scan_hostname *host)
{
    switch (host->phase) {
    case HOSTNAME_WAITING:
    case HOSTNAME_RESOLVING:
        return PHASE_RESOLVE;
    case HOSTNAME_ROBOTS:
    case HOSTNAME_PROBING:
        return PHASE_PROBE;
    case HOSTNAME_CRAWLING:
        return PHASE_CRAWL;
    case HOSTNAME_COMPARING:
        break;
    case HOSTNAME_DONE:
        return PHASE_DONE;
    }
    for (size_t i = 0; i < host->origin_count; i++) {
        if (host->origins[i].phase == ORIGIN_CONFIRMING) {
            return PHASE_CONFIRM;
        }
    }
    return PHASE_COMPARE;
}

void zone_scan_progress(const struct zone_scan *scan, struct scan_progress *progress)
{
    *progress =
        (struct scan_progress){.phase = PHASE_DONE, .hostnames = scan->hostname_count, .requests = scan->cost.requests};
    for (size_t i = 0; i < scan->hostname_count; i++) {
        const struct scan_hostname *host = &scan->hostnames[i];
        enum scan_phase phase = phase_of(host);
        progress->phase = phase < progress->phase ? phase : progress->phase;
        progress->hostnames_done += host->phase == HOSTNAME_DONE;
        for (size_t j = 0; j < host->origin_count; j++) {
            /* Journeys are findings, too, and come on top of the pairs. */
            size_t found = host->origins[j].finding_count;
            size_t pairs = found < scan->options->pairs ? found : scan->options->pairs;
            progress->pairs_done += pairs;
            progress->pairs_planned += host->origins[j].phase == ORIGIN_DONE ? pairs : scan->options->pairs;
            progress->against += host->origins[j].against;
        }
    }
}
