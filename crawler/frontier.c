#include "crawler/frontier.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "crawler/crawl_trap.h"
#include "crawler/frontier_heap.h"
#include "crawler/key_table.h"
#include "crawler/state_change.h"
#include "crawler/url_shape.h"

#include <stdlib.h>

/* The URLs of one kind, first segment and shape. */
struct stratum {
    uint32_t group;
    uint64_t order;
    size_t found;
    size_t dated;
    double weight;
    size_t given[DEAL_COUNT];
    struct heap heaps[DEAL_COUNT];
};

/* The strata of one kind and first segment. */
struct group {
    enum link_kind kind;
    uint64_t order;
    size_t shapes;
    double weight;
    size_t given[DEAL_COUNT];
    size_t left[DEAL_COUNT];
};

struct frontier {
    uint64_t seed;
    const struct robots *robots;
    struct arena memory;
    struct buf room;

    struct key_table urls;     /* by path and query: candidates */
    struct key_table variants; /* by path: how many queries */
    struct key_table by_shape; /* by kind, segment and shape: number of the stratum */
    struct key_table by_segment;

    struct stratum *strata;
    size_t stratum_count;
    struct group *groups;
    size_t group_count;
    size_t kind_given[DEAL_COUNT][LINK_KIND_COUNT];
    size_t kind_left[DEAL_COUNT][LINK_KIND_COUNT];
    struct frontier_counts counts;
};

/* Of each hundred URLs, where all kinds are there in number. Pages and what programs ask for carry what a visitor would
 * miss; of what a page loads, a few of each kind show whether its folder is served. */
static const unsigned shares[LINK_KIND_COUNT] = {
    [LINK_PAGE] = 44, [LINK_API] = 16, [LINK_SCRIPT] = 9, [LINK_STYLE] = 7, [LINK_IMAGE] = 8,
    [LINK_FRAME] = 6, [LINK_FEED] = 4, [LINK_MEDIA] = 3,  [LINK_OTHER] = 3,
};

/* --- strata --- */

/* A new group or the one that is there; NULL when out of memory. Its number in *number. */
static struct group *group_for(struct frontier *frontier, enum link_kind kind, struct slice segment, uint32_t *number)
{
    uint64_t key = hash_seeded(segment, (uint64_t)kind);
    uint64_t *slot = key_table_slot(&frontier->by_segment, key);
    if (slot == NULL)
        return NULL;
    if (*slot == 0) {
        struct group *grown = realloc(frontier->groups, (frontier->group_count + 1) * sizeof *grown);
        if (grown == NULL)
            return NULL;
        frontier->groups = grown;
        frontier->groups[frontier->group_count] = (struct group){.kind = kind, .order = hash_mix(key, frontier->seed)};
        *slot = ++frontier->group_count;
    }
    *number = (uint32_t)(*slot - 1);
    return &frontier->groups[*number];
}

static struct stratum *stratum_new(struct frontier *frontier, uint64_t key, uint32_t group)
{
    struct stratum *grown = realloc(frontier->strata, (frontier->stratum_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    frontier->strata = grown;
    frontier->strata[frontier->stratum_count] =
        (struct stratum){.group = group, .order = hash_mix(key, frontier->seed)};
    frontier->groups[group].shapes++;
    return &frontier->strata[frontier->stratum_count++];
}

static struct stratum *stratum_by_key(struct frontier *frontier, uint64_t key, uint32_t group)
{
    uint64_t *slot = key_table_slot(&frontier->by_shape, key);
    if (slot == NULL)
        return NULL;
    if (*slot != 0)
        return &frontier->strata[*slot - 1];
    struct stratum *stratum = stratum_new(frontier, key, group);
    if (stratum != NULL)
        *slot = frontier->stratum_count;
    return stratum;
}

/* Where a ceiling is reached, the shapes that come later share one stratum: of the segment, or of the kind. */
static struct stratum *stratum_for(struct frontier *frontier, struct slice path_query, enum link_kind kind)
{
    uint32_t number = 0;
    struct slice segment = url_first_segment(path_query);
    buf_reset(&frontier->room);
    url_shape_append(&frontier->room, path_query);
    uint64_t shape = hash_mix(hash_seeded(buf_slice(&frontier->room), (uint64_t)kind), hash_slice(segment));
    if (key_table_get(&frontier->by_shape, shape) != 0)
        return stratum_by_key(frontier, shape, 0);

    if (frontier->stratum_count + LINK_KIND_COUNT >= LIMIT_STRATA_PER_HOST) {
        segment = SLICE("*");
        shape = hash_mix((uint64_t)kind, 1);
    }
    struct group *group = group_for(frontier, kind, segment, &number);
    if (group == NULL)
        return NULL;
    if (group->shapes + 1 >= LIMIT_SHAPES_PER_SEGMENT)
        shape = hash_mix(hash_seeded(segment, (uint64_t)kind), 2);
    return stratum_by_key(frontier, shape, number);
}

/* --- adding --- */

static bool is_for_crawl(enum link_kind kind)
{
    return kind == LINK_PAGE || kind == LINK_FRAME;
}

static int put_into_heap(struct frontier *frontier, struct stratum *stratum, struct candidate *candidate,
                         enum deal deal)
{
    struct heap *heap = &stratum->heaps[deal];
    if (heap_add(heap, deal, candidate) != 0)
        return -1;
    frontier->groups[stratum->group].left[deal]++;
    frontier->kind_left[deal][frontier->groups[stratum->group].kind]++;
    return 0;
}

static void raise_weight(struct frontier *frontier, struct candidate *candidate, double weight)
{
    if (!(weight > 0))
        return;
    struct stratum *stratum = &frontier->strata[candidate->url.stratum];
    candidate->url.weight += weight;
    stratum->weight += weight;
    frontier->groups[stratum->group].weight += weight;
    frontier->counts.weight_found += weight;
    if (candidate->place[DEAL_PAIRS] == NOT_IN_HEAP)
        frontier->counts.weight_given += weight;
    for (enum deal deal = DEAL_PAIRS; deal < DEAL_COUNT; deal++) {
        if (candidate->place[deal] != NOT_IN_HEAP)
            heap_rise(&stratum->heaps[deal], deal, candidate->place[deal]);
    }
}

static bool is_too_many(struct frontier *frontier, const struct stratum *stratum, struct slice path_query)
{
    if (stratum->found >= LIMIT_CANDIDATES_PER_STRATUM)
        return true;
    if (stratum->dated >= LIMIT_DATED_PER_STRATUM && url_is_dated(path_query))
        return true;
    struct slice path = url_path(path_query);
    return path.len < path_query.len && key_table_get(&frontier->variants, hash_slice(path)) >= LIMIT_VARIANTS_PER_PATH;
}

/* What one trap hides is not missing if the URL that it is a variant of is known. Pages that are linked with session
 * ids alone are only known by this. */
static bool is_stem_known(struct frontier *frontier, enum crawl_trap trap, struct slice path_query, enum link_kind kind)
{
    struct buf stem;
    buf_init(&stem, LIMIT_URL_BYTES);
    bool known = trap == CRAWL_TRAP_MAIL_ADDRESS;
    if (crawl_trap_stem(trap, path_query, &stem)) {
        if (trap == CRAWL_TRAP_SESSION)
            known = frontier_add(frontier, buf_slice(&stem), kind, 0) != FRONTIER_OUT_OF_MEMORY;
        else
            known = key_table_get(&frontier->urls, hash_slice(buf_slice(&stem))) != 0;
    }
    buf_release(&stem);
    return known;
}

/* FRONTIER_ADDED if nothing speaks against the URL itself. */
static enum frontier_result refuse(struct frontier *frontier, struct slice path_query, enum link_kind kind)
{
    if (!robots_allows(frontier->robots, path_query)) {
        frontier->counts.forbidden++;
        return FRONTIER_FORBIDDEN;
    }
    if (url_may_change_state(path_query, NULL)) {
        frontier->counts.state_changing++;
        return FRONTIER_STATE_CHANGING;
    }
    enum crawl_trap trap = crawl_trap_of(path_query);
    if (trap != CRAWL_TRAP_NONE) {
        frontier->counts.traps++;
        frontier->counts.missed += !is_stem_known(frontier, trap, path_query, kind);
        return FRONTIER_TRAP;
    }
    if (frontier->counts.found == LIMIT_CANDIDATES_PER_HOST) {
        frontier->counts.overflow++;
        return FRONTIER_FULL;
    }
    return FRONTIER_ADDED;
}

static void count_addition(struct frontier *frontier, struct stratum *stratum, struct slice path_query)
{
    struct slice path = url_path(path_query);
    frontier->counts.found++;
    stratum->found++;
    if (url_is_dated(path_query))
        stratum->dated++;
    if (path.len == path_query.len)
        return;
    uint64_t *variants = key_table_slot(&frontier->variants, hash_slice(path));
    if (variants != NULL)
        ++*variants;
}

static struct candidate *candidate_new(struct frontier *frontier, struct slice path_query, enum link_kind kind)
{
    struct candidate *candidate = arena_alloc(&frontier->memory, sizeof *candidate);
    char *text = arena_copy(&frontier->memory, path_query);
    if (candidate == NULL || text == NULL)
        return NULL;
    candidate->url = (struct frontier_url){.path_query = text, .kind = kind};
    candidate->order = hash_mix(hash_slice(path_query), frontier->seed);
    candidate->place[DEAL_PAIRS] = NOT_IN_HEAP;
    candidate->place[DEAL_CRAWL] = NOT_IN_HEAP;
    return candidate;
}

static enum frontier_result insert(struct frontier *frontier, struct slice path_query, enum link_kind kind,
                                   double weight)
{
    struct stratum *stratum = stratum_for(frontier, path_query, kind);
    if (stratum == NULL)
        return FRONTIER_OUT_OF_MEMORY;
    if (is_too_many(frontier, stratum, path_query)) {
        frontier->counts.traps++;
        return FRONTIER_TRAP;
    }
    struct candidate *candidate = candidate_new(frontier, path_query, kind);
    uint64_t *slot = key_table_slot(&frontier->urls, hash_slice(path_query));
    if (candidate == NULL || slot == NULL)
        return FRONTIER_OUT_OF_MEMORY;
    candidate->url.stratum = (uint32_t)(stratum - frontier->strata);
    if (put_into_heap(frontier, stratum, candidate, DEAL_PAIRS) != 0 ||
        (is_for_crawl(kind) && put_into_heap(frontier, stratum, candidate, DEAL_CRAWL) != 0))
        return FRONTIER_OUT_OF_MEMORY;
    *slot = (uint64_t)(uintptr_t)candidate;
    count_addition(frontier, stratum, path_query);
    frontier->counts.pages_to_crawl += is_for_crawl(kind) ? 1 : 0;
    raise_weight(frontier, candidate, weight);
    return FRONTIER_ADDED;
}

enum frontier_result frontier_add(struct frontier *frontier, struct slice path_query, enum link_kind kind,
                                  double weight)
{
    uint64_t known = key_table_get(&frontier->urls, hash_slice(path_query));
    if (known != 0) {
        raise_weight(frontier, (struct candidate *)(uintptr_t)known, weight);
        return FRONTIER_KNOWN;
    }
    enum frontier_result result = refuse(frontier, path_query, kind);
    if (result != FRONTIER_ADDED)
        return result;
    return insert(frontier, path_query, link_kind_refine(kind, path_query), weight);
}

const char *frontier_result_name(enum frontier_result result)
{
    switch (result) {
    case FRONTIER_ADDED:
        return "added";
    case FRONTIER_KNOWN:
        return "known";
    case FRONTIER_STATE_CHANGING:
        return "state_changing";
    case FRONTIER_FORBIDDEN:
        return "forbidden";
    case FRONTIER_TRAP:
        return "trap";
    case FRONTIER_FULL:
        return "full";
    case FRONTIER_OUT_OF_MEMORY:
        return "out_of_memory";
    }
    return "unknown";
}

/* --- dealing out --- */

/* The kind that had least of its share; LINK_KIND_COUNT if none has anything left. */
static size_t next_kind(const struct frontier *frontier, enum deal deal)
{
    size_t best = LINK_KIND_COUNT;
    for (size_t kind = 0; kind < LINK_KIND_COUNT; kind++) {
        if (frontier->kind_left[deal][kind] == 0)
            continue;
        if (best == LINK_KIND_COUNT ||
            frontier->kind_given[deal][kind] * shares[best] < frontier->kind_given[deal][best] * shares[kind])
            best = kind;
    }
    return best;
}

/* Who goes first of two that had given_a and given_b so far. */
static bool goes_first(size_t given_a, double weight_a, uint64_t order_a, size_t given_b, double weight_b,
                       uint64_t order_b)
{
    if (given_a != given_b)
        return given_a < given_b;
    if (weight_a != weight_b)
        return weight_a > weight_b;
    return order_a < order_b;
}

static size_t next_group(const struct frontier *frontier, enum deal deal, size_t kind)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < frontier->group_count; i++) {
        const struct group *group = &frontier->groups[i];
        if (group->kind != kind || group->left[deal] == 0)
            continue;
        const struct group *other = best == SIZE_MAX ? NULL : &frontier->groups[best];
        if (other == NULL || goes_first(group->given[deal], group->weight, group->order, other->given[deal],
                                        other->weight, other->order))
            best = i;
    }
    return best;
}

static struct stratum *next_stratum(struct frontier *frontier, enum deal deal)
{
    size_t kind = next_kind(frontier, deal);
    if (kind == LINK_KIND_COUNT)
        return NULL;
    size_t group = next_group(frontier, deal, kind);
    struct stratum *best = NULL;
    for (size_t i = 0; i < frontier->stratum_count; i++) {
        struct stratum *stratum = &frontier->strata[i];
        if (stratum->group != group || stratum->heaps[deal].count == 0)
            continue;
        if (best == NULL || goes_first(stratum->given[deal], stratum->weight, stratum->order, best->given[deal],
                                       best->weight, best->order))
            best = stratum;
    }
    return best;
}

static void take(struct frontier *frontier, struct candidate *candidate, enum deal deal)
{
    struct stratum *stratum = &frontier->strata[candidate->url.stratum];
    struct group *group = &frontier->groups[stratum->group];
    heap_remove(&stratum->heaps[deal], deal, candidate);
    group->left[deal]--;
    frontier->kind_left[deal][group->kind]--;
}

static void count_as_given(struct frontier *frontier, const struct candidate *candidate, enum deal deal)
{
    struct stratum *stratum = &frontier->strata[candidate->url.stratum];
    struct group *group = &frontier->groups[stratum->group];
    stratum->given[deal]++;
    group->given[deal]++;
    frontier->kind_given[deal][group->kind]++;
}

/* The home page, while it is still to be dealt out. */
static struct candidate *home_page(const struct frontier *frontier, enum deal deal)
{
    struct candidate *home = (struct candidate *)(uintptr_t)key_table_get(&frontier->urls, hash_slice(SLICE("/")));
    return home != NULL && home->place[deal] != NOT_IN_HEAP ? home : NULL;
}

static struct candidate *deal_out(struct frontier *frontier, enum deal deal)
{
    struct candidate *candidate = home_page(frontier, deal);
    if (candidate == NULL) {
        struct stratum *stratum = next_stratum(frontier, deal);
        candidate = stratum != NULL ? stratum->heaps[deal].items[0] : NULL;
    }
    if (candidate == NULL)
        return NULL;
    take(frontier, candidate, deal);
    count_as_given(frontier, candidate, deal);
    return candidate;
}

const struct frontier_url *frontier_next(struct frontier *frontier)
{
    struct candidate *candidate = deal_out(frontier, DEAL_PAIRS);
    if (candidate == NULL)
        return NULL;
    frontier->counts.given++;
    frontier->counts.weight_given += candidate->url.weight;
    return &candidate->url;
}

const struct frontier_url *frontier_next_page_to_crawl(struct frontier *frontier)
{
    if (frontier->counts.pages_crawled == LIMIT_CRAWL_PAGES)
        return NULL;
    struct candidate *candidate = deal_out(frontier, DEAL_CRAWL);
    if (candidate == NULL)
        return NULL;
    frontier->counts.pages_crawled++;
    frontier->counts.pages_to_crawl--;
    return &candidate->url;
}

bool frontier_mark_crawled(struct frontier *frontier, struct slice path_query)
{
    uint64_t known = key_table_get(&frontier->urls, hash_slice(path_query));
    struct candidate *candidate = (struct candidate *)(uintptr_t)known;
    if (candidate == NULL || candidate->place[DEAL_CRAWL] == NOT_IN_HEAP)
        return false;
    take(frontier, candidate, DEAL_CRAWL);
    count_as_given(frontier, candidate, DEAL_CRAWL);
    frontier->counts.pages_to_crawl--;
    return true;
}

/* --- the whole --- */

struct frontier *frontier_new(uint64_t seed, const struct robots *robots, struct err *err)
{
    struct frontier *frontier = calloc(1, sizeof *frontier);
    if (frontier == NULL) {
        err_memory(err);
        return NULL;
    }
    frontier->seed = seed;
    frontier->robots = robots;
    buf_init(&frontier->room, 4u * LIMIT_URL_BYTES);
    if (frontier_add(frontier, SLICE("/"), LINK_PAGE, 0) == FRONTIER_OUT_OF_MEMORY) {
        frontier_free(frontier);
        err_memory(err);
        return NULL;
    }
    return frontier;
}

void frontier_free(struct frontier *frontier)
{
    if (frontier == NULL)
        return;
    for (size_t i = 0; i < frontier->stratum_count; i++) {
        heap_release(&frontier->strata[i].heaps[DEAL_PAIRS]);
        heap_release(&frontier->strata[i].heaps[DEAL_CRAWL]);
    }
    free(frontier->strata);
    free(frontier->groups);
    key_table_release(&frontier->urls);
    key_table_release(&frontier->variants);
    key_table_release(&frontier->by_shape);
    key_table_release(&frontier->by_segment);
    buf_release(&frontier->room);
    arena_release(&frontier->memory);
    free(frontier);
}

void frontier_count(const struct frontier *frontier, struct frontier_counts *counts)
{
    *counts = frontier->counts;
    counts->left = counts->found - counts->given;
    counts->strata = frontier->stratum_count;
}

bool frontier_exhausted(const struct frontier *frontier)
{
    const struct frontier_counts *counts = &frontier->counts;
    return counts->found == counts->given && counts->pages_to_crawl == 0 && counts->missed == 0 &&
           counts->overflow == 0;
}
