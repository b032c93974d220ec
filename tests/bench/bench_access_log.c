/* Reading access logs: both formats, made here, against a floor in MB/s, and the line parser of NDJSON against jansson.
 */
#include "base/buf.h"
#include "base/rng.h"
#include "crawler/access_log.h"
#include "crawler/log_line.h"
#include "tests/bench/figure.h"

#include <jansson.h>
#include <stdio.h>

#define LINES  120000
#define ROUNDS 7

/* Half of the requests go to a hundred URLs, half to a hundred thousand. */
static unsigned url_number(struct rng *rng)
{
    return (unsigned)(rng_next(rng) % 2 == 0 ? rng_below(rng, 100) : rng_below(rng, 100000));
}

static void make_combined(struct buf *lines)
{
    struct rng rng;
    rng_init(&rng, 1);
    for (int i = 0; i < LINES; i++)
        buf_printf(lines,
                   "192.0.2.%d - - [10/Oct/2026:13:55:%02d +0200] \"GET /section-%u/some-article-about-things-%u.html "
                   "HTTP/1.1\" 200 %d \"https://www.example.com/section/\" \"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
                   "Gecko/20100101 Firefox/128.0\"\n",
                   i % 250, i % 60, i % 12u, url_number(&rng), 1000 + i);
}

static void make_edge(struct buf *lines)
{
    struct rng rng;
    rng_init(&rng, 1);
    for (int i = 0; i < LINES; i++)
        buf_printf(
            lines,
            "{\"ClientIP\":\"192.0.2.%d\",\"ClientRequestHost\":\"www.example.com\",\"ClientRequestMethod\":\"GET\","
            "\"ClientRequestURI\":\"/section-%u/some-article-about-things-%u.html?page=2\",\"EdgeEndTimestamp\":"
            "\"2026-10-10T11:55:%02dZ\",\"EdgeResponseBytes\":%d,\"EdgeResponseStatus\":200,\"EdgeStartTimestamp\":"
            "\"2026-10-10T11:55:%02dZ\",\"RayID\":\"8f%014x\",\"ClientRequestScheme\":\"https\","
            "\"ClientRequestUserAgent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"}\n",
            i % 250, i % 12u, url_number(&rng), i % 60, 1000 + i, i % 60, (unsigned)i);
}

static double read_speed(struct slice bytes)
{
    double values[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        struct access_log *log = access_log_new(SLICE("example.com"), SLICE("www.example.com"), 1, NULL);
        double begin = figure_thread_cpu_s();
        access_log_feed(log, bytes, NULL);
        values[round] = (double)bytes.len / 1e6 / (figure_thread_cpu_s() - begin);
        access_log_free(log);
    }
    return figure_median(values, ROUNDS);
}

static double parse_speed(struct slice bytes)
{
    struct buf room = {0};
    struct slice line = SLICE_EMPTY;
    struct slice rest = bytes;
    size_t good = 0;
    double begin = figure_thread_cpu_s();
    while (slice_next(&rest, '\n', &line)) {
        struct log_line parsed;
        good += log_line_parse(line, &room, &parsed) ? 1 : 0;
    }
    double seconds = figure_thread_cpu_s() - begin;
    buf_release(&room);
    return good == LINES ? (double)bytes.len / 1e6 / seconds : 0;
}

static double jansson_speed(struct slice bytes)
{
    struct slice line = SLICE_EMPTY;
    struct slice rest = bytes;
    size_t good = 0;
    double begin = figure_thread_cpu_s();
    while (slice_next(&rest, '\n', &line)) {
        json_t *object = json_loadb(line.ptr, line.len, 0, NULL);
        good += json_string_value(json_object_get(object, "ClientRequestURI")) != NULL ? 1 : 0;
        json_decref(object);
    }
    double seconds = figure_thread_cpu_s() - begin;
    return good == LINES ? (double)bytes.len / 1e6 / seconds : 0;
}

int main(void)
{
    struct buf combined = {0};
    struct buf edge = {0};
    make_combined(&combined);
    make_edge(&edge);
    bool ok = figure_at_least("access_log", "combined, sampled", read_speed(buf_slice(&combined)), "MB/s", 200);
    ok = figure_at_least("access_log", "NDJSON, sampled", read_speed(buf_slice(&edge)), "MB/s", 200) && ok;
    double own[ROUNDS];
    double library[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        own[round] = parse_speed(buf_slice(&edge));
        library[round] = jansson_speed(buf_slice(&edge));
    }
    figure_for_information("access_log", "NDJSON lines, own parser", figure_median(own, ROUNDS), "MB/s");
    figure_for_information("access_log", "NDJSON lines, jansson", figure_median(library, ROUNDS), "MB/s");
    buf_release(&combined);
    buf_release(&edge);
    return ok ? 0 : 1;
}
