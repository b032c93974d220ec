/* The URLs of one stratum of a frontier, the weightiest first: a binary heap that knows where each URL stands. */
#ifndef ORIGINTLS_CRAWLER_FRONTIER_HEAP_H
#define ORIGINTLS_CRAWLER_FRONTIER_HEAP_H

#include "crawler/frontier.h"

/* What the URLs are dealt out for; each has its own heaps and counts. */
enum deal { DEAL_PAIRS, DEAL_CRAWL };
#define DEAL_COUNT (DEAL_CRAWL + 1)

#define NOT_IN_HEAP UINT32_MAX

struct candidate {
    struct frontier_url url;    /* first: what callers hold points here */
    uint64_t order;             /* by seed: which of equal ones comes first */
    uint32_t place[DEAL_COUNT]; /* in the stratum's heap, or NOT_IN_HEAP */
};

/* A zeroed struct is a valid empty heap; its items are borrowed. */
struct heap {
    struct candidate **items;
    size_t count;
    size_t capacity;
};

/* 0, or -1 when out of memory. */
int heap_add(struct heap *heap, enum deal deal, struct candidate *candidate);
void heap_remove(struct heap *heap, enum deal deal, struct candidate *candidate);
/* After the weight of a candidate in the heap was raised. */
void heap_rise(struct heap *heap, enum deal deal, size_t at);
void heap_release(struct heap *heap);

#endif
