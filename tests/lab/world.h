/* All that is served: origins with their listeners, TLS contexts and counters. Built by the parent, served by the
 * child. */
#ifndef ORIGINTLS_TESTS_LAB_WORLD_H
#define ORIGINTLS_TESTS_LAB_WORLD_H

#include "tests/lab/site.h"

#define ORIGIN_SITES_MAX 4
#define FILLERS_MAX      8 /* connections that fill the backlog of a silent port */

struct origin;

/* One port. */
struct listener {
    struct origin *origin;
    int fd; /* -1 for none */
    uint16_t port;
    bool https;
    enum port_behaviour behaviour;
    int fillers[FILLERS_MAX];
    int filler_count;
};

/* Requests in each of the last 1,000 ms. */
struct rate_window {
    int64_t last_ms;
    uint32_t sum;
    uint16_t count[1000];
};

struct origin {
    const char *name;
    char address[LAB_ADDRESS_BYTES];
    struct listener http;
    struct listener https;
    const struct site *sites[ORIGIN_SITES_MAX]; /* the first answers for names that are not known */
    SSL_CTX *contexts[ORIGIN_SITES_MAX];
    int site_count;
    struct lab_stats *stats; /* shared with the parent */
    struct rate_window window;
};

struct world {
    struct origin *origins;
    size_t origin_count;
    struct lab_stats *stats; /* one per origin, in shared memory */
    char canary_url[64];
    uint64_t seed;
};

/* Origins for the sites picked by `chosen` (sites_count flags), bound and listening, certificates made. */
int world_build(struct world *world, const bool *chosen, const struct lab_options *options, struct authority *authority,
                struct err *err);
/* Closes and frees all but the shared memory. */
void world_release(struct world *world);
/* Unmaps the shared memory. */
void world_release_stats(struct world *world);

/* Serves until `stop_fd` is readable or at its end. */
void server_run(struct world *world, int stop_fd);

/* A TLS context that behaves as the row asks. The origin decides by server name which context serves. */
SSL_CTX *tls_context_new(struct origin *origin, const struct site *site, struct authority *authority, struct err *err);

/* Counting. */
void count_connection(struct origin *origin);
void count_connection_end(struct origin *origin);
void count_handshake(struct origin *origin, bool resumed, const char *server_name);
/* Fills in the serial numbers of the request. */
void count_request(struct origin *origin, struct request *request, int64_t now_ms);

#endif
