/* 64-bit hashing (XXH3) and a set of 64-bit values. Not for anything that an attacker gains by colliding. */
#ifndef ORIGINTLS_BASE_HASH_H
#define ORIGINTLS_BASE_HASH_H

#include "base/slice.h"

#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t len);
uint64_t hash_slice(struct slice s);
uint64_t hash_seeded(struct slice s, uint64_t seed);
/* A good mix of two values; order matters. */
uint64_t hash_mix(uint64_t a, uint64_t b);

/* An open-addressing set of 64-bit values with a ceiling. A zeroed struct is a valid empty set without one. */
struct hash_set {
    uint64_t *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    size_t max; /* 0: none */
    bool has_zero;
};

void hash_set_init(struct hash_set *set, size_t max);
void hash_set_release(struct hash_set *set);
/* 1: added; 0: it was there; -1: full or out of memory, nothing changed. */
int hash_set_add(struct hash_set *set, uint64_t value);
bool hash_set_has(const struct hash_set *set, uint64_t value);

#endif
