#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>

uint64_t hash_bytes(const void *bytes, size_t len)
{
    return XXH3_64bits(len > 0 ? bytes : "", len);
}

uint64_t hash_slice(struct slice s)
{
    return hash_bytes(s.ptr, s.len);
}

uint64_t hash_seeded(struct slice s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.len > 0 ? s.ptr : "", s.len, seed);
}

uint64_t hash_mix(uint64_t a, uint64_t b)
{
    /* The finaliser of splitmix64 over an odd combination of both. */
    uint64_t x = a * 0x9e3779b97f4a7c15u + b;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void hash_set_init(struct hash_set *set, size_t max)
{
    *set = (struct hash_set){.max = max};
}

void hash_set_release(struct hash_set *set)
{
    free(set->slots);
    *set = (struct hash_set){.max = set->max};
}

/* The slot that holds `value`, or the empty one where it belongs. Zero marks an empty slot. */
static size_t find_slot(const uint64_t *slots, size_t capacity, uint64_t value)
{
    size_t i = (size_t)hash_mix(value, 0) & (capacity - 1);
    while (slots[i] != 0 && slots[i] != value) {
        i = (i + 1) & (capacity - 1);
    }
    return i;
}

static int grow(struct hash_set *set)
{
    size_t capacity = set->capacity == 0 ? 64 : set->capacity * 2;
    uint64_t *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) {
        return -1;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0) {
            slots[find_slot(slots, capacity, set->slots[i])] = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return 0;
}

int hash_set_add(struct hash_set *set, uint64_t value)
{
    if (hash_set_has(set, value)) {
        return 0;
    }
    if (set->max != 0 && set->count >= set->max) {
        return -1;
    }
    if (value == 0) {
        set->has_zero = true;
        set->count++;
        return 1;
    }
    if ((set->count + 1) * 4 > set->capacity * 3 && grow(set) != 0) {
        return -1;
    }
    set->slots[find_slot(set->slots, set->capacity, value)] = value;
    set->count++;
    return 1;
}

bool hash_set_has(const struct hash_set *set, uint64_t value)
{
    if (value == 0) {
        return set->has_zero;
    }
    return set->capacity != 0 && set->slots[find_slot(set->slots, set->capacity, value)] == value;
}
