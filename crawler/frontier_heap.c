#include "crawler/frontier_heap.h"

#include <stdlib.h>
#include <string.h>

static bool comes_before(const struct candidate *a, const struct candidate *b)
{
    if (a->url.weight != b->url.weight)
        return a->url.weight > b->url.weight;
    if (a->order != b->order)
        return a->order < b->order;
    return strcmp(a->url.path_query, b->url.path_query) < 0;
}

static void heap_set(struct heap *heap, enum deal deal, size_t at, struct candidate *candidate)
{
    heap->items[at] = candidate;
    candidate->place[deal] = (uint32_t)at;
}

void heap_rise(struct heap *heap, enum deal deal, size_t at)
{
    struct candidate *candidate = heap->items[at];
    for (; at > 0 && comes_before(candidate, heap->items[(at - 1) / 2]); at = (at - 1) / 2)
        heap_set(heap, deal, at, heap->items[(at - 1) / 2]);
    heap_set(heap, deal, at, candidate);
}

static void heap_sink(struct heap *heap, enum deal deal, size_t at)
{
    struct candidate *candidate = heap->items[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && comes_before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!comes_before(heap->items[child], candidate))
            break;
        heap_set(heap, deal, at, heap->items[child]);
        at = child;
    }
    heap_set(heap, deal, at, candidate);
}

static int heap_reserve(struct heap *heap)
{
    if (heap->count < heap->capacity)
        return 0;
    size_t capacity = heap->capacity == 0 ? 8 : heap->capacity * 2;
    struct candidate **grown = realloc(heap->items, capacity * sizeof(*grown));
    if (grown == NULL)
        return -1;
    heap->items = grown;
    heap->capacity = capacity;
    return 0;
}

void heap_remove(struct heap *heap, enum deal deal, struct candidate *candidate)
{
    size_t at = candidate->place[deal];
    candidate->place[deal] = NOT_IN_HEAP;
    struct candidate *last = heap->items[--heap->count];
    if (last == candidate)
        return;
    heap_set(heap, deal, at, last);
    heap_rise(heap, deal, at);
    heap_sink(heap, deal, last->place[deal]);
}

int heap_add(struct heap *heap, enum deal deal, struct candidate *candidate)
{
    if (heap_reserve(heap) != 0)
        return -1;
    heap->items[heap->count] = candidate;
    heap_rise(heap, deal, heap->count++);
    return 0;
}

void heap_release(struct heap *heap)
{
    free(heap->items);
    *heap = (struct heap){0};
}
