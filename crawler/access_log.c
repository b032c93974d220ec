#include "crawler/access_log.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/rng.h"
#include "crawler/hostname.h"
#include "crawler/log_line.h"
#include "crawler/log_sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES (256u << 10)
/* Spellings of hostnames that are remembered; those beyond are looked at each time. */
#define REMEMBERED_SPELLINGS 65536u
#define NO_HOST              UINT64_MAX

struct log_host {
    struct access_log_host shown; /* first: what callers hold points here */
    char hostname[HOSTNAME_BYTES];
    struct log_sample sample;
    struct access_log_url *urls;
    bool sorted;
};

struct access_log {
    char zone[HOSTNAME_BYTES];
    char default_hostname[HOSTNAME_BYTES];
    struct rng rng;
    struct log_host *hosts[LIMIT_ZONE_HOSTNAMES];
    size_t host_count;
    struct key_table spellings; /* by a name as logged: 1 + index of the host, or NO_HOST */
    size_t sampled;             /* URLs in all samples together */
    struct access_log_counts counts;
    uint64_t good; /* lines that were understood */

    struct buf part; /* of a line that is not complete */
    bool skipping;   /* the rest of a line that is too long */
    struct buf room;
};

struct access_log *access_log_new(struct slice zone, struct slice default_hostname, uint64_t seed, struct err *err)
{
    struct access_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        err_memory(err);
        return NULL;
    }
    snprintf(log->zone, sizeof log->zone, "%.*s", SLICE_ARG(zone));
    snprintf(log->default_hostname, sizeof log->default_hostname, "%.*s", SLICE_ARG(default_hostname));
    rng_init(&log->rng, seed);
    log->counts.newest_s = -1;
    buf_init(&log->part, LIMIT_LINE_BYTES);
    buf_init(&log->room, LIMIT_LINE_BYTES);
    return log;
}

void access_log_free(struct access_log *log)
{
    if (log == NULL)
        return;
    for (size_t i = 0; i < log->host_count; i++) {
        log_sample_release(&log->hosts[i]->sample);
        free(log->hosts[i]->urls);
        free(log->hosts[i]);
    }
    key_table_release(&log->spellings);
    buf_release(&log->part);
    buf_release(&log->room);
    free(log);
}

/* --- hosts --- */

static struct slice without_port(struct slice host)
{
    size_t colon = slice_find_byte(host, ':');
    return slice_make(host.ptr, colon);
}

/* Position of the normalised name, or host_count. */
static size_t find_host(const struct access_log *log, const char *hostname)
{
    size_t i = 0;
    while (i < log->host_count && strcmp(log->hosts[i]->hostname, hostname) != 0)
        i++;
    return i;
}

/* 1 + index, NO_HOST for a name that is not the zone's or one too many, 0 when out of memory. */
static uint64_t number_of_host(struct access_log *log, struct slice text)
{
    char hostname[HOSTNAME_BYTES];
    if (text.len == 0)
        text = slice_of(log->default_hostname);
    if (hostname_normalise(without_port(text), hostname) != HOSTNAME_OK ||
        !hostname_in_zone(slice_of(hostname), slice_of(log->zone)))
        return NO_HOST;
    size_t at = find_host(log, hostname);
    if (at < log->host_count)
        return at + 1;
    if (at == LIMIT_ZONE_HOSTNAMES)
        return NO_HOST;
    struct log_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return 0;
    memcpy(host->hostname, hostname, sizeof hostname);
    host->shown.hostname = host->hostname;
    host->sample.threshold = 1;
    log->hosts[log->host_count++] = host;
    return log->host_count;
}

static int host_of(struct access_log *log, struct slice text, struct log_host **host)
{
    uint64_t key = hash_slice(text);
    uint64_t number = key_table_get(&log->spellings, key);
    if (number == 0) {
        number = number_of_host(log, text);
        if (number == 0)
            return -1;
        uint64_t *slot = log->spellings.used < REMEMBERED_SPELLINGS ? key_table_slot(&log->spellings, key) : NULL;
        if (slot != NULL)
            *slot = number;
    }
    *host = number == NO_HOST ? NULL : log->hosts[number - 1];
    return 0;
}

/* --- requests --- */

/* Path and query of "/a?b#c" or "http://host/a?b"; empty for "*" and the like. The host of the latter wins over `host`.
 */
static struct slice path_of_target(struct slice target, struct slice *host)
{
    target.len = slice_find_byte(target, '#');
    if (target.len > 0 && target.ptr[0] == '/')
        return target;
    size_t scheme = slice_find(target, SLICE("://"));
    if (scheme == target.len)
        return SLICE_EMPTY;
    struct slice rest = slice_from(target, scheme + 3);
    size_t slash = slice_find_byte(rest, '/');
    *host = slice_make(rest.ptr, slash);
    return slash < rest.len ? slice_from(rest, slash) : SLICE("/");
}

/* One more URL is in a sample than there is room for: the fullest sample gives way. */
static int make_room(struct access_log *log)
{
    struct log_host *fullest = log->hosts[0];
    for (size_t i = 1; i < log->host_count; i++) {
        if (log->hosts[i]->sample.count > fullest->sample.count)
            fullest = log->hosts[i];
    }
    size_t gone = log_sample_thin(&fullest->sample, &log->rng);
    log->sampled -= gone;
    fullest->sorted = false;
    return gone > 0 ? 0 : -1;
}

static int count_request(struct access_log *log, struct log_host *host, struct slice target)
{
    host->shown.requests++;
    host->sorted = false;
    switch (log_sample_add(&host->sample, target, &log->rng)) {
    case LOG_SAMPLE_COUNTED:
    case LOG_SAMPLE_REFUSED_URL:
        return 0;
    case LOG_SAMPLE_ENTERED:
        return ++log->sampled > LIMIT_LOG_SAMPLE ? make_room(log) : 0;
    case LOG_SAMPLE_OUT_OF_MEMORY:
        break;
    }
    return -1;
}

static int read_line(struct access_log *log, struct slice line)
{
    struct log_line parsed;
    line = slice_trim(line);
    if (line.len == 0)
        return 0;
    log->counts.lines++;
    if (!log_line_parse(line, &log->room, &parsed)) {
        log->counts.malformed++;
        return 0;
    }
    log->good++;
    if (parsed.time_s > log->counts.newest_s)
        log->counts.newest_s = parsed.time_s;

    struct log_host *host = NULL;
    struct slice target = path_of_target(parsed.target, &parsed.host);
    if (host_of(log, parsed.host, &host) != 0)
        return -1;
    if (host == NULL) {
        log->counts.other_hosts++;
        return 0;
    }
    /* A log that says no status is one of requests that were answered. */
    bool succeeded = parsed.status == 0 || (parsed.status >= 200 && parsed.status < 400);
    if (!succeeded || target.len == 0 || !slice_equal(parsed.method, SLICE("GET")))
        return 0;
    return count_request(log, host, target);
}

/* --- bytes --- */

static int end_of_part(struct access_log *log)
{
    bool too_long = log->part.failed || log->skipping;
    int result = 0;
    if (too_long) {
        log->counts.lines++;
        log->counts.malformed++;
    } else {
        result = read_line(log, buf_slice(&log->part));
    }
    buf_reset(&log->part);
    log->skipping = false;
    return result;
}

static void keep_part(struct access_log *log, struct slice part)
{
    if (log->skipping || part.len == 0)
        return;
    if (buf_append_slice(&log->part, part) != 0)
        log->skipping = true;
}

int access_log_feed(struct access_log *log, struct slice bytes, struct err *err)
{
    while (bytes.len > 0) {
        size_t end = slice_find_byte(bytes, '\n');
        if (end == bytes.len) {
            keep_part(log, bytes);
            return 0;
        }
        struct slice line = slice_make(bytes.ptr, end);
        bytes = slice_from(bytes, end + 1);
        int result = 0;
        if (log->part.len > 0 || log->skipping || line.len >= LIMIT_LINE_BYTES) {
            keep_part(log, line);
            result = end_of_part(log);
        } else {
            result = read_line(log, line);
        }
        if (result != 0)
            return err_memory(err);
    }
    return 0;
}

int access_log_end(struct access_log *log, struct err *err)
{
    if (log->part.len == 0 && !log->skipping)
        return 0;
    return end_of_part(log) == 0 ? 0 : err_memory(err);
}

static int read_stream(struct access_log *log, FILE *stream, const char *path, struct err *err)
{
    char *bytes = malloc(READ_BYTES);
    int result = bytes != NULL ? 0 : err_memory(err);
    while (result == 0) {
        size_t len = fread(bytes, 1, READ_BYTES, stream);
        if (len == 0)
            break;
        result = access_log_feed(log, slice_make(bytes, len), err);
    }
    if (result == 0 && ferror(stream))
        result = err_set_errno(err, ERR_USAGE, "cannot read access log %s", path);
    if (result == 0)
        result = access_log_end(log, err);
    free(bytes);
    return result;
}

int access_log_read(struct access_log *log, const char *path, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    uint64_t good_before = log->good;
    uint64_t lines_before = log->counts.lines;
    FILE *stream = is_stdin ? stdin : fopen(path, "rbe");
    if (stream == NULL)
        return err_set_errno(err, ERR_USAGE, "cannot open access log %s", path);
    int result = read_stream(log, stream, path, err);
    if (!is_stdin)
        fclose(stream);
    if (result == 0 && log->good == good_before)
        result = err_set(err, ERR_USAGE, "access log %s: none of its %llu lines is in combined format or NDJSON", path,
                         (unsigned long long)(log->counts.lines - lines_before));
    return result;
}

/* --- results --- */

void access_log_count(const struct access_log *log, struct access_log_counts *counts)
{
    *counts = log->counts;
}

static int compare_urls(const void *left, const void *right)
{
    const struct access_log_url *a = left;
    const struct access_log_url *b = right;
    if (a->requests != b->requests)
        return a->requests > b->requests ? -1 : 1;
    return strcmp(a->path_query, b->path_query);
}

static int sort_urls(struct log_host *host)
{
    const struct log_sample *sample = &host->sample;
    struct access_log_url *urls = calloc(sample->count > 0 ? sample->count : 1, sizeof *urls);
    if (urls == NULL)
        return -1;
    for (size_t i = 0; i < sample->count; i++) {
        urls[i].path_query = sample->entries[i].path_query;
        urls[i].requests = log_sample_estimate(sample, sample->entries[i].count);
    }
    qsort(urls, sample->count, sizeof *urls, compare_urls);
    free(host->urls);
    host->urls = urls;
    host->sorted = true;
    return 0;
}

size_t access_log_host_count(const struct access_log *log)
{
    return log->host_count;
}

const struct access_log_host *access_log_host(struct access_log *log, size_t index)
{
    struct log_host *host = log->hosts[index];
    if (!host->sorted && sort_urls(host) != 0)
        return NULL;
    host->shown.left_out = (uint64_t)(host->sample.refused + 0.5);
    host->shown.urls = host->urls;
    host->shown.count = host->sample.count;
    return &host->shown;
}

const struct access_log_host *access_log_find(struct access_log *log, struct slice hostname)
{
    for (size_t i = 0; i < log->host_count; i++) {
        if (slice_equal(slice_of(log->hosts[i]->hostname), hostname))
            return access_log_host(log, i);
    }
    return NULL;
}
