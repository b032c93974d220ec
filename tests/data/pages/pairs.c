#include "tests/data/pages/pairs.h"

#include "base/hash.h"

#include <stdio.h>

#define FIRST_LOAD_S 1900000000
#define ROUND_S      300

void page_pair_init(struct page_pair *pair)
{
    *pair = (struct page_pair){.host = "www.example.com"};
    for (size_t i = 0; i < FETCH_COUNT; i++) {
        page_pair_set_type(pair, (enum fetch)i, "text/html; charset=utf-8");
    }
}

void page_pair_release(struct page_pair *pair)
{
    for (size_t i = 0; i < FETCH_COUNT; i++) {
        buf_release(&pair->bodies[i]);
    }
    buf_release(&pair->path);
}

bool fetch_is_b(enum fetch fetch)
{
    return fetch == FETCH_B || fetch == FETCH_AGAIN_B;
}

uint64_t page_pair_load(const struct page_pair *pair, int fetch)
{
    return pair->round * (uint64_t)FETCH_COUNT + (uint64_t)fetch;
}

void page_pair_set_type(struct page_pair *pair, enum fetch fetch, const char *content_type)
{
    snprintf(pair->content_types[fetch], sizeof pair->content_types[fetch], "%s", content_type);
}

void page_pair_render(struct page_pair *pair, const struct pair_side *a, const struct pair_side *b, uint64_t seed)
{
    snprintf(pair->host, sizeof pair->host, "%s", a->site->host);
    buf_reset(&pair->path);
    site_path(a->site, a->page, &pair->path);
    for (int i = 0; i < FETCH_COUNT; i++) {
        bool is_b = fetch_is_b((enum fetch)i);
        const struct pair_side *side = is_b ? b : a;
        struct load load = {.seed = hash_mix(seed, page_pair_load(pair, i)),
                            .time_s = FIRST_LOAD_S + (int64_t)(seed % 86400) + ROUND_S * pair->round + 3 * i,
                            .https = is_b,
                            .links = side->links};
        site_render(side->site, side->page, &load, &pair->bodies[i]);
    }
}

void page_pair_make(const struct pair_kind *kind, uint64_t seed, struct page_pair *pair)
{
    kind->make(kind->variant, seed, pair);
    page_pair_view(pair);
}

void page_pair_view(struct page_pair *pair)
{
    for (size_t i = 0; i < FETCH_COUNT; i++) {
        pair->responses[i] = (struct compare_response){.outcome = EXCHANGE_ANSWERED,
                                                       .status = 200,
                                                       .https = true,
                                                       .content_type = slice_of(pair->content_types[i]),
                                                       .body = buf_slice(&pair->bodies[i]),
                                                       .host = slice_of(pair->host),
                                                       .path = buf_slice(&pair->path),
                                                       .retry_after_s = -1};
    }
}
