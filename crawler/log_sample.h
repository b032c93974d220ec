/* A counting sample of one hostname's requests (Gibbons and Matias, SIGMOD 1998).
 *
 * A URL enters with probability 1/t at each of its requests and is counted exactly from then on; t is 1 to begin with,
 * so that everything is exact until the owner calls log_sample_thin. Thinning raises t and drops each URL as if t had
 * been that large all the time. URLs that are refused (private, state-changing, no URL) are remembered as such, as far
 * as room allows.
 */
#ifndef ORIGINTLS_CRAWLER_LOG_SAMPLE_H
#define ORIGINTLS_CRAWLER_LOG_SAMPLE_H

#include "base/rng.h"
#include "base/slice.h"
#include "crawler/key_table.h"

struct log_entry {
    uint64_t key; /* hash of the target as logged */
    char *path_query;
    uint64_t count; /* since it entered */
};

/* A zeroed struct with `threshold` 1 is a valid empty sample. */
struct log_sample {
    struct log_entry *entries;
    size_t count;
    size_t capacity;
    double threshold;       /* t */
    struct key_table known; /* by key: 1 + index of the entry, or REFUSED */
    size_t refused_known;
    double refused; /* requests, estimated */
};

enum log_sample_result {
    LOG_SAMPLE_COUNTED, /* in the sample, or not drawn */
    LOG_SAMPLE_ENTERED, /* new in the sample */
    LOG_SAMPLE_REFUSED_URL,
    LOG_SAMPLE_OUT_OF_MEMORY
};

void log_sample_release(struct log_sample *sample);
/* One request for a target ("/a?b", as logged). */
enum log_sample_result log_sample_add(struct log_sample *sample, struct slice target, struct rng *rng);
/* Raises t until at least one URL has gone. Returns how many went. 0, too, when out of memory: then nothing changed. */
size_t log_sample_thin(struct log_sample *sample, struct rng *rng);
/* The estimated number of requests behind a count, without bias: the one that let the URL in stands for t (Estan and
 * Varghese, SIGCOMM 2002). */
double log_sample_estimate(const struct log_sample *sample, uint64_t count);

#endif
