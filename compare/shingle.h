/* Shingles: the sets of word sequences by which two texts are compared.
 *
 * A text is a list of 64-bit word hashes in which SHINGLE_BREAK marks the end of a block (a paragraph, a table cell, a
 * list item). A w-shingle is the hash of w words in a row; it never spans a break, and a block of fewer words is one
 * shingle as a whole, so that short blocks may change places without a trace. The set of shingles stands for the text;
 * the similarity of two texts is the Jaccard index of their sets (Broder, "On the resemblance and containment of
 * documents", 1997), computed exactly from sorted arrays.
 */
#ifndef ORIGINTLS_COMPARE_SHINGLE_H
#define ORIGINTLS_COMPARE_SHINGLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHINGLE_BREAK 0u

/* A growing list with a ceiling. Zeroed but for `max` is valid and empty. */
struct hash_list {
    uint64_t *values;
    size_t count;
    size_t capacity;
    size_t max;  /* what is pushed beyond it is dropped */
    bool failed; /* out of memory: the list is incomplete */
};

void hash_list_release(struct hash_list *list);
/* Doubles the capacity up to `max`. False when full or out of memory. */
bool hash_list_grow(struct hash_list *list);

static inline void hash_list_push(struct hash_list *list, uint64_t value)
{
    if (list->count < list->capacity || hash_list_grow(list)) {
        list->values[list->count++] = value;
    }
}

/* Appends the shingles of `width` (at least 1) words of `words` to `shingles`, unsorted, with repetitions. */
void shingle_words(const struct hash_list *words, unsigned width, struct hash_list *shingles);

/* Sorts and drops repetitions, in linear time whatever the values. -1 when out of memory, the list unchanged. */
int hash_list_to_set(struct hash_list *list);

/* Of two sets (sorted, each value once): how many values both have. */
size_t set_intersection_count(const struct hash_list *a, const struct hash_list *b);
/* Jaccard: 1 where both are empty. */
double set_similarity(const struct hash_list *a, const struct hash_list *b);
/* Whether `value` is in the set. */
bool set_has(const struct hash_list *set, uint64_t value);

#endif
