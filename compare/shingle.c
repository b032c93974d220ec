#include "compare/shingle.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS  8
#define DIGITS      8
#define DIGIT_COUNT 256
/* How often a value may move, on average, while a list that is sorted by its two highest digits is put in order. */
#define MOVES_PER_VALUE 8
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

/* False, with the values in some other order, once more than `most_moves` were made. */
static bool insertion_sort(uint64_t *values, size_t count, size_t most_moves)
{
    size_t moves = 0;
    for (size_t i = 1; i < count; i++) {
        uint64_t value = values[i];
        size_t j = i;
        for (; j > 0 && values[j - 1] > value; j--) {
            values[j] = values[j - 1];
        }
        values[j] = value;
        moves += i - j;
        if (moves > most_moves) {
            return false;
        }
    }
    return true;
}

/* One pass of a least-significant-digit radix sort. */
static void radix_pass(const uint64_t *from, uint64_t *to, size_t count, unsigned digit)
{
    uint32_t at[DIGIT_COUNT] = {0}, position = 0;
    unsigned shift = digit * DIGIT_BITS;
    for (size_t i = 0; i < count; i++) {
        at[from[i] >> shift & (DIGIT_COUNT - 1)]++;
    }
    for (size_t i = 0; i < DIGIT_COUNT; i++) {
        uint32_t here = at[i];
        at[i] = position;
        position += here;
    }
    for (size_t i = 0; i < count; i++) {
        to[at[from[i] >> shift & (DIGIT_COUNT - 1)]++] = from[i];
    }
}

/* From digit `first` on; an even number of digits, so that the values end where they began. */
static void radix_sort(uint64_t *values, uint64_t *spare, size_t count, unsigned first)
{
    for (unsigned digit = first; digit < DIGITS; digit += 2) {
        radix_pass(values, spare, count, digit);
        radix_pass(spare, values, count, digit + 1);
    }
}

/* Hashes differ in their highest digits nearly always, so two passes and a little moving do. Values that were made to
 * agree there get all eight passes, and linear time too. */
static int sort(uint64_t *values, size_t count)
{
    uint64_t *spare = malloc(count * sizeof *spare);
    if (spare == NULL) {
        return -1;
    }
    radix_sort(values, spare, count, DIGITS - 2);
    if (!insertion_sort(values, count, MOVES_PER_VALUE * count)) {
        radix_sort(values, spare, count, 0);
    }
    free(spare);
    return 0;
}

int hash_list_to_set(struct hash_list *list)
{
    if (list->count <= SMALL_COUNT) {
        insertion_sort(list->values, list->count, SMALL_COUNT * SMALL_COUNT);
    } else if (sort(list->values, list->count) != 0) {
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
