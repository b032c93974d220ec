/* Log bytes of any kind: the counts add up, and cutting them elsewhere changes nothing. */
#include "crawler/access_log.h"
#include "crawler/hostname.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct access_log *read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct access_log *log = access_log_new(SLICE("example.com"), SLICE("www.example.com"), 1, NULL);
    for (size_t at = 0; at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        check(access_log_feed(log, slice_make((const char *)data + at, len), NULL) == 0);
    }
    check(access_log_end(log, NULL) == 0);
    return log;
}

static void check_host(const struct access_log_host *host)
{
    double sampled = 0;
    check(hostname_in_zone(slice_of(host->hostname), SLICE("example.com")));
    for (size_t i = 0; i < host->count; i++) {
        check(host->urls[i].path_query[0] == '/');
        check(i == 0 || host->urls[i].requests <= host->urls[i - 1].requests);
        sampled += host->urls[i].requests;
    }
    /* Nothing is thinned out in an input this small. */
    check(sampled + (double)host->left_out == (double)host->requests);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct access_log *whole = read_in_pieces(data, size, size > 0 ? size : 1);
    struct access_log *pieces = read_in_pieces(data, size, 5);
    struct access_log_counts a;
    struct access_log_counts b;
    access_log_count(whole, &a);
    access_log_count(pieces, &b);
    check(a.lines == b.lines && a.malformed == b.malformed && a.other_hosts == b.other_hosts &&
          a.newest_s == b.newest_s);
    check(a.malformed + a.other_hosts <= a.lines);
    check(access_log_host_count(whole) == access_log_host_count(pieces));
    for (size_t i = 0; i < access_log_host_count(whole); i++)
        check_host(access_log_host(whole, i));
    access_log_free(whole);
    access_log_free(pieces);
    return 0;
}
