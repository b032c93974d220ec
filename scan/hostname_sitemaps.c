#include "scan/zone_state.h"

#include "crawler/links.h"
#include "crawler/sitemap.h"
#include "crawler/url.h"

#include <string.h>

static void ask_sitemap(struct scan_hostname *host, const struct url *url);

static void ask_if_ours(struct scan_hostname *host, struct slice location)
{
    struct url url = {0};
    if (host->sitemaps_asked < LIMIT_SITEMAPS && url_parse(slice_trim(location), &url) == URL_OK &&
        url_has_default_port(&url) && strcmp(url.host, host->inventory->hostname) == 0) {
        ask_sitemap(host, &url);
    }
    url_release(&url);
}

static void add_if_ours(struct scan_hostname *host, struct slice location)
{
    struct url url = {0};
    if (url_parse(slice_trim(location), &url) == URL_OK && url_has_default_port(&url) &&
        strcmp(url.host, host->inventory->hostname) == 0) {
        struct slice path = slice_of(url.path_query);
        frontier_add(host->frontier, path, link_kind_refine(LINK_PAGE, path), 0);
    }
    url_release(&url);
}

static void on_sitemap(void *context, const struct journey *journey, const struct exchange_set *set)
{
    struct scan_hostname *host = context;
    struct exchange *exchange = journey->end == JOURNEY_PAGE ? exchange_set_find(set, &journey->last) : NULL;
    struct sitemap sitemap = {0};
    if (exchange != NULL && sitemap_parse(buf_slice(&exchange->response.body), &sitemap, NULL) == 0) {
        for (size_t i = 0; i < sitemap.count; i++) {
            if (sitemap.is_index) {
                ask_if_ours(host, sitemap.locations[i]);
            } else {
                add_if_ours(host, sitemap.locations[i]);
            }
        }
    }
    sitemap_release(&sitemap);
    host->crawl_tasks--;
    hostname_crawl_on(host);
}

static void ask_sitemap(struct scan_hostname *host, const struct url *url)
{
    struct slice path = slice_of(url->path_query);
    if (host->scan->interrupted || !robots_allows(host->robots, path)) {
        return;
    }
    host->sitemaps_asked++;
    hostname_crawl_page(host, url->path_query, on_sitemap);
}

void hostname_read_sitemaps(struct scan_hostname *host)
{
    for (size_t i = 0; i < robots_sitemap_count(host->robots); i++) {
        ask_if_ours(host, robots_sitemap(host->robots, i));
    }
}
