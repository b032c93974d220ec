/* The first line is a path, the rest is robots.txt: the answers never contradict each other. */
#include "base/limits.h"
#include "crawler/robots.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = slice_make((const char *)data, size);
    struct slice path = SLICE_EMPTY;
    if (!slice_next(&body, '\n', &path) || path.len == 0 || path.ptr[0] != '/')
        return 0;
    struct robots *robots = robots_parse(body, SLICE("Cloudflare-SSLDetector"));
    check(robots != NULL);
    bool allowed = robots_allows(robots, path);
    bool is_robots = slice_equal(path, SLICE("/robots.txt"));
    if (robots_forbids_everything(robots))
        check(robots_names_us(robots) && (!allowed || is_robots));
    if (!robots_names_us(robots))
        check(allowed || path.len > LIMIT_URL_BYTES);
    check(robots_crawl_delay_ms(robots) >= -1 && robots_crawl_delay_ms(robots) <= 3600 * 1000);
    check(robots_sitemap_count(robots) <= LIMIT_SITEMAPS);
    robots_free(robots);
    return 0;
}
