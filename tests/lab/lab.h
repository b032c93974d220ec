/* A world of web origins on loopback, for integration tests, benchmarks and `origintls demo`.
 *
 * A table (sites.c) holds one row per hostname on an origin: what it does, in one sentence, and what a scan must say of
 * it. lab_start() gives every origin an address of its own (127.77.N.1) and ports >= 1024, makes the certificates,
 * forks one child process that serves them all, and returns; so the CPU time of the caller is the caller's own. The
 * child ends with lab_stop() or with its parent.
 *
 * HTTP/1.1 only. Nothing leaves 127.0.0.0/8. Call lab_start() before threads are started.
 */
#ifndef ORIGINTLS_TESTS_LAB_LAB_H
#define ORIGINTLS_TESTS_LAB_LAB_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define LAB_CODES_MAX 8

/* What a scan must say: current mode `flexible`, ceiling `full_strict`, default budget, the lab's CA trusted besides
 * the defaults, no access log. Lists end with NULL. */
struct lab_expectation {
    const char *status;                  /* of hostname and origin: "complete", "incomplete"; NULL: either will do */
    const char *incomplete_reason;       /* NULL unless status is "incomplete" */
    const char *supported_mode;          /* of this origin; NULL: null */
    const char *recommended_mode;        /* of the hostname; NULL: null. Where status is NULL: this or null */
    const char *zone_mode;               /* recommended_mode of the zone; NULL: null */
    const char *action;                  /* decision of the hostname: "upgrade", "hold", "none" */
    const char *blockers[LAB_CODES_MAX]; /* each must be among the blockers of this origin ... */
    const char *may_also[LAB_CODES_MAX]; /* ... and none beside these; at least one wherever a mode is ruled out */
    const char *warnings[LAB_CODES_MAX]; /* each must be among the warnings of this origin; others may be */
};

/* One hostname on one origin. */
struct lab_site {
    const char *name;     /* unique, [a-z0-9-.] */
    const char *zone;     /* "identical.lab.test" */
    const char *hostname; /* the zone itself or a name below it */
    const char *origin;   /* sites with the same origin share address and ports; NULL: the name */
    const char *sentence; /* what it does */
    bool slow;            /* a scan of it has to wait for time-outs */
    bool canary;          /* in no inventory, and nobody may ever connect to it; has no expectation */
    struct lab_expectation expected;
};

/* The table, without starting anything. */
size_t lab_site_count(void);
const struct lab_site *lab_site(size_t i);

struct lab_options {
    const char *only;        /* names of sites, separated by commas: serve no others; NULL: all. The canary is always
                                there. An unknown name is ERR_USAGE */
    const char *ca_file;     /* the root that the valid certificates lead to is written here (PEM); NULL: to a new file
                                in TMPDIR, which lab_stop() removes */
    const char *client_file; /* certificate and key (PEM) of a client that `client-certificate` accepts; NULL: none */
    uint16_t http_port;      /* of every origin; 0: chosen by the kernel, one each */
    uint16_t https_port;
    uint64_t seed; /* of the random parts of pages */
};

#define LAB_ADDRESS_BYTES 16
#define LAB_SEEN_MAX      8
#define LAB_SEEN_BYTES    96

/* The first LAB_SEEN_MAX different texts, cut at LAB_SEEN_BYTES - 1; count is that of all different ones kept. */
struct lab_seen {
    uint32_t count;
    char text[LAB_SEEN_MAX][LAB_SEEN_BYTES];
};

/* What one origin has seen since the start. Kept per origin: sites that share one have the same. */
struct lab_stats {
    uint64_t connections; /* accepted, both ports */
    uint64_t handshakes;  /* completed */
    uint64_t resumed;     /* of these: by session resumption */
    uint64_t requests;    /* whole request heads, both ports */
    uint64_t http_requests;
    uint64_t https_requests;
    uint64_t not_get;        /* any other method */
    uint64_t state_changing; /* GETs of /logout, /cart/..., /newsletter/unsubscribe, ... that no crawler may make */
    uint64_t robots;         /* GETs of /robots.txt */
    uint64_t bytes_sent;     /* of HTTP, before encryption */
    uint32_t concurrent;     /* connections now */
    uint32_t max_concurrent; /* without those whose end the client has sent already */
    uint32_t max_requests_in_one_second; /* in any window of 1,000 ms */
    struct lab_seen methods;
    struct lab_seen user_agents;
    struct lab_seen hosts;
    struct lab_seen server_names; /* SNI; "" where a hello had none */
};

/* A site that is served. The strings live as long as the lab. */
struct lab_served {
    const struct lab_site *site;
    char address[LAB_ADDRESS_BYTES];
    uint16_t http_port;
    uint16_t https_port;
};

struct lab;

/* NULL with err set on failure; `options` may be NULL. */
struct lab *lab_start(const struct lab_options *options, struct err *err);
/* Ends the child, waits for it, removes the file that lab_start() chose itself. NULL is fine. */
void lab_stop(struct lab *lab);

size_t lab_served_count(const struct lab *lab);
const struct lab_served *lab_served(const struct lab *lab, size_t i);
/* By the name of the site; NULL when it is not served. */
const struct lab_served *lab_find(const struct lab *lab, const char *name);
const char *lab_ca_file(const struct lab *lab);
/* Copies what the origin of this site has seen so far. The child may be counting meanwhile. */
void lab_stats(const struct lab *lab, const struct lab_served *served, struct lab_stats *stats);

/* One line of JSON and a line feed: the site, where it is served and what is expected; `served` may be NULL. */
void lab_describe(const struct lab_site *site, const struct lab_served *served, struct buf *out);
/* One line of JSON and a line feed: what the origin has seen. */
void lab_describe_stats(const struct lab_served *served, const struct lab_stats *stats, struct buf *out);

#endif
