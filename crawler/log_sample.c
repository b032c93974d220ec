#include "crawler/log_sample.h"

#include "base/hash.h"
#include "base/limits.h"
#include "crawler/private_query.h"
#include "crawler/state_change.h"
#include "crawler/url.h"
#include "crawler/url_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REFUSED        UINT64_MAX
#define THRESHOLD_STEP 1.5
void log_sample_release(struct log_sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        free(sample->entries[i].path_query);
    free(sample->entries);
    key_table_release(&sample->known);
    *sample = (struct log_sample){.threshold = 1};
}

/* Evenly from 0 up to, but not including, 1. */
static double draw(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/* A copy of a path and query, or NULL if it is refused. */
static char *copy_if_sampled(struct slice path_query, bool *out_of_memory)
{
    if (url_may_change_state(path_query, NULL) || query_may_be_private(path_query))
        return NULL;
    char *copy = slice_dup(path_query);
    *out_of_memory = copy == NULL;
    return copy;
}

/* Path and query in the normal form of url.h, or NULL if the URL is refused. */
static char *normal_form(struct slice target, bool *out_of_memory)
{
    struct url url;
    if (url_path_query_is_normal(target))
        return copy_if_sampled(target, out_of_memory);
    if (target.len > LIMIT_URL_BYTES || url_make(URL_HTTP, SLICE("h"), 80, target, &url) != URL_OK)
        return NULL;
    char *copy = copy_if_sampled(slice_of(url.path_query), out_of_memory);
    url_release(&url);
    return copy;
}

static enum log_sample_result refuse(struct log_sample *sample, uint64_t key)
{
    /* It stands for those that were not drawn. */
    sample->refused += sample->threshold;
    if (sample->refused_known >= LIMIT_LOG_SAMPLE)
        return LOG_SAMPLE_REFUSED_URL;
    uint64_t *slot = key_table_slot(&sample->known, key);
    if (slot == NULL)
        return LOG_SAMPLE_OUT_OF_MEMORY;
    *slot = REFUSED;
    sample->refused_known++;
    return LOG_SAMPLE_REFUSED_URL;
}

static enum log_sample_result enter(struct log_sample *sample, uint64_t key, char *path_query)
{
    if (sample->count == sample->capacity) {
        size_t capacity = sample->capacity == 0 ? 64 : sample->capacity * 2;
        struct log_entry *grown = realloc(sample->entries, capacity * sizeof *grown);
        if (grown == NULL)
            return LOG_SAMPLE_OUT_OF_MEMORY;
        sample->entries = grown;
        sample->capacity = capacity;
    }
    uint64_t *slot = key_table_slot(&sample->known, key);
    if (slot == NULL)
        return LOG_SAMPLE_OUT_OF_MEMORY;
    sample->entries[sample->count++] = (struct log_entry){.key = key, .path_query = path_query, .count = 1};
    *slot = sample->count;
    return LOG_SAMPLE_ENTERED;
}

enum log_sample_result log_sample_add(struct log_sample *sample, struct slice target, struct rng *rng)
{
    uint64_t key = hash_slice(target);
    uint64_t known = key_table_get(&sample->known, key);
    if (known == REFUSED) {
        sample->refused += 1;
        return LOG_SAMPLE_REFUSED_URL;
    }
    if (known != 0) {
        sample->entries[known - 1].count++;
        return LOG_SAMPLE_COUNTED;
    }

    /* Drawn first and looked at then: most URLs of a long log come once. */
    if (sample->threshold > 1 && draw(rng) * sample->threshold >= 1)
        return LOG_SAMPLE_COUNTED;
    bool out_of_memory = false;
    char *path_query = normal_form(target, &out_of_memory);
    if (out_of_memory)
        return LOG_SAMPLE_OUT_OF_MEMORY;
    if (path_query == NULL)
        return refuse(sample, key);
    enum log_sample_result result = enter(sample, key, path_query);
    if (result != LOG_SAMPLE_ENTERED)
        free(path_query);
    return result;
}

/* The count of an entry under a larger t; 0: it would not have entered yet. */
static uint64_t thinned_count(uint64_t count, double before, double after, struct rng *rng)
{
    if (draw(rng) * after < before)
        return count;
    /* This request did not let it in; how many more passed until one did is geometric. */
    double passed = floor(log1p(-draw(rng)) / log1p(-1 / after));
    return passed + 1 >= (double)count ? 0 : count - 1 - (uint64_t)passed;
}

static void thin_entries(struct log_sample *sample, double threshold, struct rng *rng)
{
    size_t kept = 0;
    for (size_t i = 0; i < sample->count; i++) {
        struct log_entry *entry = &sample->entries[i];
        entry->count = thinned_count(entry->count, sample->threshold, threshold, rng);
        if (entry->count == 0)
            free(entry->path_query);
        else
            sample->entries[kept++] = *entry;
    }
    sample->count = kept;
    sample->threshold = threshold;
}

size_t log_sample_thin(struct log_sample *sample, struct rng *rng)
{
    size_t before = sample->count;
    struct key_table known = {0};
    /* Room for all, so that nothing can fail once entries are gone. */
    if (before == 0 || key_table_reserve(&known, before) != 0)
        return 0;
    while (sample->count == before)
        thin_entries(sample, sample->threshold * THRESHOLD_STEP, rng);
    for (size_t i = 0; i < sample->count; i++)
        *key_table_slot(&known, sample->entries[i].key) = i + 1;
    /* Refused URLs are learnt again. */
    key_table_release(&sample->known);
    sample->known = known;
    sample->refused_known = 0;
    return before - sample->count;
}

double log_sample_estimate(const struct log_sample *sample, uint64_t count)
{
    return (double)count - 1 + sample->threshold;
}
