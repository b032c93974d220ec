#include "scan/zone_state.h"

#include <string.h>

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
    if (host->phase == HOSTNAME_DONE) {
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
