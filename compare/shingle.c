#include "compare/shingle.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define RADIX_BITS   11
#define RADIX_SIZE   (1u << RADIX_BITS)
#define RADIX_PASSES 6
/* Below this many values the histograms cost more than comparing. */
#define SMALL_COUNT 48

void hash_list_release(struct hash_list *list)
{
    free(list->values);
    *list = (struct hash_list){.max = list->max};
}

bool hash_list_grow(struct hash_list *list)
{
    if (list->capacity >= list->max || list->failed) {
        return false;
    }
    size_t capacity = list->capacity == 0 ? 256 : list->capacity * 2;
    if (capacity > list->max) {
        capacity = list->max;
    }
    uint64_t *values = realloc(list->values, capacity * sizeof *values);
    if (values == NULL) {
        list->failed = true;
        return false;
    }
    list->values = values;
    list->capacity = capacity;
    return true;
}

/* The words are hashes already: a rotation and an odd factor a word keep the order in, the last mix spreads the bits.
 */
static uint64_t hash_words(const uint64_t *words, size_t count)
{
    uint64_t h = count;
    for (size_t i = 0; i < count; i++) {
        h = ((h << 23 | h >> 41) ^ words[i]) * 0x9e3779b97f4a7c15u;
    }
    return h ^ h >> 32;
}

static void shingle_block(const uint64_t *words, size_t count, unsigned width, struct hash_list *shingles)
{
    if (count <= width) {
        hash_list_push(shingles, hash_words(words, count));
        return;
    }
    for (size_t i = 0; i + width <= count; i++) {
        hash_list_push(shingles, hash_words(words + i, width));
    }
}

void shingle_words(const struct hash_list *words, unsigned width, struct hash_list *shingles)
{
    size_t i = 0;
    while (i < words->count) {
        size_t start = i;
        while (i < words->count && words->values[i] != SHINGLE_BREAK) {
            i++;
        }
        if (i > start) {
            shingle_block(words->values + start, i - start, width, shingles);
        }
        i++;
    }
}

static void insertion_sort(uint64_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t value = values[i];
        size_t j = i;
        for (; j > 0 && values[j - 1] > value; j--) {
            values[j] = values[j - 1];
        }
        values[j] = value;
    }
}

/* One pass of a least-significant-digit radix sort; false if all values share the digit and nothing was moved. */
static bool radix_pass(const uint64_t *from, uint64_t *to, size_t count, uint32_t *histogram, unsigned shift)
{
    if (histogram[(from[0] >> shift) & (RADIX_SIZE - 1)] == count) {
        return false;
    }
    uint32_t position = 0;
    for (size_t digit = 0; digit < RADIX_SIZE; digit++) {
        uint32_t here = histogram[digit];
        histogram[digit] = position;
        position += here;
    }
    for (size_t i = 0; i < count; i++) {
        to[histogram[(from[i] >> shift) & (RADIX_SIZE - 1)]++] = from[i];
    }
    return true;
}

static int radix_sort(uint64_t *values, size_t count)
{
    uint64_t *spare = malloc(count * sizeof *spare);
    if (spare == NULL) {
        return -1;
    }
    uint32_t histograms[RADIX_PASSES][RADIX_SIZE];
    memset(histograms, 0, sizeof histograms);
    for (size_t i = 0; i < count; i++) {
        for (unsigned pass = 0; pass < RADIX_PASSES; pass++) {
            histograms[pass][(values[i] >> (pass * RADIX_BITS)) & (RADIX_SIZE - 1)]++;
        }
    }
    uint64_t *from = values, *to = spare;
    for (unsigned pass = 0; pass < RADIX_PASSES; pass++) {
        if (radix_pass(from, to, count, histograms[pass], pass * RADIX_BITS)) {
            uint64_t *swap = from;
            from = to;
            to = swap;
        }
    }
    if (from != values) {
        memcpy(values, from, count * sizeof *values);
    }
    free(spare);
    return 0;
}

int hash_list_to_set(struct hash_list *list)
{
    if (list->count <= SMALL_COUNT) {
        insertion_sort(list->values, list->count);
    } else if (radix_sort(list->values, list->count) != 0) {
        return -1;
    }
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (kept == 0 || list->values[i] != list->values[kept - 1]) {
            list->values[kept++] = list->values[i];
        }
    }
    list->count = kept;
    return 0;
}

size_t set_intersection_count(const struct hash_list *a, const struct hash_list *b)
{
    size_t i = 0, j = 0, both = 0;
    while (i < a->count && j < b->count) {
        uint64_t x = a->values[i], y = b->values[j];
        both += x == y;
        i += x <= y;
        j += y <= x;
    }
    return both;
}

double set_similarity(const struct hash_list *a, const struct hash_list *b)
{
    size_t both = set_intersection_count(a, b);
    size_t all = a->count + b->count - both;
    return all == 0 ? 1.0 : (double)both / (double)all;
}

bool set_has(const struct hash_list *set, uint64_t value)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->values[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && set->values[low] == value;
}
