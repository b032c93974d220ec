/* Recent visitor requests as a weighted sample per hostname.
 *
 * Two formats, told apart line by line: the combined log format of nginx and Apache (also "common", and with the
 * virtual host before it), and NDJSON with the keys ClientRequestHost, ClientRequestPath or ClientRequestURI,
 * ClientRequestMethod, ClientRequestScheme, EdgeResponseStatus (or OriginResponseStatus) and EdgeStartTimestamp.
 * A line of the first format without a host belongs to the default hostname.
 *
 * Counted is every request; sampled are successful GETs (status 2xx or 3xx) of hostnames in the zone whose URL neither
 * may change state (state_change.h) nor may be private (private_query.h). A malformed line is skipped and counted.
 *
 * The sample is a *counting sample* (Gibbons and Matias, SIGMOD 1998): a URL enters with probability 1/t at each
 * request and is counted exactly from then on; t is 1 until LIMIT_LOG_SAMPLE URLs are held and grows by thinning out.
 * So frequent URLs are all there with nearly exact counts, whatever the size of the log, in bounded memory.
 */
#ifndef ORIGINTLS_CRAWLER_ACCESS_LOG_H
#define ORIGINTLS_CRAWLER_ACCESS_LOG_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct access_log;

/* Both names in normal form (hostname.h); copied. */
struct access_log *access_log_new(struct slice zone, struct slice default_hostname, uint64_t seed, struct err *err);
void access_log_free(struct access_log *log);

/* Reads a file ("-": standard input) to its end, in bounded memory. An unreadable file, or one without a single good
 * line, is ERR_USAGE and names the path. Several files add up. */
int access_log_read(struct access_log *log, const char *path, struct err *err);
/* The same for bytes that come from elsewhere; lines may be cut anywhere. access_log_end ends the last line. */
int access_log_feed(struct access_log *log, struct slice bytes, struct err *err);
int access_log_end(struct access_log *log, struct err *err);

struct access_log_counts {
    uint64_t lines;
    uint64_t malformed;
    uint64_t other_hosts; /* outside the zone, or more than LIMIT_ZONE_HOSTNAMES */
    int64_t newest_s;     /* time of the newest request as seconds since 1970; -1: not known */
};
void access_log_count(const struct access_log *log, struct access_log_counts *counts);

struct access_log_url {
    const char *path_query; /* the log's, normalised: begins with "/", no fragment */
    double requests;        /* estimated from the counting sample */
};

struct access_log_host {
    const char *hostname;
    uint64_t requests;                 /* GETs that succeeded: what coverage is a share of */
    uint64_t left_out;                 /* of those: private or state-changing */
    const struct access_log_url *urls; /* most asked first; ties in the order of their bytes */
    size_t count;
};
size_t access_log_host_count(const struct access_log *log);
/* Sorts on demand. Valid until the next feed. NULL only when out of memory. */
const struct access_log_host *access_log_host(struct access_log *log, size_t index);
/* By normalised hostname; NULL if it was not in the log. */
const struct access_log_host *access_log_find(struct access_log *log, struct slice hostname);

#endif
